"""Aurora's part: what the owner of the shop asks, answered with what her tools tell."""

import re
from collections.abc import Callable, Collection

from local.street.offline_model import dates
from local.street.offline_model.acts import Act
from local.street.offline_model.conversation import Conversation
from local.street.offline_model.desk import Call, Desk, Pause
from local.street.offline_model.lexicon import either_of
from local.street.offline_model.questions import price_line
from local.street.offline_model.service_words import SERVICE_WORDS
from local.street.offline_model.table import table
from local.street.offline_model.talk import salute
from local.street.offline_model.text import fold, plain, words
from local.street.offline_model.wording import Reply, say

HER_TOOL = "shop_numbers"
PERIODS = (("month", re.compile(r"\bmes\b")), ("week", re.compile(r"\bsemana\b")))
OF_PERIOD = {"today": "de hoje", "week": "da semana", "month": "do mês"}
STATES = {"confirmed": "confirmado", "completed": "concluído", "cancelled": "cancelado", "no_show": "falta"}
STATUSES = {
    "connected": "conectado",
    "degraded": "com limitações",
    "failing": "com problema",
    "webhook subscribed": "recebendo mensagens",
    "webhook missing": "sem receber mensagens",
    "access expired": "acesso vencido",
}
# What the health check gives as the reason of a status.
REASONS = {
    "no credentials": "sem acesso à conta",
    "sending is blocked": "envio bloqueado",
    "sending limited": "envio limitado",
    "sending available": "envio liberado",
    "quality red": "qualidade vermelha",
    "quality yellow": "qualidade amarela",
    "quality green": "qualidade verde",
    "quality none": "qualidade não informada",
    "quality unknown": "qualidade não informada",
    "status": "situação",
}
REASON_WORDS = re.compile("|".join(REASONS))
COLUMNS = {"quality": "qualidade", "limit": "limite", "access until": "acesso até", "checked": "verificado em"}
UNTOLD = "sem dados"
# A greeting with a question in it wants the answer.
LONGEST_GREETING = 4

type Move = Callable[[Desk, str], Reply]


def decide(conversation: Conversation, tools: Collection[str]) -> Call | Reply:
    desk = Desk(tools, conversation.results, conversation.context.today)
    asked = plain(" ".join(said.text for said in conversation.now if said.by == "customer"))
    move = next((move for pattern, move in MOVES if pattern.search(asked)), None)
    try:
        if move:
            return move(desk, asked)
    except Pause as pause:
        return pause.step
    if not asked:
        return say(Act.UNREADABLE)
    if len(words(asked)) <= LONGEST_GREETING and GREETING.search(asked):
        return say(Act.OWNER_GREETING, salute=salute(conversation.context.hour))
    return say(Act.OWNER_CANNOT)


def tell_health(desk: Desk, asked: str) -> Reply:
    rows = table(desk.use("list_channel_health"))
    if not rows:
        return say(Act.OWNER_NO_NUMBER)
    lines = (f"• {name}: {', '.join(in_portuguese(column) for column in rest)}" for name, *rest in rows)
    return say(Act.OWNER_HEALTH, lines="\n".join(lines))


def in_portuguese(column: str) -> str:
    known = next((name for name in COLUMNS if column.startswith(f"{name} ")), None)
    if known:
        return COLUMNS[known] + column.removeprefix(known)
    if column in STATUSES:
        return STATUSES[column]
    return REASON_WORDS.sub(lambda word: REASONS[word[0]], column)


def tell_waiting(desk: Desk, asked: str) -> Reply:
    told = desk.use("list_waiting")
    waiting = [
        f"• {name}, desde {since.removeprefix('since ')}: {rest[0]}" for name, since, *rest in table(told) if rest
    ]
    lines = "\n".join(line.replace(": asked: ", ", com uma pergunta para você: ") for line in waiting)
    return say(Act.OWNER_WAITING, lines=lines) if waiting else say(Act.OWNER_NOBODY_WAITS)


def tell_leads(desk: Desk, asked: str) -> Reply:
    rows = table(desk.use("list_leads"))
    lines = [f"• {name} ({score.replace('score', 'pontuação')})" for name, score, *_ in rows]
    return say(Act.OWNER_LEADS, lines="\n".join(lines)) if lines else say(Act.OWNER_NO_LEADS)


def tell_services(desk: Desk, asked: str) -> Reply:
    lines = [f"• {price_line(service, None)}" for service in desk.services()]
    return say(Act.OWNER_SERVICES, lines="\n".join(lines)) if lines else say(Act.OWNER_NO_SERVICES)


