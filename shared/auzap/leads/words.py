"""What customers write that says how warm they are: patterns as data, over folded text (lower case, no accents)."""

import functools
import re
from typing import Literal

from auzap.text import folded

type Said = Literal["asked_price", "asked_duration", "wants_to_buy", "names_competitor", "complains", "asks_to_stop"]

PATTERNS: dict[Said, tuple[str, ...]] = {
    "asked_price": (
        r"\bquanto (?:custa|fica|sai|e|ta|esta|vou pagar|cobra)",
        r"\b(?:qual|quais|saber|me (?:passa|manda|diz|fala)) (?:\w+ ){0,3}(?:preco|valor)e?s?\b",
        r"\b(?:preco|valor)e?s?\b[^.!?]{0,40}\?",
        r"\btabela de (?:precos|valores)\b",
        r"\bhow much\b",
        r"\b(?:what(?: i|')?s|what are) (?:\w+ ){0,3}(?:price|cost)s?\b",
        r"\bprice list\b",
    ),
    "asked_duration": (
        r"\bquanto tempo\b",
        r"\b(?:quantas horas|quantos minutos|quantos dias)\b",
        r"\bdemora (?:muito|quanto)\b",
        r"\bque horas (?:ele |ela |o \w+ |a \w+ )?(?:fica|esta|vai estar) pront[oa]\b",
        r"\bqual (?:e )?o prazo\b",
        r"\bhow long\b",
        r"\bwhen (?:will|would) (?:it|he|she|they) be ready\b",
    ),
    "wants_to_buy": (
        r"\b(?:quero|queria|gostaria de|posso|preciso|da para|faco para) (?:agendar|marcar|reservar|comprar|contratar)\b",
        r"\b(?:agenda|marca|reserva) (?:pra|para) mim\b",
        r"\bcomo (?:eu )?(?:compro|agendo|marco|contrato|reservo|pago)\b",
        r"\btem (?:horario|vaga)\b",
        r"\b(?:want|like|need|can i|how (?:do|can) i) (?:to )?(?:\w+ )?(?:book|buy|schedule|order)\b",
        r"\b(?:book|schedule) (?:an appointment|a (?:bath|grooming|visit))\b",
    ),
    "names_competitor": (
        r"\b(?:outro|outra|no outro|na outra) (?:pet ?shop|petshop|loja|lugar|clinica)\b",
        r"\bconcorren(?:te|cia)\b",
        r"\b(?:petz|cobasi|petlove)\b",
        r"\banother (?:pet ?shop|store|place|groomer)\b",
        r"\bcompetitors?\b",
    ),
    "complains": (
        r"\b(?:reclamar|reclamacao|pessim[oa]|horrivel|absurdo|descaso|decepcionad[oa]|insatisfeit[oa])\b",
        r"\b(?:machucaram|maltrataram|feriram|cortaram) (?:o |a )?(?:meu|minha|ele|ela)\b",
        r"\bprocon\b",
        r"\bquero (?:meu|o) dinheiro de volta\b",
        r"\b(?:complain|complaint|terrible|awful|disappointed|unacceptable)\b",
        r"\b(?:want|give me) (?:my money back|a refund)\b",
    ),
    "asks_to_stop": (
        r"\b(?:pare|parem)(?: ja)?(?: de)? (?:me )?(?:mandar|enviar|encher|incomodar|perturbar)\b",
        # "para" is a preposition too, and "não para de" tells of somebody else.
        r"(?<!nao )\bpara de me (?:mandar|enviar|encher|incomodar|perturbar)\b",
        r"\b(?:pode|podem|quero que|favor) par(?:ar|em) de (?:me )?(?:mandar|enviar|encher|incomodar|perturbar)\b",
        r"\b(?:pare|parem|para|parar) com (?:essas|estas|as) mensagens\b",
        r"\bnao (?:me )?(?:mande|mandem|envie|enviem|manda) mais\b",
        r"\bnao quero (?:mais )?receber\b(?! (?:o |a |meu |minha )?(?:pet|cachorro|gato|cao))",
        r"\b(?:me (?:tira|tire|remove|remova|exclui|exclua)|tira meu (?:numero|contato)|sair)"
        r" d(?:a|essa|esta) lista\b(?! de espera)",
        r"\bnao (?:me )?(?:chame|contate|procure|incomode|perturbe)m? mais\b(?! de)",
        r"\bstop (?:sending|messaging|texting|contacting|spamming)\b",
        r"\b(?:do not|don'?t) (?:send|message|text|contact) me\b(?: any ?more| again)?",
        r"\b(?:take|remove) me (?:off|from) (?:the|your|this) list\b",
    ),
}


# What asks for an end only when it is all that is said: "stop" is also a bus stop, "sair" a walk.
STOP_ALONE = frozenset(
    {
        "pare", "parar", "pare por favor", "parem", "sair", "stop", "please stop", "unsubscribe", "descadastrar", "descadastre",
        "me descadastre", "remover", "me remova", "cancelar inscricao", "cancelar mensagens",
    }
)  # fmt: skip


def said_in(text: str) -> set[Said]:
    known = folded(text)
    meant: set[Said] = {
        said for said, patterns in PATTERNS.items() if any(_compiled(p).search(known) for p in patterns)
    }
    if known.strip(" .!?,;…") in STOP_ALONE:
        meant.add("asks_to_stop")
    return meant


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
