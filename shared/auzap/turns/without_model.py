"""What needs no model: an emergency, a bare wish for a person or for silence, and media that the agent cannot read."""

from auzap.agent import guard, pending
from auzap.agent.emergencies import is_emergency
from auzap.agent.reply import Reply, emergency
from auzap.agent.turn import Said, Turn
from auzap.leads.words import Said as Meant
from auzap.leads.words import said_in

# What is seen once, and polls, WhatsApp does not pass on.
UNREADABLE = frozenset({"audio", "document", "image", "video", "unsupported"})
MOST_UNREADABLE = 3
# More words say more than a wish.
MOST_WORDS = 12
QUESTIONS: frozenset[Meant] = frozenset({"asked_price", "asked_duration", "wants_to_buy"})


def reply_at_once(turn: Turn) -> Reply | None:
    """An answer without words of its own: what is said is added at the turn's end. None: the model is asked."""
    if turn.contact.is_owner:
        return None
    if is_emergency([message.text for message in turn.unanswered]):
        return emergency(turn.shop, reason=turn.progress.handoff_reason)
    if turn.steps or _is_decided(turn):
        return None
    texts = [message.text for message in turn.unanswered]
    if is_unreadable(turn) and not any(texts):
        return _silent("other")
    if not _is_bare(turn.unanswered):
        return None
    if any(guard.wants_person(text) for text in texts):
        return _silent("person")
    return _silent("other") if asks_to_stop(turn) else None


def is_unreadable(turn: Turn) -> bool:
    """Whether the customer's last three messages, since a person of the shop last wrote, are none that can be read."""
    recent: list[Said] = []
    for message in reversed([*turn.history, *turn.unanswered]):
        if message.sender == "staff":
            break
        # A reaction stands between no two messages.
        if message.sender == "customer" and message.kind != "reaction":
            recent.append(message)
    last = recent[:MOST_UNREADABLE]
    return len(last) == MOST_UNREADABLE and all(each.kind in UNREADABLE and not each.text for each in last)


def asks_to_stop(turn: Turn) -> bool:
    return any("asks_to_stop" in said_in(message.text) for message in turn.unanswered)


def _is_bare(messages: list[Said]) -> bool:
    """Few words, no question, nothing but text."""
    texts = [message.text for message in messages]
    return (
        all(texts)
        and not any("?" in text or QUESTIONS & said_in(text) for text in texts)
        and sum(len(text.split()) for text in texts) <= MOST_WORDS
    )


def _is_decided(turn: Turn) -> bool:
    return (
        turn.open_proposal is not None and pending.decision(turn.open_proposal, turn.unanswered, turn.now) is not None
    )


def _silent(intent: str) -> Reply:
    return Reply(kind="reply", content={"type": "text", "text": ""}, intent=intent)