def tell_numbers(desk: Desk, asked: str) -> Reply:
    period = period_in(asked)
    (_, first, last), *rows = table(desk.use(HER_TOOL, period=period))
    span = first if first == last else f"{first} a {last}"
    lines = "\n".join(f"• {line}" for line in map(number_line, rows))
    return say(Act.OWNER_NUMBERS, period=f"{OF_PERIOD[period]} ({span})", lines=lines)


def number_line(row: list[str]) -> str:
    match row:
        case ["appointments", count, money, state]:
            return f"Agendamentos, {STATES.get(state, state)}: {count} ({money})"
        case ["appointments", _]:
            return f"Agendamentos: {UNTOLD}"
        case ["revenue", "earned", money]:
            return f"Faturado: {money}"
        case ["revenue", "still expected", money]:
            return f"Ainda a receber: {money}"
        case ["messages", received, sent]:
            return f"Mensagens: {received.split()[0]} recebidas, {sent.split()[0]} enviadas"
        case [what, *told]:
            names = {"revenue": "Faturamento", "new leads": "Leads novos", "messages": "Mensagens"}
            return f"{names.get(what, 'Passadas para uma pessoa')}: {UNTOLD if told == ['no data'] else told[0]}"
        case _:
            raise ValueError("a line without columns")


def tell_appointments(desk: Desk, asked: str) -> Reply:
    if period_in(asked) != "today":
        return tell_numbers(desk, asked)
    day = dates.day_in(asked, desk.today) or desk.today
    told = desk.use("list_appointments", day=day.isoformat())
    rows = [row for row in table(told) if len(row) == 5 and is_meant(row[2], asked)]
    if not rows:
        return say(Act.OWNER_NO_APPOINTMENTS, day=f"{day:%d/%m}")
    lines = "\n".join(f"• {hour}, {pet}, {service} ({price})" for hour, pet, service, price, _ in rows)
    return say(Act.OWNER_APPOINTMENTS, day=told.partition(":")[0], count=str(len(rows)), lines=lines)


def is_meant(service: str, asked: str) -> bool:
    """Of the services that a question names; of all where it names none."""
    named = {singular(word) for word in words(asked)} & {*SERVICE_WORDS.values(), "banho", "tosa"}
    return not named or bool(named & {singular(word) for word in words(fold(service))})


def singular(word: str) -> str:
    return word.removesuffix("s")


def period_in(asked: str) -> str:
    return next((period for period, pattern in PERIODS if pattern.search(asked)), "today")


GREETING = either_of(r"^(?:oi|oie|ola|opa|bo[am] (?:dia|tarde|noite)|e ai|aurora)\b")
# The first that matches is meant.
MOVES: tuple[tuple[re.Pattern[str], Move], ...] = (
    (
        either_of(
            r"\bnumeros? (?:\w+ )?(?:esta|estao|vai|vao|anda|andam|continua)\b",
            r"\b(?:whatsapp|zap|canal|canais|conexao)\b",
            r"\bqualidade\b|\bsaude (?:do|dos)\b",
        ),
        tell_health,
    ),
    (either_of(r"\besperando\b|\bespera\b|\baguardando\b|\bfila\b|\bpendentes?\b|\bsem resposta\b"), tell_waiting),
    (
        either_of(
            r"\bleads? (?:mais )?quentes?\b|\bquentes?\b|\boportunidades?\b|\binteressad|\bquais (?:os )?leads\b"
        ),
        tell_leads,
    ),
    (either_of(r"\bservicos?\b|\bprecos?\b|\btabela\b"), tell_services),
    (
        either_of(
            r"\bagenda|\bagendad|\bmarcad|\bhorarios\b|\batendimentos?\b|\bquem (?:vem|tem|vai)\b",
            r"\bquant[oa]s? (?:\w+ )?(?:banho|tosa|consulta|vacina|hidratac|hosped)",
        ),
        tell_appointments,
    ),
    (
        either_of(
            r"\bcomo (?:foi|esta|vai|anda|estamos)\b|\bresumo\b|\bresultados?\b|\bnumeros\b|\bmovimento\b|\bbalanco\b",
            r"\bfatur|\breceita\b|\bquanto (?:\w+ ){0,2}(?:entr|vend|ganh|receb|fiz)",
            r"\bquant[oa]s (?:\w+ )?(?:mensagens|leads|clientes|conversas)\b",
        ),
        tell_numbers,
    ),
)
