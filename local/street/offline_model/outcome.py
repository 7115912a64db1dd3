"""What the server says it has done after the customer's yes or no: `Booked: Thor, Banho, sábado 28/11 10:00`."""

import re
from dataclasses import dataclass

from local.street.offline_model.acts import Act

# In this order: "Booked:" wins over a "not" further on in the line.
SIGNS = (
    (re.compile(r"^not done\b", re.IGNORECASE), Act.FAILED),
    (re.compile(r"^(?:booked|agendad[oa]|marcad[oa])\b:?\s*", re.IGNORECASE), Act.BOOKED),
    (re.compile(r"^requested\b[^:]*:\s*", re.IGNORECASE), Act.REQUESTED),
    (re.compile(r"^rescheduled\b:?\s*", re.IGNORECASE), Act.RESCHEDULED),
    (re.compile(r"^(?:cancell?ed|cancelad[oa])\b:?\s*", re.IGNORECASE), Act.CANCELLED),
    (re.compile(r"^repeated\b:?\s*", re.IGNORECASE), Act.REPEATED),
    (re.compile(r"^ended\b:?\s*", re.IGNORECASE), Act.SERIES_ENDED),
    (re.compile(r"^on the waitlist\b:?\s*", re.IGNORECASE), Act.WAITLISTED),
    (re.compile(r"^reserved\b:?\s*", re.IGNORECASE), Act.RESERVED),
    (re.compile(r"^added\b:?\s*", re.IGNORECASE), Act.EXTRA_ADDED),
    (re.compile(r"^planned\b:?\s*", re.IGNORECASE), Act.PLANNED),
    (re.compile(r"\b(?:taken|expired|no longer|failed|could not|cannot|refused)\b", re.IGNORECASE), Act.FAILED),
    (re.compile(r"\b(?:declined|dropped|discarded|kept|said no|nothing|did not)\b", re.IGNORECASE), Act.DECLINED),
    (re.compile(r"\bnot\b", re.IGNORECASE), Act.FAILED),
    (re.compile(r"^(?:done|feito)\b:?\s*|", re.IGNORECASE), Act.DONE),
)
QUESTION = re.compile(
    r"^\s*(?:ask|pergunt\w+)\s*:\s*(?:cancel\w*:?\s+)?(?P<facts>.+?)[.?!]?\s*(?:confirm\w*\s*\?)?\s*$",
    re.IGNORECASE | re.DOTALL,
)
# What follows the facts is for whoever reads English.
FIRST_SENTENCE = re.compile(r"\.\s+(?=[A-Z])")
MISSING = re.compile(r"not approved yet: (?:[^:.]+: )?(?P<missing>.+?)\.\s", re.IGNORECASE)
IN_PORTUGUESE = (
    (re.compile(r"\bin the morning\b"), "de manhã"),
    (re.compile(r"\bin the afternoon\b"), "à tarde"),
    (re.compile(r", at any hour\b"), ""),
    (re.compile(r"(?<=\d) to (?=\w)"), " a "),
    (re.compile(r", now (?=\w)"), ", agora "),
)


@dataclass(frozen=True)
class Outcome:
    act: Act
    facts: str
    # What is still to be proved, of a stay that is not approved yet.
    missing: str = ""


def outcome_in(line: str) -> Outcome:
    sign, act = next((found, act) for pattern, act in SIGNS if (found := pattern.search(line)))
    facts = FIRST_SENTENCE.split(line[sign.end() :].strip())[0].rstrip(".")
    for pattern, words in IN_PORTUGUESE:
        facts = pattern.sub(words, facts)
    missing = MISSING.search(line)
    return Outcome(act, facts, missing["missing"] if missing else "")


def question_in(result: str) -> str | None:
    """The facts of the yes-or-no question a proposal tells to ask; None when it was refused."""
    found = QUESTION.match(result)
    return found and found["facts"]
