"""What people of a shop send from the panel: words, files and templates, as far as the customer's window lets them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from auzap.channels.whatsapp import templates
from auzap.channels.whatsapp.sending import LONGEST_CAPTION
from auzap.channels.whatsapp.templates import Template
from auzap.conversations import holding
from auzap.conversations.holding import LONGEST_TEXT, Held, UnsendableText
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ConversationId, MediaId, MessageId, OutboxId, UserId
from auzap.outbox.queueing import Kind, enqueue
from auzap.text import clean

# What the Cloud API takes of the kinds of file that we keep.
SENDABLE = frozenset({"image", "audio", "video", "document"})
LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Known:
    """A template as it is chosen from: what it says, and what is to be filled in."""

    name: str
    language: str
    category: Literal["utility", "marketing"]
    body: str
    parameters: list[str]
    buttons: list[str]


@dataclass(frozen=True, slots=True)
class Reach:
    """How the customer of a conversation can be reached at this moment."""

    is_window_open: bool
    has_opted_out: bool
    is_connected: bool


@dataclass(frozen=True, slots=True)
class File:
    kind: str
    object_key: str
    filename: str | None


class WindowClosed(Refusal):
    """The provider takes only templates by now. `details` are those that there are."""

    def __init__(self, known: list[Known]) -> None:
        super().__init__("This customer last wrote over a day ago: only a template reaches them.")
        self.details = [{"name": each.name, "language": each.language, "body": each.body} for each in known]


class OptedOut(Refusal):
    def __init__(self) -> None:
        super().__init__("This customer wants no messages that they did not ask for. Wait for them to write.")


class NumberDisconnected(Refusal):
    def __init__(self) -> None:
        super().__init__("The shop's number of this conversation is not connected. Connect it again, and then write.")


class UnknownTemplate(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such template that may be sent. Load the list again.")


class UnfilledTemplate(Refusal):
    """`details`: what the template is to be filled in with."""

    def __init__(self, wanted: list[str]) -> None:
        super().__init__(f"Fill in each of {', '.join(wanted)} with 1 to {LONGEST_VALUE} characters, and nothing else.")
        self.details = wanted


class UnknownFile(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such file that can be sent.")


class UnknownMessage(Refusal):
    def __init__(self) -> None:
        super().__init__("The message that is to be answered is not in this conversation.")


def known_templates(tx: Tx, conversation_id: ConversationId) -> list[Known]:
    """Those that may be sent in it: approved, and of its number's business account."""
    return tx.rows(
        Known,
        """
        SELECT t.name, t.language, t.category, t.body, t.parameters, ARRAY(SELECT jsonb_array_elements_text(t.buttons)) AS buttons
        FROM conversations c JOIN channel_accounts a ON a.id = c.channel_account_id
        JOIN message_templates t ON t.business_id = a.business_id
        WHERE c.id = %s AND t.status = 'approved' AND t.category IN ('utility', 'marketing') ORDER BY t.name, t.language
        """,
        [conversation_id],
    ).fetchall()


def send_text(
    tx: Tx, conversation_id: ConversationId, user_id: UserId | None, text: str, *, answers: MessageId | None = None
) -> OutboxId:
    """By a person, who has the conversation from now on; or by a program, which leaves it with whoever has it."""
    wanted = clean(text).strip()
    if not 1 <= len(wanted) <= LONGEST_TEXT:
        raise UnsendableText
    held = _locked_in_window(tx, conversation_id)
    content = {"type": "text", "text": wanted} | _quote(tx, conversation_id, answers)
    return _send(tx, conversation_id, held, user_id, "staff", content)


def send_file(
    tx: Tx, conversation_id: ConversationId, user_id: UserId | None, media_id: MediaId, *, caption: str = ""
) -> OutboxId:
    """A file that the shop has; the sender makes a link to it when it goes."""
    held = _locked_in_window(tx, conversation_id)
    return _send_file(tx, conversation_id, held, user_id, media_id, _file(tx, media_id), caption)


def send_new_file(
    tx: Tx, conversation_id: ConversationId, user_id: UserId | None, media_id: MediaId, file: File, *, caption: str = ""
) -> OutboxId:
    """A file of their own that lies in the bucket by now; the caller says in `media` whose it is."""
    held = _locked_in_window(tx, conversation_id)
    return _send_file(tx, conversation_id, held, user_id, media_id, file, caption)


def check_sendable(tx: Tx, conversation_id: ConversationId) -> None:
    """That what people write reaches the customer now, asked before anything is made ready for it."""
    _locked_in_window(tx, conversation_id)


