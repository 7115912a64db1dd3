"""Phone numbers: E.164 for us, the provider's digits beside it."""

import re

# Meta drops the ninth digit of some Brazilian mobiles: the two forms are one line.
BRAZILIAN = re.compile(r"^55(\d{2})(9?)(\d{8})$")


def e164(wa_id: str) -> str | None:
    """The E.164 form of a WhatsApp id, or None where the id is no phone number."""
    digits = wa_id.removeprefix("+")
    if not re.fullmatch(r"[1-9]\d{7,14}", digits, re.ASCII):
        return None
    return f"+{digits}"


def spellings(wa_id: str) -> list[str]:
    """The ids under which the same line may be known: with and without Brazil's ninth digit."""
    match = BRAZILIAN.match(wa_id)
    if match is None:
        return [wa_id]
    area, ninth, line = match.groups()
    # Landlines start with 2 to 5 and never had a ninth digit.
    if not ninth and line[0] in "2345":
        return [wa_id]
    return [wa_id, f"55{area}{line}" if ninth else f"55{area}9{line}"]
