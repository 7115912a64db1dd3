"""What mails say: Portuguese first, English second. The first line is the subject."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from auzap.loose import mapping, string
from auzap.notifications import kinds

LONGEST_NAME = 80
# What a mail program might make a link of: a name is chosen by whoever registers, and is read by others.
LINKED = re.compile(r"[:/@<>\[\]\\]|\.(?=\S)")

TEXTS: dict[str, dict[str, str]] = {
    "pt-BR": {
        "welcome": """Bem-vindo ao AuZap

Oi, {name}!

A loja {shop} já está no AuZap, e você é quem a administra. O próximo passo é conectar o número de WhatsApp da loja:

{panel}

Não foi você? Então alguém usou o seu e-mail. Peça uma nova senha na tela de entrada, e a conta passa a ser só sua.
""",
        "invitation": """Convite para a equipe de {shop}

Oi!

Você foi convidado para trabalhar com {shop} no AuZap, como {role}. Para aceitar, abra este link nos próximos 7 dias:

{link}

Se você não esperava este convite, não precisa fazer nada.
""",
        "password_reset": """Nova senha do AuZap

Oi, {name}!

Para escolher uma nova senha, abra este link na próxima hora. Ele funciona uma vez:

{link}

Se não foi você que pediu, não precisa fazer nada: a senha de agora continua valendo.
""",
        "password_changed": """Sua senha do AuZap mudou

Oi, {name}!

A senha da sua conta foi trocada em {at}. Em todos os outros aparelhos será preciso entrar de novo.

Não foi você? Peça agora uma nova senha na tela de entrada:

{panel}
""",
        "new_device": """Entrada no AuZap por um aparelho novo

Oi, {name}!

Alguém entrou na sua conta em {at}, por um aparelho que ainda não conhecíamos: {device}

Foi você? Então está tudo certo. Se não foi, troque a senha agora, e essa entrada termina:

{panel}
""",
        "notice": """{shop}: {notice}

Oi, {name}!

{notice}. Ninguém leu este aviso ainda. Ele está aqui:

{link}

O que chega por e-mail é você quem escolhe, nas preferências de avisos do painel.
""",
        "owner": "proprietário",
        "manager": "gerente",
        "staff": "atendente",
        "when": "%d/%m/%Y às %H:%M",
    },
    "en": {
        "welcome": """Welcome to AuZap

Hi {name},

The shop {shop} is on AuZap now, and you run it. The next step is to connect the shop's WhatsApp number:

{panel}

Was it not you? Then somebody has used your e-mail. Ask for a new password where you sign in, and the account is yours alone.
""",
        "invitation": """Invitation to the team of {shop}

Hi,

You have been invited to work with {shop} on AuZap, as {role}. To accept, open this link within 7 days:

{link}

If you did not expect this invitation, there is nothing to do.
""",
        "password_reset": """A new password for AuZap

Hi {name},

To choose a new password, open this link within the hour. It works once:

{link}

If you did not ask for it, there is nothing to do: the password of now stays good.
""",
        "password_changed": """Your AuZap password was changed

Hi {name},

The password of your account was changed on {at}. On every other device you will have to sign in again.

Was it not you? Ask for a new password now, where you sign in:

{panel}
""",
        "new_device": """Signed in to AuZap on a new device

Hi {name},

Somebody signed in to your account on {at}, on a device that we did not know yet: {device}

Was it you? Then all is well. If not, change your password now, and that session ends:

{panel}
""",
        "notice": """{shop}: {notice}

Hi {name},

{notice}. Nobody has read this yet. It is here:

{link}

What comes by mail is yours to choose, in the preferences for notifications of the panel.
""",
        "owner": "owner",
        "manager": "manager",
        "staff": "member of staff",
        "when": "%Y-%m-%d at %H:%M",
    },
}


def worded(kind: str, locale: str, content: dict[str, Any], *, panel: str, zone: ZoneInfo) -> tuple[str, str]:
    """Subject and text."""
    texts = TEXTS[locale]
    at = string(content.get("at"))
    detail = mapping(content.get("detail"))
    detail |= {"name": harmless(string(detail.get("name")))}
    written = texts[kind].format(
        panel=panel,
        link=string(content.get("link")) or panel + kinds.page(detail, string(content.get("conversation_id"))),
        notice=kinds.worded(string(content.get("notice")), detail, locale, zone),
        name=harmless(string(content.get("name"))),
        shop=harmless(string(content.get("shop"))),
        device=harmless(string(content.get("device"))),
        role=texts.get(string(content.get("role")), ""),
        at=datetime.fromisoformat(at).astimezone(zone).strftime(texts["when"]) if at else "",
    )
    subject, _, text = written.partition("\n\n")
    return subject, text


def harmless(name: str) -> str:
    """As a person reads it, in one line and without anything that could be pressed."""
    return " ".join(LINKED.sub(" ", name).split())[:LONGEST_NAME]
