"""What the server says it has done after the customer's yes or no: `Booked: Thor, Banho, sábado 28/11 10:00`."""

import re
from dataclasses import dataclass

from local.street.offline_model.wording import Act

# In this order: "Booked:" wins over a "not" further on in the line.
SIGNS = (
    (re.compile(r"^not done\b", re.IGNORECASE), Act.FAILED),
    (re.compile(r"^(?:booked|agendad[oa]|marcad[oa])\b:?\s*", re.IGNORECASE), Act.BOOKED),
    (re.compile(r"^(?:cancell?ed|cancelad[oa])\b:?\s*", re.IGNORECASE), Act.CANCELLED),
    (re.compile(r"\b(?:taken|expired|no longer|failed|could not|cannot|refused)\b", re.IGNORECASE), Act.FAILED),
    (re.compile(r"\b(?:declined|dropped|discarded|kept|said no|nothing|did not)\b", re.IGNORECASE), Act.DECLINED),
    (re.compile(r"\bnot\b", re.IGNORECASE), Act.FAILED),
    (re.compile(r"^(?:done|feito)\b:?\s*|", re.IGNORECASE), Act.DONE),
)
QUESTION = re.compile(
    r"^\s*(?:ask|pergunt\w+)\s*:\s*(?:cancel\w*:?\s+)?(?P<facts>.+?)[.?!]?\s*(?:confirm\w*\s*\?)?\s*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Outcome:
    act: Act
    facts: str


def outcome_in(line: str) -> Outcome:
    sign, act = next((found, act) for pattern, act in SIGNS if (found := pattern.search(line)))
    return Outcome(act, line[sign.end() :].strip().rstrip("."))


def question_in(result: str) -> str | None:
    """The facts of the yes-or-no question a proposal tells to ask; None when it was refused."""
    found = QUESTION.match(result)
    return found and found["facts"]