def send_template(
    tx: Tx,
    conversation_id: ConversationId,
    user_id: UserId | None,
    name: str,
    language: str,
    values: Mapping[str, str],
) -> OutboxId:
    """Also to whom nothing else can be sent, unless they want none."""
    held = holding.locked(tx, conversation_id)
    if _reach(tx, conversation_id).has_opted_out:
        raise OptedOut
    chosen = next(
        (each for each in known_templates(tx, conversation_id) if (each.name, each.language) == (name, language)), None
    )
    if chosen is None:
        raise UnknownTemplate
    given = {name: clean(value).strip() for name, value in values.items()}
    if given.keys() != set(chosen.parameters) or not all(0 < len(value) <= LONGEST_VALUE for value in given.values()):
        raise UnfilledTemplate(chosen.parameters)
    template = Template(chosen.name, chosen.language, chosen.body, chosen.parameters, chosen.buttons)
    content = templates.filled(template, given, payload=f"template:{name}")
    return _send(tx, conversation_id, held, user_id, "template", content)


def _send(
    tx: Tx,
    conversation_id: ConversationId,
    held: Held,
    user_id: UserId | None,
    kind: Kind,
    content: dict[str, Any],
) -> OutboxId:
    if held.state == "closed":
        # Somebody has something to say in it after all.
        holding.reopen(tx, conversation_id)
        held = holding.locked(tx, conversation_id)
    if user_id is not None:
        holding.take_to_write(tx, conversation_id, held, user_id)
    return enqueue(tx, conversation_id=conversation_id, kind=kind, author="person", content=content)


def _send_file(
    tx: Tx,
    conversation_id: ConversationId,
    held: Held,
    user_id: UserId | None,
    media_id: MediaId,
    file: File,
    caption: str,
) -> OutboxId:
    wanted = clean(caption).strip()
    if len(wanted) > LONGEST_CAPTION:
        raise UnsendableText
    content: dict[str, Any] = {
        "type": file.kind,
        "media_id": str(media_id),
        "object_key": file.object_key,
        "text": wanted,
    }
    if file.kind == "document" and file.filename:
        content["filename"] = clean(file.filename)
    return _send(tx, conversation_id, held, user_id, "staff", content)


def _locked_in_window(tx: Tx, conversation_id: ConversationId) -> Held:
    held = holding.locked(tx, conversation_id)
    _check_window(tx, conversation_id)
    return held


def _check_window(tx: Tx, conversation_id: ConversationId) -> None:
    if not _reach(tx, conversation_id).is_window_open:
        raise WindowClosed(known_templates(tx, conversation_id))


def _reach(tx: Tx, conversation_id: ConversationId) -> Reach:
    """Of a customer's conversation, which the caller has locked."""
    found = tx.rows(
        Reach,
        """
        SELECT app.is_window_open(c.last_inbound_at, c.window_closed_after) AS is_window_open,
          p.opted_out_at IS NOT NULL AS has_opted_out, a.status <> 'disconnected' AS is_connected
        FROM conversations c JOIN contacts p ON p.id = c.contact_id JOIN channel_accounts a ON a.id = c.channel_account_id
        WHERE c.id = %s AND c.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[])
        """,
        [conversation_id],
    ).fetchone()
    if found is None:
        raise holding.UnknownConversation
    if not found.is_connected:
        raise NumberDisconnected
    return found


def _file(tx: Tx, media_id: MediaId) -> File:
    """What its own sender has deleted goes to nobody, and no more does what an owner has shown the agent."""
    found = tx.rows(
        File,
        """
        SELECT f.kind, f.object_key, f.filename
        FROM media f JOIN messages m ON m.id = f.message_id JOIN conversations c ON c.id = f.conversation_id
        WHERE f.id = %s AND f.state = 'stored' AND m.revoked_at IS NULL AND f.kind = ANY (%s)
          AND c.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[])
        """,
        [media_id, sorted(SENDABLE)],
    ).fetchone()
    if found is None:
        raise UnknownFile
    return found


def _quote(tx: Tx, conversation_id: ConversationId, answers: MessageId | None) -> dict[str, str]:
    if answers is None:
        return {}
    row = tx.execute(
        "SELECT provider_id FROM messages WHERE id = %s AND conversation_id = %s AND provider_id IS NOT NULL",
        [answers, conversation_id],
    ).fetchone()
    if row is None:
        raise UnknownMessage
    return {"quote": row[0]}
