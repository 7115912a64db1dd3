"""The reply gate: what a reply claims must be a fact of this turn. Deterministic, and the last word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from auzap.text import folded

LONGEST_REPLY = 1_500
PRICE = re.compile(r"r\$\s*(\d{1,3}(?:\.\d{3})*|\d+)(?:,(\d{1,2}))?(?!\d)")
CLOCK = re.compile(
    r"\b([01]?\d|2[0-3])(?::|h)([0-5]\d)\b|\b(?:as|a partir das|ate as|ate|das)\s+([01]?\d|2[0-3])\s?h?(?:oras)?\b(?![:/]\d)"
)
DAY = re.compile(r"\b([0-3]?\d)/([01]?\d)\b")
LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|net|org|br|io|me)\b")

# What a reply may only say when the act was done in this turn. Questions and offers speak otherwise.
CLAIMS = {
    "booked": re.compile(
        r"\b(?:(?:esta|ficou|foi|deixei|ja)\s+(?:\w+\s+)?(?:agendad|marcad|reservad|confirmad)[oa]s?"
        r"|(?:agendei|marquei|reservei|confirmei)\b|(?:agendamento|horario|reserva|banho)\s+(?:\w+\s+)?(?:confirmad|agendad|marcad)[oa]"
        r"|(?:is|are|has been|have)\s+booked)"
    ),
    "cancelled": re.compile(
        r"\b(?:(?:esta|ficou|foi|ja)\s+(?:\w+\s+)?cancelad[oa]s?|cancelei\b|(?:is|has been)\s+cancell?ed)"
    ),
    "paid": re.compile(
        r"\b(?:pagamento\s+(?:\w+\s+)?(?:confirmad|recebid|aprovad)o|recebi\s+(?:o\s+)?(?:seu\s+)?(?:pagamento|pix)|payment\s+received)"
    ),
}
INNER_WORDS = re.compile(
    r"\b(?:list_services|find_free_slots|propose_booking|propose_cancellation|list_bookings|list_pets|register_pet|hand_over|"
    r"list_appointments|system prompt|prompt do sistema)\b|\[result\]|\[the customer"
)
DOSAGE = re.compile(r"\b\d+(?:,\d+)?\s?(?:mg|ml|gotas|comprimidos?|mcg)\b")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the turn knows: what anybody said, what tools and context showed, and which acts were done."""

    said: Sequence[str]
    shown: Sequence[str]
    acts_done: Sequence[str]


def problems(reply: str, facts: Facts) -> list[str]:
    """Why the reply must not be sent; empty when it may."""
    said = folded(reply)
    known = folded("\n".join(facts.said))
    # A price is true because the catalogue shows it, never because somebody wrote it.
    shown = folded("\n".join(facts.shown))
    found: list[str] = []
    if not reply.strip() or len(reply) > LONGEST_REPLY:
        found.append(f"the reply must have 1 to {LONGEST_REPLY} characters")
    found += [f"price not in the facts: {price}" for price in sorted(_prices(said) - _prices(shown))]
    found += [f"time not in the facts: {clock}" for clock in sorted(_clocks(said) - _clocks(known))]
    found += [f"date not in the facts: {day}" for day in sorted(_days(said) - _days(known))]
    found += [
        f"nothing was {act} in this turn"
        for act, claim in CLAIMS.items()
        if act not in facts.acts_done and claim.search(said)
    ]
    if LINK.search(said) and not all(link in known for link in LINK.findall(said)):
        found.append("links are not allowed")
    if INNER_WORDS.search(said):
        found.append("the reply speaks of the system")
    if DOSAGE.search(said):
        found.append("no dosage may be given")
    return found


def _prices(text: str) -> set[str]:
    return {f"{int(reais.replace('.', ''))},{(cents or '0').ljust(2, '0')}" for reais, cents in PRICE.findall(text)}


def _clocks(text: str) -> set[str]:
    return {f"{int(hour or bare):02d}:{minute or '00'}" for hour, minute, bare in CLOCK.findall(text)}


def _days(text: str) -> set[str]:
    written = {f"{int(day):02d}/{int(month):02d}" for day, month in DAY.findall(text)}
    iso = {f"{day}/{month}" for month, day in re.findall(r"\b\d{4}-(\d{2})-(\d{2})\b", text)}
    return written | iso
