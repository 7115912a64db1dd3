"""Phone numbers: E.164 for us, the provider's digits beside it."""

import re

# Meta drops the ninth digit of some Brazilian mobiles: the two forms are one line.
BRAZILIAN = re.compile(r"^55(\d{2})(9?)(\d{8})$")
# Landlines start so and never had a ninth digit.
LANDLINE = frozenset("2345")


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
