"""The reply gate: what a reply claims must be a fact of this turn. Deterministic, and the last word."""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from auzap.agent import figures, incidents
from auzap.agent.language import language_of
from auzap.agent.rules import compiled, replies
from auzap.text import folded

LONGEST_REPLY = 1_500
# So many words of the rules in a row are recited, not chanced upon.
RECITED = 12
# Of fewer words, a sentence of the shop's could be anything.
FEWEST_WORDS_OF_A_LESSON = 4
# Shorter ones are said again and again by everybody.
FEWEST_VARIED = 4
LANGUAGES = {"pt": "Portuguese", "en": "English", "es": "Spanish"}
# A claim up to the next pause, where a question mark makes it a question.
PAUSE = r"[.!,;:]|\?"
SENTENCE = r"[.!?;\n]+"
OFFER = (
    r"\b(?:temos|tenho|ha|tem|vagas?|livres?|disponivel|disponiveis|consigo|que tal|encaix\w+|proxim[oa]s? (?:horario|vaga|data)s?"
    r"|free|available|slots?|openings?|how about|next (?:time|slot))\b|\d:\d\d"
)
NO_OFFER = r"\b(?:nao|sem|nem|nenhum\w*|fecha\w*|exceto|menos|not|nothing|closed|except)\b"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the turn knows: what anybody said, what tools and context showed, and which acts were done."""

    said: Sequence[str]
    shown: Sequence[str]
    acts_done: Sequence[str]
    # The customer's own words of this turn, which set the language.
    asked: Sequence[str] = ()
    # How this contact is reached.
    contact: Sequence[str] = ()
    # What the shop says of itself: a topic in it is no digression.
    business: str = ""
    # The persona's rules and tools, of which a reply must show nothing.
    rules: str = ""
    tools: Sequence[str] = ()
    # The days to come with their weekdays: what may be named is not what is free.
    calendar: Sequence[str] = ()
    # A person takes over, or was asked: what is promised in their name is kept.
    people_go_on: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reply must not be sent: the rule by its name, and a sentence for the model to mend it by."""

    rule: str
    kind: incidents.Kind
    severity: incidents.Severity
    told: str


@dataclass(frozen=True, slots=True)
class Read:
    """The reply and the facts, folded: as what people type is compared."""

    reply: str
    said: str
    known: str
    # A price, a link, a promise is true because the shop shows it, never because somebody wrote it.
    shown: str
    # What it gives to choose from.
    choices: Sequence[str]
    facts: Facts


type Found = Iterator[tuple[str, str]]


def problems(text: str, facts: Facts, choices: Sequence[str] = ()) -> list[Problem]:
    """Why the reply must not be sent; empty when it may. What it gives to choose from is said by it too."""
    reply = "\n".join([text, *(f"{choice}." for choice in choices)])
    if len(reply) > LONGEST_REPLY or not re.search(r"[^\W\d_]{2}", text):
        return [_problem("length", f"the reply must have words, and at most {LONGEST_REPLY} characters")]
    known, shown = folded("\n".join([*facts.said, *facts.contact])), folded("\n".join(facts.shown))
    read = Read(reply, folded(reply), known, shown, [folded(choice) for choice in choices], facts)
    return [_problem(rule, told) for check in CHECKS for rule, told in check(read)]


def repeats(reply: str, said: Sequence[str]) -> bool:
    """Whether it is word for word what was said before. Of few words there are not many ways to say them."""
    words = _words(reply)
    return len(words) >= FEWEST_VARIED and any(words == _words(before) for before in said)


def _words(text: str) -> list[str]:
    return compiled(r"[^\W_]+").findall(folded(text))


def _problem(rule: str, told: str) -> Problem:
    kind, severity = replies.RULES[rule]
    return Problem(rule, kind, severity, told)


def _beyond(figures_of: Callable[[str], set[str]], said: str, known: str) -> list[str]:
    """What the reply has and the facts have not. Most replies have none, and the facts are long to read."""
    found = figures_of(said)
    return sorted(found - figures_of(known)) if found else []


