"""Acts that bind: proposed by the model, stored by the server, done after the customer's yes, with what was stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from auzap.agent.desk import Desk
from auzap.agent.turn import Proposal, Said
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import PendingActionId
from auzap.text import folded

type Act = Callable[[Desk, dict[str, Any]], str]
type Decision = Literal["yes", "no"]

# The whole message, not a word in it: "pode ser às 15h?" is no yes.
# fmt: off
YES = frozenset(
    {
        "sim", "s", "ss", "sim sim", "sim por favor", "sim pode", "sim pode marcar", "sim confirmo", "sim quero",
        "isso", "isso mesmo", "pode", "pode sim", "pode ser", "pode marcar", "pode confirmar", "pode cancelar",
        "confirmo", "confirmado", "confirma", "confirmar", "sim confirmar", "ok", "okay", "quero", "quero sim",
        "claro", "fechado", "combinado", "perfeito", "👍", "👍🏻", "👍🏽", "👍🏿", "yes", "yes please", "confirm",
    }
)
# fmt: on
# fmt: off
NO = frozenset(
    {
        "nao", "n", "nao obrigado", "nao obrigada", "nao quero", "deixa", "deixa pra la", "cancela", "melhor nao",
        "agora nao", "no", "👎",
    }
)
# fmt: on
# What says neither yes nor no, and takes nothing back.
PLEASANTRIES = frozenset(
    {"obrigado", "obrigada", "muito obrigado", "muito obrigada", "valeu", "por favor", "🐾", "😊", "🥰", "❤️", "🙏"}
)
PUNCTUATION = str.maketrans(dict.fromkeys(".,!;…", " "))


class PriceChanged(Refusal):
    """A yes is one to the price that was told."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"The price has changed since it was told. Call {source}, tell the new one, and propose it again."
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a proposal, as a fact for the model to tell."""

    proposal: Proposal
    state: Literal["done", "declined", "refused"]
    result: str


def propose(desk: Desk, *, kind: str, arguments: dict[str, Any], summary: str) -> None:
    """Store the act and ask. An earlier proposal that still waits is replaced: the customer's yes has one meaning."""
    desk.tx.execute(
        "UPDATE pending_actions SET state = 'replaced', resolved_at = app.now() WHERE conversation_id = %s AND state = 'proposed'",
        [desk.conversation_id],
    )
    row = desk.tx.execute(
        """
        INSERT INTO pending_actions (conversation_id, contact_id, turn_id, kind, arguments, summary)
        VALUES (%(conversation)s, %(contact)s, %(turn)s, %(kind)s, %(arguments)s, %(summary)s) RETURNING id
        """,
        {
            "conversation": desk.conversation_id,
            "contact": desk.contact_id,
            "turn": desk.turn_id,
            "kind": kind,
            "arguments": Jsonb(arguments),
            "summary": summary,
        },
    ).fetchone()
    desk.progress.proposal = str(row[0]) if row else None


def decision(proposal: Proposal, messages: Sequence[Said], now: datetime) -> Decision | None:
    """What the customer's later messages say to a proposal: a button of its own, or a plain yes or no; the last one counts."""
    if now >= proposal.expires_at:
        return None
    decided: Decision | None = None
    for message in messages:
        if message.recorded_at <= proposal.proposed_at or _words(message.text) in PLEASANTRIES:
            continue
        decided = _from_button(proposal.id, message.reply_id) if message.reply_id else _from_words(message.text)
    return decided


def button_ids(proposal: str) -> tuple[str, str]:
    return f"yes:{proposal}", f"no:{proposal}"


def settle(desk: Desk, proposal: Proposal, decided: Decision, acts: dict[str, Act]) -> Settled | None:
    """Do what was stored, or put it away; neither when this turn has proposed something else in its place."""
    if not _waits(desk.tx, proposal.id):
        return None
    if decided == "no":
        _resolve(desk.tx, proposal.id, "declined", "declined by the customer")
        return Settled(proposal, "declined", f"The customer declined: {proposal.summary}. Nothing was done.")
    try:
        with desk.tx.savepoint():
            result = acts[proposal.kind](desk, proposal.arguments)
    except Refusal as refused:
        _resolve(desk.tx, proposal.id, "refused", str(refused))
        return Settled(proposal, "refused", f"Not done: {proposal.summary}. {refused}")
    _resolve(desk.tx, proposal.id, "done", result)
    return Settled(proposal, "done", result)


def _waits(tx: Tx, proposal_id: PendingActionId) -> bool:
    found = tx.execute("SELECT FROM pending_actions WHERE id = %s AND state = 'proposed' FOR UPDATE", [proposal_id])
    return found.rowcount == 1


def _resolve(tx: Tx, proposal_id: PendingActionId, state: str, result: str) -> None:
    tx.execute(
        "UPDATE pending_actions SET state = %s, resolved_at = app.now(), result = %s WHERE id = %s AND state = 'proposed'",
        [state, result, proposal_id],
    )


def _from_button(proposal_id: UUID, reply_id: str) -> Decision | None:
    yes, no = button_ids(str(proposal_id))
    return "yes" if reply_id == yes else "no" if reply_id == no else None


def _from_words(text: str) -> Decision | None:
    said = _words(text)
    return "yes" if said in YES else "no" if said in NO else None


def _words(text: str) -> str:
    return " ".join(folded(text).translate(PUNCTUATION).split())
