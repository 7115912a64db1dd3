"""What a reply gives to choose from, as its channel can show it: buttons, a list, or numbered lines."""

from collections.abc import Sequence
from typing import Any

from auzap import texts
from auzap.text import folded

# Channels that show something to press.
PRESSED = frozenset({"whatsapp"})
PREFIX = "choice:"
# Of WhatsApp: buttons, and rows of a list with a title and a line below it.
MOST_BUTTONS = 3
LONGEST_BUTTON = 20
MOST_ROWS = 10
LONGEST_ROW = 24
LONGEST_DESCRIPTION = 72
# With room for what the end of a turn may add.
LONGEST_BODY = 800
# Where an option parts into a row's title and what is said of it.
PARTS = (" - ", " – ", " — ", ": ", ", ", " (")


def content(text: str, choices: Sequence[str], *, channel: str, locale: str) -> dict[str, Any]:
    """The options stay beside what is shown of them: a later turn reads what was offered."""
    offered = _distinct(choices)
    # One option is no choice.
    if len(offered) < 2:
        return {"type": "text", "text": text}
    kept = {"choices": offered}
    if channel in PRESSED and len(text) <= LONGEST_BODY:
        if len(offered) <= MOST_BUTTONS and all(len(option) <= LONGEST_BUTTON for option in offered):
            buttons = [{"id": f"{PREFIX}{place}", "title": option} for place, option in enumerate(offered, start=1)]
            return {"type": "buttons", "text": text, "buttons": buttons, **kept}
        rows = [_row(place, option) for place, option in enumerate(offered, start=1)]
        if len({row["title"] for row in rows if row}) == len(offered):
            return {"type": "list", "text": text, "button": texts.text("choose_button", locale), "rows": rows, **kept}
    numbered = "\n".join(f"{place}. {option}" for place, option in enumerate(offered, start=1))
    return {"type": "text", "text": f"{text}\n\n{numbered}", **kept}


def _distinct(choices: Sequence[str]) -> list[str]:
    """People tell them apart without looking at capitals and accents."""
    return list({folded(option): option for option in reversed(choices)}.values())[::-1][:MOST_ROWS]


def _row(place: int, option: str) -> dict[str, str] | None:
    """None where a list has no room for it."""
    if len(option) <= LONGEST_ROW:
        return {"id": f"{PREFIX}{place}", "title": option}
    for part in PARTS:
        title, found, rest = option.partition(part)
        described = f"({rest}" if part == " (" else rest
        if found and title and len(title) <= LONGEST_ROW and len(described) <= LONGEST_DESCRIPTION:
            return {"id": f"{PREFIX}{place}", "title": title, "description": described}
    return None