def _numbers(read: Read) -> Found:
    for price in _beyond(figures.prices, read.said, read.shown):
        yield "price", f"price not in the facts: {price}"
    if figures.has_price_in_words(read.said):
        yield "price", "price not in the facts: written in words"
    for percent in _beyond(figures.percents, read.said, read.shown):
        yield "percentage", f"percentage not in the facts: {percent}%"


def _moments(read: Read) -> Found:
    for clock in _beyond(figures.clocks, read.said, read.known):
        yield "time", f"time not in the facts: {clock}"
    offered = "\n".join(_offers(read))
    to_come = figures.days("\n".join(read.facts.calendar))
    for day in _beyond(figures.days, read.said, read.known):
        if day not in to_come - figures.days(offered):
            yield "date", f"date not in the facts: {day}"
    for day in _beyond(figures.bare_days, read.said, read.known):
        named = figures.days(read.known) if day in figures.bare_days(offered) else figures.days(read.known) | to_come
        if not any(known.startswith(f"{day}/") for known in named):
            yield "date", f"date not in the facts: dia {day}"


def _weekdays(read: Read) -> Found:
    if not figures.weekdays(read.said):
        return
    known_dates = figures.dated_weekdays(read.known) | figures.dated_weekdays(folded("\n".join(read.facts.calendar)))
    for day, (weekday, written) in sorted(figures.dated_weekdays(read.said).items()):
        if known_dates.get(day, (weekday, ""))[0] != weekday:
            yield "weekday", f"weekday not of that date: {written}"
    # Neither today's own weekday nor one that the customer names is therefore free.
    open_days = figures.weekdays("\n".join(line for line in _lines(read.facts.shown) if not line.startswith("today:")))
    if any(figures.weekdays(offer) - open_days for offer in (*_offers(read), *read.choices)):
        yield "weekday", "weekday not in the facts"


def _offers(read: Read) -> list[str]:
    """The sentences that say that there is something to have."""
    return [
        sentence
        for sentence in compiled(SENTENCE).split("\n".join(_lines([read.reply])))
        if compiled(OFFER).search(sentence) and not compiled(NO_OFFER).search(sentence)
    ]


def _claims(read: Read) -> Found:
    done, shown = read.facts.acts_done, read.facts.shown
    for act in replies.DID:
        if act in done or any(also in done for also in replies.ALSO.get(act, ())):
            continue
        standing = act in replies.STANDING and any(compiled(replies.STANDING[act]).search(text) for text in shown)
        if (
            _claimed(read.said, replies.DID[act], replies.HEDGE)
            or _claimed(read.said, replies.DID_TOGETHER.get(act), replies.TO_COME)
            or (not standing and _claimed(read.said, replies.IS.get(act), replies.HEDGE, taught=read.shown))
        ):
            yield "claim", f"nothing was {act} in this turn"


def _claimed(said: str, pattern: str | None, hedge: str, *, taught: str = "") -> bool:
    """`taught`: where the whole sentence stands in it, it speaks of what the shop does, and not of what was done now."""
    if pattern is None:
        return False
    return any(
        not _is_question(said[claim.end() :])
        and not _stands(_sentence(said, claim.start(), claim.end()), taught)
        and not compiled(hedge).search(compiled(PAUSE).split(said[: claim.start()])[-1])
        and not compiled(replies.ONCE).search(compiled(SENTENCE).split(said[: claim.start()])[-1])
        for claim in compiled(rf"\b(?:{pattern})\b").finditer(said)
    )


def _sentence(said: str, start: int, end: int) -> str:
    before, after = compiled(SENTENCE).split(said[:start])[-1], compiled(SENTENCE).split(said[end:])[0]
    return (before + said[start:end] + after).strip()


def _stands(sentence: str, taught: str) -> bool:
    return len(sentence.split()) >= FEWEST_WORDS_OF_A_LESSON and sentence in taught


def _is_question(rest: str) -> bool:
    pause = compiled(PAUSE).search(rest)
    return pause is not None and pause[0] == "?"


def _will_return(read: Read) -> Found:
    if not read.facts.people_go_on and compiled(replies.WILL_RETURN).search(read.said):
        yield "will_return", "nobody comes back later: answer now, or hand over to a person"


def _links(read: Read) -> Found:
    if any(link not in read.shown for link in figures.links(read.said)):
        yield "link", "links are not allowed"


