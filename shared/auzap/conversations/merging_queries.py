"""SQL of a merge: turns that must stop, conversations, memories and leads of which there may be one only."""

from typing import LiteralString

from auzap.db.connection import Tx
from auzap.ids import ContactId, ConversationId

# What is with a conversation, and goes with it into another. What was sent, moved and thought stays where it happened.
JOINED: tuple[LiteralString, ...] = (
    "UPDATE messages SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    "UPDATE media SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    """
    UPDATE outbox SET conversation_id = %(survivor)s
    WHERE conversation_id = %(joined)s AND state IN ('queued', 'held', 'sending')
    """,
    "UPDATE staff_tasks SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    "UPDATE notifications SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    "UPDATE conversation_notes SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    "UPDATE escalations SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    "UPDATE security_incidents SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    "UPDATE dead_letters SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    "UPDATE waitlist_entries SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
    "UPDATE health_alerts SET conversation_id = %(survivor)s WHERE conversation_id = %(joined)s",
)


def lock_conversations(tx: Tx, kept: ContactId, merged: ContactId) -> None:
    """Before the contacts, and in the order of their ids, as everybody who holds more than one."""
    tx.execute(
        "SELECT 1 FROM conversations WHERE contact_id IN (%s, %s) ORDER BY id FOR UPDATE", [kept, merged]
    ).fetchall()


def lock_contacts(tx: Tx, kept: ContactId, merged: ContactId) -> bool:
    """Whether both are still there."""
    found = tx.execute("SELECT id FROM contacts WHERE id IN (%s, %s) ORDER BY id FOR UPDATE", [kept, merged])
    return len(found.fetchall()) == 2


def stop_turns(tx: Tx, kept: ContactId, merged: ContactId) -> None:
    """A worker that thinks for either writes nothing any more; what it was to answer waits for the next turn."""
    tx.execute(
        """
        WITH stopped AS (
          UPDATE conversations SET fence = fence + 1, lease_token = NULL, lease_until = NULL
          WHERE contact_id IN (%(kept)s, %(merged)s) AND state <> 'closed' RETURNING id
        ), dropped AS (
          UPDATE turns t SET state = 'dropped', outcome = 'merged', finished_at = app.now()
          FROM stopped WHERE t.conversation_id = stopped.id AND t.state = 'running' RETURNING t.id
        )
        -- What such a turn proposed nobody was asked; and what the other name was asked is not this one's to confirm.
        UPDATE pending_actions a SET state = 'replaced', resolved_at = app.now()
        WHERE a.state = 'proposed' AND (a.contact_id = %(merged)s OR a.turn_id IN (SELECT dropped.id FROM dropped))
        """,
        {"kept": kept, "merged": merged},
    )


def open_twice(tx: Tx, kept: ContactId, merged: ContactId) -> list[tuple[ConversationId, ConversationId]]:
    """Of two open conversations of one number: the one that goes on, because a person has more of it, and the other."""
    rows = tx.execute(
        """
        SELECT CASE WHEN other.has_more THEN m.id ELSE k.id END, CASE WHEN other.has_more THEN k.id ELSE m.id END
        FROM conversations k JOIN conversations m ON m.channel_account_id = k.channel_account_id,
          LATERAL (SELECT array_position(ARRAY['ai', 'waiting_human', 'human'], m.state)
            > array_position(ARRAY['ai', 'waiting_human', 'human'], k.state)) AS other (has_more)
        WHERE k.contact_id = %s AND m.contact_id = %s AND k.state <> 'closed' AND m.state <> 'closed'
        """,
        [kept, merged],
    )
    return [(ConversationId(survivor), ConversationId(joined)) for survivor, joined in rows.fetchall()]


def join(tx: Tx, survivor: ConversationId, joined: ConversationId) -> None:
    both = {"survivor": survivor, "joined": joined}
    tx.execute(
        """
        WITH closed AS (
          UPDATE conversations SET state = 'closed', merged_into = %(survivor)s, unread_count = 0
          WHERE id = %(joined)s
          RETURNING OLD.unread_count, OLD.answer_at, last_message_at, last_inbound_at, reply_to, priority, tags, paced_until
        )
        UPDATE conversations c SET
          -- Of one half of what was said: it is folded anew.
          memory = NULL, memory_until = NULL,
          unread_count = c.unread_count + closed.unread_count,
          answer_at = least(c.answer_at, closed.answer_at),
          reply_to = CASE WHEN closed.last_inbound_at > coalesce(c.last_inbound_at, '-infinity')
            THEN closed.reply_to ELSE c.reply_to END,
          last_message_at = greatest(c.last_message_at, closed.last_message_at),
          last_inbound_at = greatest(c.last_inbound_at, closed.last_inbound_at),
          paced_until = greatest(c.paced_until, closed.paced_until),
          priority = CASE WHEN array_position(ARRAY['low', 'normal', 'high', 'urgent'], closed.priority)
            > array_position(ARRAY['low', 'normal', 'high', 'urgent'], c.priority) THEN closed.priority ELSE c.priority END,
          tags = ARRAY(SELECT DISTINCT tag FROM unnest(c.tags || closed.tags) AS tag ORDER BY tag LIMIT 20)
        FROM closed WHERE c.id = %(survivor)s
        """,
        both,
    )
    for statement in JOINED:
        tx.execute(statement, both)


