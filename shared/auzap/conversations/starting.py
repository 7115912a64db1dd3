"""Writing to a customer who has not written, or not for long: in the conversation that is open, or in a new one."""

from dataclasses import dataclass

from auzap.conversations import holding
from auzap.customers.profiles import UnknownContact
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import AccountId, ContactId, ConversationId


@dataclass(frozen=True, slots=True)
class Way:
    """Over which number, to which address of the customer, and in which conversation, if there is one to go on with."""

    account_id: AccountId
    address: str | None
    conversation_id: ConversationId | None


class NoNumber(Refusal):
    def __init__(self) -> None:
        super().__init__("The shop has no such number connected. Connect one first.")


class NoAddress(Refusal):
    def __init__(self) -> None:
        super().__init__("This customer has no number to write to. Add their telephone first.")


def open_with(tx: Tx, contact_id: ContactId, account_id: AccountId | None) -> ConversationId:
    """The customer's conversation on this number; without one, on the number that they used last."""
    known = tx.execute(
        "SELECT FROM contacts WHERE id = %s AND id <> ALL ((SELECT app.owner_contacts())::uuid[])", [contact_id]
    )
    if known.rowcount == 0:
        raise UnknownContact
    way = _way(tx, contact_id, account_id)
    if way is None:
        raise NoNumber
    if way.conversation_id is not None:
        holding.reopen(tx, way.conversation_id)
        return way.conversation_id
    if way.address is None:
        raise NoAddress
    return _begin(tx, contact_id, way.account_id, way.address)


def _way(tx: Tx, contact_id: ContactId, account_id: AccountId | None) -> Way | None:
    return tx.rows(
        Way,
        """
        SELECT a.id AS account_id, coalesce(last.reply_to, (
            SELECT i.value FROM contact_identities i WHERE i.contact_id = p.id AND i.kind IN ('wa_id', 'bsuid')
            ORDER BY i.kind = 'wa_id' DESC, i.created_at DESC LIMIT 1), ltrim(p.phone, '+')) AS address,
          CASE WHEN last.state <> 'closed' OR last.closed_at > app.now() - interval '7 days' THEN last.id END AS conversation_id
        FROM contacts p JOIN channel_accounts a ON a.status <> 'disconnected' AND (%(account)s::uuid IS NULL OR a.id = %(account)s)
        LEFT JOIN LATERAL (
          SELECT c.id, c.state, c.closed_at, c.reply_to, c.last_message_at FROM conversations c
          WHERE c.contact_id = p.id AND c.channel_account_id = a.id AND c.merged_into IS NULL
          ORDER BY c.state = 'closed', c.closed_at DESC LIMIT 1) last ON true
        WHERE p.id = %(contact)s ORDER BY last.last_message_at DESC NULLS LAST, a.created_at, a.id LIMIT 1
        """,
        {"contact": contact_id, "account": account_id},
    ).fetchone()


def _begin(tx: Tx, contact_id: ContactId, account_id: AccountId, address: str) -> ConversationId:
    """Or the one that the customer has begun in this moment."""
    row = (
        tx.execute(
            """
        INSERT INTO conversations (contact_id, channel_account_id, reply_to) VALUES (%(contact)s, %(account)s, %(address)s)
        ON CONFLICT (organization_id, contact_id, channel_account_id) WHERE state <> 'closed' DO NOTHING RETURNING id
        """,
            {"contact": contact_id, "account": account_id, "address": address},
        ).fetchone()
        or tx.execute(
            "SELECT id FROM conversations WHERE contact_id = %s AND channel_account_id = %s AND state <> 'closed'",
            [contact_id, account_id],
        ).fetchone()
    )
    if row is None:
        raise RuntimeError("neither begun nor there")
    return ConversationId(row[0])