def _personal_data(read: Read) -> Found:
    if numbers := figures.long_numbers(read.said):
        known = figures.long_numbers(read.known)
        if not all(any(n.endswith(k) or k.endswith(n) for k in known) for n in numbers):
            yield "personal_data", "a number that nobody gave"
        ours = figures.long_numbers("\n".join([read.shown, *read.facts.contact]))
        if any(figures.is_card(number) for number in numbers - ours):
            yield "personal_data", "the number of a card must never be repeated"
    if any(address not in read.known for address in figures.emails(read.said)):
        yield "personal_data", "an e-mail address that nobody gave"


def _secrets(read: Read) -> Found:
    ours = {name for name in read.facts.tools if "_" in name}
    inner = [word for word in compiled(replies.SNAKE).findall(read.said) if word in ours or word not in read.shown]
    if inner or compiled(replies.INNER_WORDS).search(read.said):
        yield "inner_words", "the reply speaks of the system"
    if _runs(read.said) & _runs_of_rules(read.facts.rules):
        yield "rules_recited", "the reply recites your rules"


@functools.lru_cache(maxsize=8)
def _runs_of_rules(rules: str) -> frozenset[tuple[str, ...]]:
    return _runs(folded(rules))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words: list[str] = compiled(r"\w+").findall(text)
    return frozenset(tuple(words[start : start + RECITED]) for start in range(len(words) - RECITED + 1))


def _identity(read: Read) -> Found:
    if compiled(replies.HUMAN).search(read.said):
        yield "human_claim", "the reply claims to be a person"
    vendors = [name for name in compiled(replies.VENDORS).findall(read.said) if name not in read.shown]
    if vendors or compiled(replies.MODEL_IDENTITY).search(read.said):
        yield "model_identity", "say only that you are the shop's virtual assistant, nothing of what you are made of"


def _promises(read: Read) -> Found:
    for promise in compiled(replies.PROMISE).finditer(read.said):
        before, after = compiled(PAUSE).split(read.said[: promise.start()])[-1], read.said[promise.end() :]
        hedged = compiled(replies.NO_PROMISE).search(before) or _is_question(after)
        if not hedged and promise[0] not in read.shown and not _shows_word(promise[0], read.shown):
            yield "promise", "no discount, gift or guarantee that the shop does not show"
            return


def _shows_word(promised: str, shown: str) -> bool:
    word = compiled(replies.PROMISED).search(promised)
    return word is not None and word[0] in shown


def _topics(read: Read) -> Found:
    business = folded(read.facts.business)
    for topic, pattern in replies.TOPICS.items():
        words = [found[0] for found in compiled(pattern).finditer(read.said)]
        if any(word not in business and word not in read.shown for word in words):
            yield topic, f"speak of the shop and of pets, not of {topic}"


def _medicine(read: Read) -> Found:
    measures = [found[0] for found in compiled(replies.MEASURE).finditer(read.said)]
    drugs = compiled(replies.DRUGS).findall(read.said)
    if compiled(replies.DOSE).search(read.said) or any(word not in read.shown for word in measures + drugs):
        yield "dosage", "no dosage may be given"
    told = [illness for illness in compiled(replies.ILL).findall(read.said) if illness not in read.known]
    if told or compiled(replies.DIAGNOSIS).search(read.said):
        yield "diagnosis", "no diagnosis may be given"


def _markup(read: Read) -> Found:
    if compiled(replies.MARKUP).search(read.reply.lower()):
        yield "markup", "write plain text: no HTML, no markdown links or images, no code"


def _language(read: Read) -> Found:
    asked = language_of(read.facts.asked)
    answered = language_of([read.reply]) if asked else None
    if asked and answered and asked != answered:
        yield "language", f"answer in the customer's language, {LANGUAGES[asked]}"


def _lines(texts: Sequence[str]) -> list[str]:
    return [folded(line) for text in texts for line in text.splitlines()]


CHECKS = (
    _numbers,
    _moments,
    _weekdays,
    _claims,
    _links,
    _personal_data,
    _secrets,
    _identity,
    _promises,
    _topics,
    _medicine,
    _will_return,
    _markup,
    _language,
)
