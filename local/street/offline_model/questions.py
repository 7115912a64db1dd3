"""Questions that are answered from what the shop's tools and its context tell."""

import re
from collections.abc import Sequence
from itertools import groupby

from local.street.offline_model import pet_talk, spans, stay_talk, taught, training_talk
from local.street.offline_model.acts import Act
from local.street.offline_model.dates import WEEKDAYS
from local.street.offline_model.describing import can_be_name
from local.street.offline_model.lexicon import PHRASES, Intent
from local.street.offline_model.pet_lines import Pet
from local.street.offline_model.pet_words import COAT_NAMES, SIZE_NAMES
from local.street.offline_model.shop_lines import Service, products_in, told_for
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import content_words, fold, words
from local.street.offline_model.understanding import Heard, hear, named_in, pointed_at
from local.street.offline_model.wording import Reply, say

HOURS_OF_A_DAY = re.compile(r"^(?P<day>[^\W\d_]+?)(?:-feira)? (?P<hours>\d{1,2}:\d{2} ?[-–] ?\d{1,2}:\d{2})$")
NUMBERS = re.compile(r"[\d.]+,\d{2}")
FEW = 3
# What somebody of the shop could answer: a question of several words, with its mark or without.
QUESTION = re.compile(
    r"^(?:.*\?|(?:e |oi |ola )?(?:voces|vcs|qual|quais|quando|como|onde|posso|pode|podem|tem|da pra|sera|quem|por ?que|o que)\b.*)$"
)
FEWEST_WORDS = 3
# "Vocês entregam?"
SHORTEST_OF_WHAT_IS_DONE = 2
# Where one question ends and the next begins.
PARTS = re.compile(
    r"(?<=[?!;\n])|(?<=\.)\s|(?:,| e|, e)\s+(?=(?:voc[eê]s?|vcs?|quanto|qual|quais|quando|que horas|onde|tem|t[eê]m|aceitam?|posso"
    r"|pode|d[aá] (?:pra|para)|(?:se )?precisa|fazem|abrem?|fecham?|como|fica|usam)\b)",
    re.IGNORECASE,
)
SMALL_TALK = frozenset({Intent.GREETING, Intent.THANKS, Intent.YES, Intent.NO, Intent.DOES})
COURTESY = re.compile(
    r"\b(?:tudo (?:bem|bom|certo|joia|ok)|como (?:vai|vao|esta|estao)|pode ser|consegue\w*|tem como|sera que)\b"
)
# More of them would leave no call for what is wanted.
MOST_STRANGE = 1
OF_HOLIDAYS = "Vocês abrem em feriado?"
LONGEST_QUESTION = 600
TEAM_WAS_ASKED = re.compile(r"the team was asked\b(?! already)", re.IGNORECASE)
# How a shelf calls what people call otherwise.
OF_PRODUCTS = {
    "cachorro": "cães",
    "cachorra": "cães",
    "cao": "cães",
    "gato": "gatos",
    "gata": "gatos",
    "idoso": "idosos",
}
# What a search for a product is not about.
NOT_SEARCHED = frozenset(
    words("tem voces vendem vende quero queria comprar preco quanto custa algum alguma ai loja produto esta fica sai")
)
NOW = re.compile(r"\b(?:agora|neste momento|nesse momento)\b")
CLOCKS = r"(\d{1,2}):\d{2} ?[-–] ?(\d{1,2}):\d{2}"
SPECIAL_TODAY = re.compile(r"^ (?:closed|\d[^(;]*)")
SPOKEN = {"terca": "terça", "sabado": "sábado"}
SPECIAL = re.compile(r"(?P<day>[^;]*?\d{2}/\d{2}) (?P<hours>closed|\d{1,2}:\d{2}[^;(]*?) \((?P<label>[^)]*)\)")


def tell_prices(talk: Talk) -> Reply:
    if Intent.HOTEL in talk.memory.intents or Intent.DAYCARE in talk.memory.intents:
        return stay_talk.tell_rooms(talk)
    services = talk.desk.services()
    if not services:
        return say(Act.NO_SERVICES)
    asked = mentioned_services(talk, services) or [service for service in services if not service.is_addon]
    act = Act.PRICE if len(asked) == 1 else Act.SERVICES
    if pets := pet_talk.pets_asked_about(talk):
        lines = [
            f"• {of_whom(pet, pets)}{price_line(service, pet.size, pet.coat)}" for pet in pets for service in asked
        ]
        return say(act, services="\n".join(lines))
    size = talk.wishes.latest(lambda heard: heard.size)
    if talk.wishes.latest(lambda heard: heard.species) not in {None, "dog"}:
        # Only dogs come in sizes that matter to a shop.
        size = size or "small"
    coat = talk.wishes.latest(lambda heard: heard.coat)
    is_short = len(asked) > FEW
    lines = [f"• {price_line(service, size, coat, is_short=is_short)}" for service in asked]
    return say(act, services="\n".join(lines))