def unite_memories(tx: Tx, kept: ContactId, merged: ContactId) -> None:
    """Of two on one thing the one that still holds, and is surer, or newer. After the pets: what is of one is of one."""
    tx.execute(
        """
        WITH pair AS (
          SELECT k.id AS k, m.id AS m, ((m.expires_at <= app.now()) IS NOT TRUE, m.confidence, m.learned_at)
            > ((k.expires_at <= app.now()) IS NOT TRUE, k.confidence, k.learned_at) AS m_is_better
          FROM memories k JOIN memories m ON m.key = k.key AND m.pet_id IS NOT DISTINCT FROM k.pet_id
          WHERE k.contact_id = %(kept)s AND m.contact_id = %(merged)s AND k.forgotten_at IS NULL AND m.forgotten_at IS NULL
        )
        UPDATE memories SET forgotten_at = app.now() FROM pair
        WHERE memories.id = CASE WHEN pair.m_is_better THEN pair.k ELSE pair.m END
        """,
        {"kept": kept, "merged": merged},
    )


def unite_leads(tx: Tx, kept: ContactId, merged: ContactId) -> None:
    """The one that has come further stays, with what only the other knew."""
    tx.execute(
        """
        WITH pair AS (
          SELECT k.id AS k, m.id AS m, (m.stage = 'converted', m.score) > (k.stage = 'converted', k.score) AS m_is_further
          FROM leads k, leads m WHERE k.contact_id = %(kept)s AND m.contact_id = %(merged)s
        ), gone AS (
          DELETE FROM leads l USING pair WHERE l.id = CASE WHEN pair.m_is_further THEN pair.k ELSE pair.m END
          RETURNING l.*
        )
        UPDATE leads l SET
          pipeline_stage_id = coalesce(l.pipeline_stage_id, gone.pipeline_stage_id),
          assigned_user_id = coalesce(l.assigned_user_id, gone.assigned_user_id),
          is_priority = l.is_priority OR gone.is_priority,
          needs_review = l.needs_review OR gone.needs_review,
          source = CASE WHEN gone.first_contact_at < l.first_contact_at THEN gone.source ELSE l.source END,
          utm = CASE WHEN l.utm = '{}' THEN gone.utm ELSE l.utm END,
          first_contact_at = least(l.first_contact_at, gone.first_contact_at),
          last_contact_at = greatest(l.last_contact_at, gone.last_contact_at),
          converted_at = least(l.converted_at, gone.converted_at)
        FROM gone, pair WHERE l.id = CASE WHEN pair.m_is_further THEN pair.m ELSE pair.k END
        """,
        {"kept": kept, "merged": merged},
    )


def unite_contacts(tx: Tx, kept: ContactId, merged: ContactId) -> bool:
    """What only the one who goes knew of the person; and a person counts as a lead once a month. Whether people serve them."""
    both = {"kept": kept, "merged": merged}
    tx.execute(
        """
        UPDATE usage_counters u SET amount = u.amount - 1 FROM contacts k, contacts m
        WHERE k.id = %(kept)s AND m.id = %(merged)s AND u.metric = 'leads' AND u.day = k.last_counted_month
          AND k.last_counted_month = m.last_counted_month AND u.amount > 0
          AND NOT app.is_owner(k.phone) AND NOT app.is_owner(m.phone)
        """,
        both,
    )
    row = tx.execute(
        """
        WITH gone AS (
          DELETE FROM contacts WHERE id = %(merged)s RETURNING contacts.*
        )
        UPDATE contacts k SET
          name = coalesce(k.name, gone.name),
          profile_name = coalesce(k.profile_name, gone.profile_name),
          username = coalesce(k.username, gone.username),
          phone = coalesce(k.phone, gone.phone),
          email = coalesce(k.email, gone.email),
          birth_date = coalesce(k.birth_date, gone.birth_date),
          address = coalesce(k.address, gone.address),
          source = CASE WHEN gone.created_at < k.created_at THEN gone.source ELSE k.source END,
          tags = ARRAY(SELECT DISTINCT tag FROM unnest(k.tags || gone.tags) AS tag ORDER BY tag LIMIT 20),
          notes = left(concat_ws(chr(10), nullif(k.notes, ''), nullif(gone.notes, '')), 4000),
          keeper_user_id = coalesce(k.keeper_user_id, gone.keeper_user_id),
          agent_off = k.agent_off OR gone.agent_off,
          is_vip = coalesce(k.is_vip, gone.is_vip),
          custom = gone.custom || k.custom,
          blocked_at = least(k.blocked_at, gone.blocked_at),
          -- Who said last whether they want news decides; where only one has a moment for it, whoever wants none.
          opted_out_at = CASE
            WHEN k.opted_at IS NULL OR gone.opted_at IS NULL THEN least(k.opted_out_at, gone.opted_out_at)
            WHEN gone.opted_at > k.opted_at THEN gone.opted_out_at ELSE k.opted_out_at END,
          opted_at = greatest(k.opted_at, gone.opted_at),
          last_counted_month = greatest(k.last_counted_month, gone.last_counted_month),
          created_at = least(k.created_at, gone.created_at)
        FROM gone WHERE k.id = %(kept)s RETURNING k.agent_off
        """,
        both,
    ).fetchone()
    return row is not None and row[0]
