"""A customer who has not written for a day: a template asks them to, and what we wanted to say waits for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auzap.channels.whatsapp import templates
from auzap.channels.whatsapp.errors import WINDOW_CLOSED
from auzap.channels.whatsapp.templates import Template
from auzap.db.connection import Tx
from auzap.ids import ConversationId, OutboxId
from auzap.outbox.queueing import enqueue

# How a customer without a name is spoken to.
NAMELESS = {"pt": "cliente", "en": "customer", "es": "cliente"}


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is asked to write, and the one time they did last: they are asked once after it."""

    name: str | None
    shop_name: str
    occasion: str
    has_opted_out: bool
    author: Literal["bot", "person"]


def close(tx: Tx, conversation_id: ConversationId, *, after: datetime | None) -> None:
    """The provider says it is closed, and it knows best; what the customer wrote meanwhile opens it again."""
    tx.execute("UPDATE conversations SET window_closed_after = %s WHERE id = %s", [after, conversation_id])


def hold(tx: Tx, conversation_id: ConversationId) -> bool:
    """Hold what cannot arrive now, behind a template that opens the window again; without one it is staff's."""
    customer, template = _find(tx, conversation_id)
    called = _call(tx, conversation_id, customer, template) if customer and template else None
    if called is None:
        _give_to_staff(tx, conversation_id)
        return False
    tx.execute(
        """
        UPDATE outbox SET state = 'held', waits_for = %(called)s
        WHERE conversation_id = %(conversation)s AND state = 'queued' AND content ->> 'type' <> 'template'
        """,
        {"conversation": conversation_id, "called": called},
    )
    return True


def close_after_sending(tx: Tx, outbox_id: OutboxId) -> None:
    """The provider says so of a message that it had accepted: what the customer has written since opens it again."""
    tx.execute(
        """
        UPDATE conversations c SET window_closed_after = c.last_inbound_at FROM outbox o
        WHERE o.id = %s AND o.content ->> 'type' <> 'template' AND c.id = o.conversation_id
          AND (c.last_inbound_at > o.sent_at) IS NOT TRUE
        """,
        [outbox_id],
    )


def _find(tx: Tx, conversation_id: ConversationId) -> tuple[Customer | None, Template | None]:
    customer = tx.rows(
        Customer,
        """
        SELECT coalesce(p.name, p.profile_name) AS name, s.shop_name,
          p.opted_out_at IS NOT NULL AND NOT app.is_asked(p.phone) AS has_opted_out,
          concat('reopen:', c.id, ':', extract(epoch FROM c.last_inbound_at)) AS occasion,
          CASE WHEN EXISTS (
            SELECT FROM outbox o WHERE o.conversation_id = c.id AND o.state IN ('queued', 'held') AND o.author = 'person')
          THEN 'person' ELSE 'bot' END AS author
        FROM conversations c JOIN contacts p ON p.id = c.contact_id, organization_settings s WHERE c.id = %s
        """,
        [conversation_id],
    ).fetchone()
    template = tx.rows(
        Template,
        """
        SELECT t.name, t.language, t.body, t.parameters, t.buttons
        FROM conversations c JOIN contacts p ON p.id = c.contact_id JOIN channel_accounts a ON a.id = c.channel_account_id
        JOIN message_templates t ON t.business_id = a.business_id, organization_settings s
        WHERE c.id = %s AND t.purpose = 'reopen' AND t.status = 'approved'
        ORDER BY t.language = replace(p.locale, '-', '_') DESC, left(t.language, 2) = left(p.locale, 2) DESC,
          t.language = replace(s.locale, '-', '_') DESC, t.category = 'utility' DESC, t.name, t.language LIMIT 1
        """,
        [conversation_id],
    ).fetchone()
    return customer, template


def _call(tx: Tx, conversation_id: ConversationId, customer: Customer, template: Template) -> OutboxId | None:
    """The template on its way to the customer: None where they want none, or where one has failed already."""
    if customer.has_opted_out:
        return None
    first_name = (customer.name or "").split()[:1] or [NAMELESS.get(template.language[:2], NAMELESS["pt"])]
    known = {"customer_name": first_name[0], "shop_name": customer.shop_name}
    content = templates.filled(
        template, known | {"1": first_name[0], "2": customer.shop_name}, payload=templates.REOPENED
    )
    # A person's call is not dropped with what the agent wanted to say.
    once = f"{customer.occasion}:{customer.author}"
    called = enqueue(
        tx, conversation_id=conversation_id, kind="template", author=customer.author, content=content, once=once
    )
    alive = tx.execute("SELECT 1 FROM outbox WHERE id = %s AND state IN ('queued', 'sending', 'sent')", [called])
    return called if alive.fetchone() else None


def _give_to_staff(tx: Tx, conversation_id: ConversationId) -> None:
    tx.execute(
        """
        WITH failed AS (
          UPDATE outbox SET state = 'failed', error_code = %(code)s, error_detail = 'window_closed'
          WHERE conversation_id = %(conversation)s AND state = 'queued' AND content ->> 'type' <> 'template' RETURNING id
        ), shown AS (
          UPDATE messages m SET delivery = 'failed', error_code = %(code)s FROM failed WHERE m.outbox_id = failed.id
        )
        INSERT INTO staff_tasks (conversation_id, kind, detail)
        SELECT %(conversation)s, 'window_closed', 'window_closed'
        WHERE EXISTS (SELECT FROM failed) AND NOT EXISTS (
          SELECT FROM staff_tasks t
          WHERE t.conversation_id = %(conversation)s AND t.kind = 'window_closed' AND t.done_at IS NULL)
        """,
        {"conversation": conversation_id, "code": WINDOW_CLOSED},
    )