def of_whom(pet: Pet, pets: Sequence[Pet]) -> str:
    return f"{pet.name}, " if len(pets) > 1 else ""


def tell_what_is_done(talk: Talk) -> Reply:
    """Whether the shop does something: by its services, by what it has taught, else by asking the team."""
    names = [service.name for service in talk.desk.services()]
    named = [heard for heard in talk.memory.now if named_in(names, heard.plain)]
    if named and not any(strange_words(heard, names) for heard in named):
        return tell_prices(talk) + say(Act.OFFER_BOOKING)
    return asked_in_vain(talk, question_in(talk, fewest=SHORTEST_OF_WHAT_IS_DONE)) or tell_prices(talk)


def strange_words(heard: Heard, services: Sequence[str]) -> list[str]:
    """What makes another thing of a service that there is: "banho a seco"."""
    said = [word for word in content_words(heard.plain) if can_be_name(word) and word not in taught.ASKING_WORDS]
    pets = {fold(name) for name in heard.names}
    return [word for word in said if len(word) > 2 and word not in pets and not pointed_at(services, word)]


def mentioned_services(talk: Talk, services: list[Service]) -> list[Service]:
    """Those the latest message with any of them names; who asks what there is means no earlier one."""
    names = [service.name for service in services if not service.is_addon]
    heard = talk.memory.now if Intent.SERVICES in talk.memory.intents else talk.wishes.heard
    addons = [service.name for service in services if service.is_addon]
    for message in reversed(heard):
        main = [name for name in pointed_at(names, message.plain) if named_in([name], message.plain)]
        meant = {*main, *named_in(addons, message.plain)}
        if meant:
            return [service for service in services if service.name in meant]
    return []


def price_line(service: Service, size: str | None, coat: str | None = None, *, is_short: bool = False) -> str:
    known = told_for(service.prices, SIZE_NAMES.get(size or ""), COAT_NAMES.get(coat or ""))
    if known:
        label, price = known
        told = f"{price} ({label if label.startswith('pelo') else f'porte {label}'})"
    elif is_short and service.prices:
        told = span_of(list(service.prices.values()))
    elif service.prices:
        told = by_coat(service.prices)
    else:
        told = service.price
    time = time_of(service, size, coat)
    duration = f" ({time})" if time else ""
    beside = ", junto com outro serviço" if service.is_addon else ""
    return f"{service.name}{duration}: {told}{beside}"


def time_of(service: Service, size: str | None, coat: str | None) -> str:
    """How long it takes; from the shortest to the longest where the pet is not known."""
    if size or coat:
        known = told_for(service.durations, SIZE_NAMES.get(size or ""), COAT_NAMES.get(coat or ""))
        return known[1] if known else service.duration
    times = sorted({service.duration, *service.durations.values()}, key=lambda time: int(time.split()[0] or 0))
    return f"{times[0].split()[0]} a {times[-1]}" if len(times) > 1 else service.duration


def by_coat(prices: dict[str, str]) -> str:
    """What a size costs, and after it what it costs with other hair."""
    groups: dict[str, list[str]] = {}
    for label, price in prices.items():
        size, coat, hair = label.partition("pelo ")
        groups.setdefault(f"{coat}{hair}", []).append(f"{size.strip()} {price}".strip())
    return "; ".join(f"{coat}: {', '.join(told)}" if coat else ", ".join(told) for coat, told in groups.items())


def span_of(prices: Sequence[str]) -> str:
    """From the lowest to the highest, where there are many."""
    ordered = sorted(prices, key=lambda price: float(NUMBERS.findall(price)[0].replace(".", "").replace(",", ".")))
    return ordered[0] if ordered[0] == ordered[-1] else f"de {ordered[0]} a {ordered[-1]}, conforme o pet"


