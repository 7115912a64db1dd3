"""Phone numbers: E.164 for us, the provider's digits beside it."""

import re

# Meta drops the ninth digit of some Brazilian mobiles: the two forms are one line.
BRAZILIAN = re.compile(r"^55(\d{2})(9?)(\d{8})$")
# Landlines start so and never had a ninth digit.
LANDLINE = frozenset("2345")
# The area codes that Brazil has given out.
AREAS = frozenset(
    f"{area}"
    for area in (
        *range(11, 20), 21, 22, 24, 27, 28, *range(31, 36), 37, 38, *range(41, 50), 51, 53, 54, 55, *range(61, 70),
        71, 73, 74, 75, 77, 79, *range(81, 90), *range(91, 100),
    )
)  # fmt: skip
BETWEEN_DIGITS = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")


def e164(wa_id: str) -> str | None:
    """The E.164 form of a WhatsApp id, or None where the id is no phone number."""
    digits = wa_id.removeprefix("+")
    if not re.fullmatch(r"[1-9]\d{7,14}", digits, re.ASCII):
        return None
    match = BRAZILIAN.match(digits)
    # The number people know and call has its ninth digit, whether or not Meta says it.
    if match and not match[2] and match[3][0] not in LANDLINE:
        return f"+55{match[1]}9{match[3]}"
    return f"+{digits}"


def spellings(wa_id: str) -> list[str]:
    """The ids under which the same line may be known: with and without Brazil's ninth digit."""
    match = BRAZILIAN.match(wa_id)
    if match is None:
        return [wa_id]
    area, ninth, line = match.groups()
    if line[0] in LANDLINE:
        return [wa_id]
    return [wa_id, f"55{area}{line}" if ninth else f"55{area}9{line}"]


class NoArea(ValueError):
    """A Brazilian number without its area code: whose it is nobody can say."""


def written(text: str) -> str | None:
    """The E.164 form of a number as people write it down; one that does not say its country is Brazilian."""
    digits = BETWEEN_DIGITS.sub("", text.strip().removeprefix("tel:").removeprefix("'"))
    if digits.startswith(("+", "00")):
        return _abroad(digits.removeprefix("+").removeprefix("00"))
    if not digits.isascii() or not digits.isdigit():
        return None
    if digits.startswith("55") and len(digits) in {12, 13}:
        return _brazilian(digits[2:])
    return _brazilian(digits.lstrip("0"))


def _abroad(digits: str) -> str | None:
    return _brazilian(digits[2:]) if digits.startswith("55") else e164(digits)


def _brazilian(digits: str) -> str | None:
    """Area and line: eight digits, or nine that start with a nine."""
    if not digits.isascii() or not digits.isdigit():
        return None
    if len(digits) in {8, 9}:
        raise NoArea
    line = digits[2:]
    is_line = (len(line) == 8 and line[0] in "23456789") or (len(line) == 9 and line[0] == "9" and line[1] not in "01")
    return e164(f"55{digits}") if digits[:2] in AREAS and is_line else None
