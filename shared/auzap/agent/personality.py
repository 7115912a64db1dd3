"""How the shop's agent speaks: style, tone, emoji, greetings by customer and hour, and the shop's own wordings."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from auzap import texts
from auzap.agent.reply import Reply
from auzap.agent.rules import compiled
from auzap.agent.turn import Turn
from auzap.errors import Refusal
from auzap.organizations.shop import Shop, Voice

# After so long a silence people greet again.
GREETS_AFTER = timedelta(hours=6)
AFTERNOON, NIGHT, MORNING = 12, 18, 5

STYLES = {
    "friendly": "friendly, like somebody who loves animals",
    "professional": "professional and warm",
    "energetic": "lively and enthusiastic",
}
TONES = {"casual": "casual", "semi_formal": "semi-formal", "formal": "formal: senhor, senhora"}
MOST_EMOJI = {"none": 0, "low": 2, "medium": 3, "high": 6}
GREETINGS = {
    "new": "a new customer: say who you are, the shop's virtual assistant, and welcome them",
    "returning": "a returning customer: greet them by name, as somebody you know",
    "vip": "a VIP: greet them by name, with special care",
    "inactive": "a customer who has not come for long: say kindly that it is good to hear from them, without pressing",
}
HOURS = {"morning": "bom dia", "afternoon": "boa tarde", "night": "boa noite"}
# When the model is to use a wording of the shop's own.
OCCASIONS = {
    "greeting": "to greet",
    "confirmation": "when you tell that something was booked",
    "celebration": "for good news",
    "closing": "to say goodbye",
}

# A figure with what joins to it: skin, sex, a second figure; flags and keycaps. Digits and letters alone are none.
FIGURE = (
    r"[\u231a\u231b\u23e9-\u23f3\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55"
    r"\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
MODIFIER = r"(?:[\ufe0e\ufe0f\u20e3]|[\U0001f3fb-\U0001f3ff]|[\U000e0020-\U000e007f])*"
EMOJI = rf"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{FIGURE}{MODIFIER}(?:\u200d{FIGURE}{MODIFIER})*)"
PLACEHOLDER = r"\{([^{}]*)\}"
PLACEHOLDERS = ("customer", "pet_name", "shop", "agent", "date", "time")


class UnknownPlaceholder(Refusal):
    def __init__(self, name: str) -> None:
        known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
        super().__init__(f"There is no {{{name}}}. A wording may hold {known}.")


def manner(shop: Shop) -> str:
    """For the model, below its rules: how to speak, and what the shop asks. What the shop asks is no fact and no rule."""
    voice = shop.voice
    emoji = "no emoji" if not MOST_EMOJI[voice.emoji] else f"at most {MOST_EMOJI[voice.emoji]} emoji"
    slang = "light slang is welcome" if voice.slang else "no slang"
    lines = [
        f"Voice: {STYLES[voice.style]}; {TONES[voice.tone]}; {emoji}; {slang}; empathy {voice.empathy} of 10. Vary your words."
    ]
    if voice.instructions:
        asked = " ".join(voice.instructions.split())
        lines.append(f"The shop asks, and only as far as the rules above allow: {asked}")
    return "\n".join(lines)


def greeting(turn: Turn) -> str | None:
    """How to open, where the talk is new; None in the middle of one."""
    if not is_new_talk(turn):
        return None
    return f"{HOURS[part_of_day(turn.shop, turn.now)]}; {GREETINGS[turn.background.client_type]}"


def is_new_talk(turn: Turn) -> bool:
    ours = [message.provider_at for message in turn.history if message.sender != "customer"]
    return not ours or turn.now - max(ours) > GREETS_AFTER


def part_of_day(shop: Shop, now: datetime) -> str:
    hour = shop.local(now).hour
    return "morning" if MORNING <= hour < AFTERNOON else "afternoon" if AFTERNOON <= hour < NIGHT else "night"


def wordings(turn: Turn) -> dict[str, tuple[str, str]]:
    """Of each kind that may be needed the fittest that can be filled in: its id and its words."""
    known = _known(turn)
    found: dict[str, tuple[str, str]] = {}
    for kind, own in turn.background.wordings.items():
        if kind == "greeting" and not is_new_talk(turn):
            continue
        for each in own:
            filled = _filled(each["text"], known)
            if filled is not None:
                found[kind] = each["id"], filled
                break
    return found


def used(turn: Turn, reply: Reply) -> list[str]:
    """Which of the shop's wordings this reply had its occasion for: the next time it is another one's turn."""
    if not turn.background.wordings:
        return []
    occasions = {
        "greeting": not reply.failure,
        "confirmation": "booked" in turn.progress.acts_done,
        "celebration": reply.intent == "praise",
        "closing": reply.intent == "farewell",
        "error": reply.failure is not None and reply.failure != "gave_up",
    }
    return [wording_id for kind, (wording_id, _) in wordings(turn).items() if occasions[kind]]


def own_error(turn: Turn) -> str | None:
    """What the shop says when its agent cannot answer."""
    wording = wordings(turn).get("error")
    return wording[1] if wording else None


def with_emoji(text: str, level: str) -> str:
    """With as many as the shop wants, the first ones; a line that was nothing else goes with them."""
    left = MOST_EMOJI[level]

    def keep(found: re.Match[str]) -> str:
        nonlocal left
        left -= 1
        return found[0] if left >= 0 else ""

    kept = compiled(EMOJI).sub(keep, text)
    if kept == text:
        return text
    lines = [
        compiled(r"[ \t]+(?=$|[.,!?;:])").sub("", compiled(r"[ \t]{2,}").sub(" ", line)) for line in kept.split("\n")
    ]
    return compiled(r"\n{3,}").sub("\n\n", "\n".join(lines)).strip()


def preview(shop: Shop, wording: str, *, now: datetime) -> str:
    """A wording as a customer would read it, with made-up names; refused where it cannot be filled in."""
    for name in compiled(PLACEHOLDER).findall(wording):
        if name not in PLACEHOLDERS:
            raise UnknownPlaceholder(name)
    sample = {"customer": "Ana", "pet_name": "Thor", **_of_shop(shop, now)}
    return with_emoji(_filled(wording, sample) or wording, shop.voice.emoji)


def sample(shop: Shop, voice: Voice, client_type: str, *, now: datetime) -> str:
    """How an agent of this voice might greet, for the panel to show before it is saved."""
    words = texts.SAMPLES[shop.locale]
    opening = words["new" if client_type == "new" else "known"].format(
        greeting=words[part_of_day(shop, now)], customer="Ana", agent=shop.agent_name, shop=shop.name
    )
    return with_emoji(f"{opening} {words[voice.style]}", voice.emoji)


def _known(turn: Turn) -> dict[str, str]:
    known = _of_shop(turn.shop, turn.now)
    if turn.contact.name:
        known["customer"] = turn.contact.name.split()[0]
    if len(turn.background.pet_names) == 1:
        known["pet_name"] = turn.background.pet_names[0]
    return known


def _of_shop(shop: Shop, now: datetime) -> dict[str, str]:
    local = shop.local(now)
    return {"shop": shop.name, "agent": shop.agent_name, "date": f"{local:%d/%m}", "time": f"{local:%H:%M}"}


def _filled(wording: str, known: Mapping[str, str]) -> str | None:
    """None where something to fill in is not known."""
    missing = [name for name in compiled(PLACEHOLDER).findall(wording) if name not in known]
    return None if missing else compiled(PLACEHOLDER).sub(lambda found: known[found[1]], wording)