def tell_opening_hours(talk: Talk) -> Reply:
    if special := special_day(talk):
        return say(Act.OPENING_HOURS, hours=special)
    holiday = any(spans.holiday_in(heard.plain, talk.context.today) for heard in talk.memory.now)
    if holiday and (known := answered(talk, OF_HOLIDAYS)):
        return known
    hours = talk.context.opening_hours
    if not hours:
        return say(Act.NO_OPENING_HOURS)
    if NOW.search(talk.memory.words) and talk.context.hour is not None:
        return say(Act.OPEN_NOW if is_open(talk) else Act.CLOSED_NOW, hours=in_runs(hours))
    if closed := closed_weekday(talk):
        return say(Act.CLOSED_WEEKDAY, day=closed, hours=in_runs(hours))
    return say(Act.OPENING_HOURS, hours=in_runs(hours))


def closed_weekday(talk: Talk) -> str:
    """The day that is asked for by its name, where the shop is never open on it."""
    days = hours_by_day(talk.context.opening_hours)
    asked = next((WEEKDAYS[heard.day.weekday()] for heard in talk.memory.now if heard.day), "")
    is_named = asked and asked in talk.memory.words
    return SPOKEN.get(asked, asked).capitalize() if is_named and days and asked not in days else ""


def is_open(talk: Talk) -> bool:
    today = hours_by_day(talk.context.opening_hours).get(WEEKDAYS[talk.context.today.weekday()], ())
    if special := SPECIAL_TODAY.search(talk.context.special_days.partition(f"{talk.context.today:%d/%m}")[2]):
        today = re.findall(CLOCKS, special[0])
    now = talk.context.hour or 0
    return any(int(opens) <= now < int(closes) for opens, closes in today)


def hours_by_day(hours: str) -> dict[str, list[tuple[str, str]]]:
    """From which hour to which, by the folded name of the day."""
    entries = [entry.strip(" -•*.") for line in hours.splitlines() for entry in line.split(";")]
    found: dict[str, list[tuple[str, str]]] = {}
    for day in filter(None, map(HOURS_OF_A_DAY.match, entries)):
        found.setdefault(fold(day["day"]), []).extend(re.findall(CLOCKS, day["hours"]))
    return found


def special_day(talk: Talk) -> str:
    """The hours of a holiday that the context tells, where it is asked for."""
    days = {f"{heard.day:%d/%m}" for heard in talk.memory.now if heard.day}
    told = (found for found in SPECIAL.finditer(talk.context.special_days) if found["day"][-5:] in days)
    return "; ".join(
        f"{found['day'].strip()} ({found['label']}) {'fechado' if found['hours'] == 'closed' else found['hours'].strip()}"
        for found in told
    )


def in_runs(hours: str) -> str:
    """Days that follow one another with the same hours, told as one: `segunda a sexta 08:00-18:00`."""
    entries = [entry.strip(" -•*.") for line in hours.splitlines() for entry in line.split(";") if entry.strip()]
    found = [match for entry in entries if (match := HOURS_OF_A_DAY.match(entry)) and fold(match["day"]) in WEEKDAYS]
    if len(found) < len(entries):
        return "; ".join(entries)
    days = {match["day"]: " e ".join(m["hours"] for m in found if m["day"] == match["day"]) for match in found}
    # Days that follow one another keep the same distance to their place in the list.
    runs = groupby(enumerate(days), key=lambda day: (WEEKDAYS.index(fold(day[1])) - day[0], days[day[1]]))
    return "; ".join(f"{span([day for _, day in run])} {same}" for (_, same), run in runs)


def span(days: list[str]) -> str:
    return f"{days[0]} a {days[-1]}" if len(days) > 2 else " e ".join(days)


def tell_address(talk: Talk) -> Reply:
    address = talk.context.address.strip(" .")
    return say(Act.ADDRESS, address=address) if address else say(Act.NO_ADDRESS)


def tell_products(talk: Talk) -> Reply:
    talk.desk.require("search_products")
    said = next((heard for heard in talk.memory.now if Intent.PRODUCTS in heard.intents), talk.memory.now[-1])
    begins = named.start() if (named := PHRASES[Intent.PRODUCTS].search(said.plain)) else 0
    words_said = [word for word in content_words(said.plain[begins:]) if word not in NOT_SEARCHED and len(word) > 2]
    searched = [OF_PRODUCTS.get(word.removesuffix("s"), word) for word in words_said]
    products = products_in(talk.desk.use("search_products", words=" ".join(searched[:4]) or "produtos"))
    if not products and len(searched) > 1:
        products = products_in(talk.desk.use("search_products", words=searched[0]))
    if not products:
        return say(Act.NO_PRODUCTS)
    lines = (f"• {each.name}: {each.price}" + ("" if each.is_available else " (em falta agora)") for each in products)
    return say(Act.PRODUCTS, products="\n".join(lines))


def tell_subject(talk: Talk) -> Reply:
    """Hotel, daycare or training, where nothing is wanted yet but to know of it."""
    intents = talk.memory.intents
    if Intent.LIST_STAYS in intents:
        return stay_talk.tell_stays(talk)
    if Intent.EXTRAS in intents:
        return stay_talk.extras(talk)
    if Intent.TRAINING_DAYS in intents:
        return training_talk.tell_days(talk)
    if Intent.TRAINING in intents:
        return answered(talk) + say(Act.OFFER_TRAINING)
    return stay_talk.tell_rooms(talk)


def answered(talk: Talk, question: str = "") -> Reply:
    """What the shop has taught of the question; nothing where it has not."""
    question = question or question_in(talk, fewest=1)
    if not question or not talk.desk.has("search_knowledge"):
        return Reply()
    hit = taught.answering(question, talk.desk.use("search_knowledge", question=question))
    return say(Act.KNOWN, answer=hit.answer) if hit else Reply()


def tell_rules(talk: Talk) -> Reply:
    """What is asked of the shop's rules, apart from what else a message asks."""
    asked = [part for part in parts_of(talk) if Intent.RULES in part.intents]
    return answered(talk, " ".join(part.text for part in asked)) if asked else Reply()


def intents_beside_rules(talk: Talk) -> frozenset[Intent]:
    """ "Qual o horário de entrada no hotel?" is answered as a rule, and asks for no opening hours."""
    rest = [part for part in parts_of(talk) if Intent.RULES not in part.intents]
    return frozenset(intent for part in rest for intent in part.intents)


def tell_the_rest(talk: Talk, *, is_beside: bool) -> Reply:
    """Questions beside what is wanted, of which this model knows nothing but that they are asked."""
    if not is_beside:
        return Reply()
    strange = [part for part in parts_of(talk) if is_strange(part) and not is_of_a_service(talk, part)]
    if Intent.ADD in talk.memory.intents:
        # "E limpeza de ouvido?" is what shall be added.
        strange = [part for part in strange if not names_service(talk, part)]
    told = [asked_in_vain(talk, part.text) for part in strange[:MOST_STRANGE]]
    return sum((reply for reply in told if reply and reply.act is not Act.UNKNOWN), Reply())


def is_strange(part: Heard) -> bool:
    is_question = QUESTION.match(part.plain) and len(part.plain.split()) > FEWEST_WORDS
    return (
        bool(is_question)
        and not part.tells_something
        and part.intents <= SMALL_TALK
        and not COURTESY.search(part.plain)
    )


def asks_nothing_but(talk: Talk) -> bool:
    return all(QUESTION.match(part.plain) for part in parts_of(talk))


def is_of_a_service(talk: Talk, part: Heard) -> bool:
    return Intent.DOES in part.intents and names_service(talk, part)


def names_a_service(talk: Talk) -> bool:
    return any(names_service(talk, heard) for heard in talk.memory.now)


def names_service(talk: Talk, said: Heard) -> bool:
    return bool(named_in([service.name for service in talk.desk.services()], said.plain))


def parts_of(talk: Talk) -> list[Heard]:
    """What was just said, each of its sentences and questions by itself."""
    return [
        hear(part.strip(" ,"), talk.context.today)
        for heard in talk.memory.now
        for part in PARTS.split(heard.text)
        if part.strip(" ,")
    ]


def asked_in_vain(talk: Talk, question: str = "") -> Reply:
    """The shop's own words where it has taught them, else the team, who answer later."""
    if known := answered(talk, question):
        return known
    question = question or question_in(talk)
    if not question or not talk.desk.has("ask_the_team"):
        return Reply()
    told = talk.desk.use("ask_the_team", question=question)
    return say(Act.TEAM_ASKED) if TEAM_WAS_ASKED.match(told) else say(Act.UNKNOWN)


def question_in(talk: Talk, *, fewest: int = FEWEST_WORDS) -> str:
    """The customer's own words, where they ask something."""
    asked = [heard for heard in talk.memory.now if QUESTION.match(heard.plain)]
    said = " ".join(heard.text.strip() for heard in asked)
    return said[:LONGEST_QUESTION] if len(said.split()) >= fewest else ""
