"""What must hold when a run has come to rest. Each check reads the database and what the outside saw, and names what is wrong."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from tests.chaos.outside.model import CANARY, TOKEN
from tests.chaos.world import NEWS, World
from tests.overbooking import overbooked

type Check = Callable[[World], list[str]]

# A turn that is killed starts again within this time.
RESTART_SECONDS = 40
ANSWER_SECONDS = 120
# The clock that renews a lost hint, and how long a hint counts as given.
RENEWED_SECONDS = 185
STUCK = "app.now() - interval '5 minutes'"


def no_lost_inbound(world: World) -> list[str]:
    """I1: every message that was acknowledged is stored, and nobody is left to deal with it but a person."""
    stored = {
        wamid: (awaits, turn, state)
        for wamid, awaits, turn, state in world.rows(
            """
            SELECT k.provider_id, m.awaits_answer, m.turn_id, c.state FROM message_keys k
            JOIN messages m ON m.organization_id = k.organization_id AND m.id = k.message_id
            JOIN conversations c ON c.organization_id = m.organization_id AND c.id = m.conversation_id
            """
        )
    }
    wrong: list[str] = []
    for said in world.crowd.said.values():
        if said.acked_at is None:
            wrong += [f"{said.token} was never acknowledged"] if said.deliveries else []
        elif said.wamid not in stored:
            wrong.append(f"{said.token} was acknowledged and is lost")
        else:
            awaits, turn, state = stored[said.wamid]
            if awaits and turn is None and state == "ai":
                wrong.append(f"{said.token} waits for an answer that nobody will give")
    return wrong


def no_double_reply(world: World) -> list[str]:
    """I2: no message reached a customer twice, unless its answer was lost and no status came; no question has two replies."""
    times = Counter(accepted.tracker for accepted in world.graph.accepted)
    excused = world.unsettled | world.graph.silent
    wrong = [
        f"{tracker} was accepted {count} times" for tracker, count in times.items() if count > 1 + (tracker in excused)
    ]
    replies: defaultdict[str, set[str]] = defaultdict(set)
    for accepted in world.graph.accepted:
        for token in TOKEN.findall(accepted.text):
            replies[token].add(accepted.tracker)
    return wrong + [f"{token} was answered {len(given)} times" for token, given in replies.items() if len(given) > 1]


def order(world: World) -> list[str]:
    """I3: a customer hears our messages in the order in which they were put out, and a turn reads theirs as they wrote them."""
    wrong: list[str] = []
    newest: dict[tuple[str, str], str] = {}
    known: set[str] = set()
    for accepted in world.graph.accepted:
        place = (accepted.account, accepted.to)
        if accepted.tracker in known:
            continue
        known.add(accepted.tracker)
        # Ids grow with time, within one conversation under its lock.
        if accepted.tracker < newest.get(place, ""):
            wrong.append(f"{accepted.tracker} reached its customer after a later message")
        newest[place] = max(accepted.tracker, newest.get(place, ""))
    wrong += [
        f"turn {turn} read its messages out of order"
        for turn, in_order in world.rows(
            """
            SELECT t.id, array_agg(m.id ORDER BY place) = array_agg(m.id ORDER BY m.provider_at, m.id)
            FROM turns t CROSS JOIN unnest(t.message_ids) WITH ORDINALITY AS read (id, place)
            JOIN messages m ON m.organization_id = t.organization_id AND m.id = read.id
            WHERE m.recorded_at < t.started_at GROUP BY t.id
            """
        )
        if not in_order
    ]
    return wrong


def no_cross_tenant(world: World) -> list[str]:
    """I4: what bears one shop's mark is in that shop's rows, prompts and messages only, and in no log and no path at all."""
    wrong = [f"a prompt holds the marks of {leak}" for leak in world.model.leaks]
    number_of = {tenant.organization_id: str(tenant.number) for tenant in world.tenants}
    account_of = {tenant.account: str(tenant.number) for tenant in world.tenants}
    for table, text in (
        ("messages", "text || details::text"),
        ("contacts", "coalesce(name, '') || coalesce(profile_name, '')"),
        ("outbox", "content::text"),
        ("turn_steps", "content::text"),
        ("raw_elements", "element::text"),
        ("staff_tasks", "detail"),
    ):
        found = world.rows(f"SELECT organization_id::text, {text} FROM {table} WHERE {text} ~* 'canary[0-9]'")
        wrong += [
            f"{table} of shop {number_of[organization]} holds the mark of {mark}"
            for organization, content in found
            for mark in set(CANARY.findall(content)) - {number_of[organization]}
        ]
    for accepted in world.graph.accepted:
        person = world.crowd.people.get(accepted.to)
        if person is None or person.tenant.account != accepted.account:
            wrong.append(f"{accepted.tracker} went to somebody else's customer")
        wrong += [
            f"{accepted.tracker} carries the mark of {mark}"
            for mark in set(CANARY.findall(accepted.text)) - {account_of[accepted.account]}
        ]
    wrong += [
        f"a path tells of a customer: {path}" for path in world.aws.objects if _tells(world, re.split(r"\W", path))
    ]
    return wrong + _told_in_logs(world)


def _told_in_logs(world: World) -> list[str]:
    if not world.output.exists():
        return []
    with world.output.open(errors="replace") as lines:
        return [f"a log tells of a customer: {line[:60]}" for line in lines if _tells(world, line.split('"'))]


def _tells(world: World, words: list[str]) -> bool:
    whole = " ".join(words)
    return bool(CANARY.search(whole) or TOKEN.search(whole)) or any(word in world.crowd.people for word in words)


def no_overbooking(world: World) -> list[str]:
    """I5: no place, person or pet is taken twice at once, no more places are taken than there are, none is without its own."""
    return overbooked(world.rows)


def effects_once(world: World) -> list[str]:
    """I7: a step of a turn is done once, a yes books once, and what was booked was said."""
    wrong = [
        f"step {step} of turn {turn} was journalled {count} times"
        for turn, step, count in world.rows(
            "SELECT turn_id, step, count(*) FROM turn_steps GROUP BY organization_id, turn_id, step HAVING count(*) > 1"
        )
    ]
    wrong += [
        f"turn {turn} did the same twice"
        for (turn,) in world.rows(
            """
            SELECT turn_id FROM turn_steps WHERE kind = 'tool' AND content ->> 'name' IN ('register_pet', 'propose_booking')
            GROUP BY organization_id, turn_id, content ->> 'name', content ->> 'arguments' HAVING count(*) > 1
            """
        )
    ]
    wrong += [
        f"shop {organization}: {booked} booked, {agreed} agreed to, {told} told"
        for organization, booked, agreed, told in world.rows(
            """
            SELECT o.id,
              (SELECT count(DISTINCT coalesce(b.request_id, b.id)) FROM bookings b
                WHERE b.organization_id = o.id AND b.source = 'agent'),
              (SELECT count(*) FROM pending_actions a
                WHERE a.organization_id = o.id AND a.kind = 'book_service' AND a.state = 'done'),
              (SELECT count(*) FROM turn_steps s JOIN turns t ON t.organization_id = s.organization_id AND t.id = s.turn_id
                WHERE s.organization_id = o.id AND s.kind = 'confirmation' AND s.content ->> 'state' = 'done'
                  AND (t.state <> 'answered' OR EXISTS (
                    SELECT FROM messages m WHERE m.organization_id = t.organization_id AND m.turn_id = t.id
                      AND m.sender = 'agent')))
            FROM organizations o
            """
        )
        if not booked == agreed == told
    ]
    return wrong


def nothing_stuck(world: World) -> list[str]:
    """I8: no row waits for what will not come, no lease outlives its holder, no queue holds anything, nothing was given up."""
    wrong = [f"{count} {what}" for what, count in _stuck_rows(world) if count]
    wrong += [
        f"{len(queue)} messages are left on {name}"
        for name, queue in world.aws.queues.items()
        if len(queue) and name != NEWS
    ]
    wrong += [
        f"{queue.buried} messages of {name} were given up" for name, queue in world.aws.queues.items() if queue.buried
    ]
    return wrong


def _stuck_rows(world: World) -> list[tuple[Any, ...]]:
    return world.rows(
        f"""
        SELECT 'messages to be sent', count(*) FROM outbox WHERE state IN ('queued', 'sending') AND due_at < {STUCK}
        UNION ALL SELECT 'leases', count(*) FROM conversations WHERE lease_until < {STUCK}
        UNION ALL SELECT 'turns', count(*) FROM turns t JOIN conversations c ON c.organization_id = t.organization_id
          AND c.id = t.conversation_id WHERE t.state = 'running' AND t.started_at < {STUCK} AND c.state = 'ai'
        UNION ALL SELECT 'files', count(*) FROM media WHERE state = 'waiting' AND created_at < {STUCK}
        UNION ALL SELECT 'conversations', count(*) FROM conversations c WHERE c.state = 'ai' AND EXISTS (
          SELECT FROM messages m WHERE m.organization_id = c.organization_id AND m.conversation_id = c.id
            AND m.awaits_answer AND m.turn_id IS NULL AND m.recorded_at < {STUCK})
        """
    )


def no_silence(world: World) -> list[str]:
    """I9: who writes is answered, or handed to a person, within two minutes; a reply that could not go out is a person's task."""
    lost = world.aws.faults.lost
    wrong: list[str] = []
    for conversation, turn, took, attempt in world.rows(
        """
        SELECT m.conversation_id::text, t.id, extract(epoch FROM t.finished_at - m.recorded_at)::float8, t.attempt FROM messages m
        JOIN turns t ON t.organization_id = m.organization_id AND t.id = m.turn_id
        WHERE m.sender = 'customer' AND t.finished_at - m.recorded_at > make_interval(secs => %s)
          AND NOT EXISTS (SELECT FROM conversation_moves v WHERE v.organization_id = m.organization_id
            AND v.conversation_id = m.conversation_id AND v.moved_at >= m.recorded_at AND v.moved_at < t.finished_at)
        """,
        [ANSWER_SECONDS],
    ):
        allowed = world.away + ANSWER_SECONDS + RESTART_SECONDS * (attempt - 1)
        allowed += RENEWED_SECONDS if conversation in lost else 0
        if took > allowed:
            wrong.append(f"turn {turn} answered after {took:.0f} seconds, in attempt {attempt}")
    wrong += [
        f"turn {turn} ended without a word"
        for (turn,) in world.rows(
            """
            SELECT t.id FROM turns t WHERE t.state <> 'running' AND t.outcome IS DISTINCT FROM 'taken_over'
              AND NOT EXISTS (SELECT FROM outbox o WHERE o.organization_id = t.organization_id AND o.turn_id = t.id
                AND (o.state <> 'cancelled' OR o.error_detail IS NOT NULL))
              AND NOT EXISTS (SELECT FROM staff_tasks s WHERE s.organization_id = t.organization_id
                AND s.conversation_id = t.conversation_id AND s.created_at >= t.started_at)
            """
        )
    ]
    wrong += [
        f"turn {turn} was given up with {apologies} apologies, {tasks} tasks and {moves} hand-overs"
        for turn, apologies, tasks, moves, is_owner in world.rows(
            """
            SELECT t.id,
              (SELECT count(*) FROM outbox o WHERE o.organization_id = t.organization_id AND o.turn_id = t.id),
              (SELECT count(*) FROM staff_tasks s WHERE s.organization_id = t.organization_id
                AND s.conversation_id = t.conversation_id AND s.kind = 'gave_up' AND s.created_at = t.finished_at),
              (SELECT count(*) FROM conversation_moves v WHERE v.organization_id = t.organization_id
                AND v.conversation_id = t.conversation_id AND v.to_state = 'waiting_human' AND v.moved_at = t.finished_at),
              -- Whom nobody of their own team takes over.
              EXISTS (SELECT FROM conversations c
                JOIN contacts p ON p.organization_id = c.organization_id AND p.id = c.contact_id
                JOIN authorized_owner_numbers n ON n.organization_id = p.organization_id AND n.phone = p.phone AND n.is_active
                WHERE c.organization_id = t.organization_id AND c.id = t.conversation_id)
            FROM turns t WHERE t.state = 'gave_up' AND t.outcome IS DISTINCT FROM 'dead_letter'
            """
        )
        if (apologies, tasks, moves) != (1, 1, 0 if is_owner else 1)
    ]
    wrong += [
        f"{outbox} could not be sent, and nobody was told"
        for (outbox,) in world.rows(
            """
            SELECT o.id FROM outbox o WHERE o.state IN ('failed', 'expired') AND NOT EXISTS (
              SELECT FROM staff_tasks s WHERE s.organization_id = o.organization_id AND s.conversation_id = o.conversation_id)
            """
        )
    ]
    return wrong


def no_word_over_a_person(world: World) -> list[str]:
    """I10: from the moment a person has the conversation, nothing of the agent's is taken to be sent any more."""
    held: defaultdict[tuple[str, str], list[tuple[Any, str]]] = defaultdict(list)
    for organization, conversation, state, at in world.rows(
        "SELECT organization_id, conversation_id, to_state, moved_at FROM conversation_moves ORDER BY id"
    ):
        held[organization, conversation].append((at, state))
    wrong: list[str] = []
    for organization, conversation, outbox, claimed_at in world.rows(
        "SELECT organization_id, conversation_id, id::text, claimed_at FROM outbox WHERE author = 'bot' AND claimed_at IS NOT NULL"
    ):
        states = [state for at, state in held[organization, conversation] if at <= claimed_at]
        if states and states[-1] == "human":
            wrong.append(f"{outbox} was taken to be sent over a person")
    return wrong


def audited(world: World) -> list[str]:
    """I11: every appointment, every act agreed to, every customer, and every change of who holds a conversation is in the trail."""
    wrong: list[str] = []
    for table in ("bookings", "pending_actions", "contacts"):
        ((rows, traced),) = world.rows(
            f"""
            SELECT (SELECT count(*) FROM {table}),
              (SELECT count(DISTINCT row_key) FROM audit WHERE table_name = '{table}' AND operation = 'insert')
            """
        )
        wrong += [f"{rows} {table}, {traced} of them in the trail"] if rows != traced else []
    ((moves, traced),) = world.rows(
        """
        SELECT (SELECT count(*) FROM conversation_moves WHERE from_state <> to_state),
          (SELECT count(*) FROM audit WHERE table_name = 'conversations' AND before ->> 'state' <> after ->> 'state')
        """
    )
    return wrong + ([f"{moves} moves, {traced} of them in the trail"] if moves != traced else [])


def within_caps(world: World) -> list[str]:
    """I12: no turn spends more than its cap and one answer, and a shop's meter shows what its turns spent."""
    wrong = [
        f"turn {turn} spent {tokens} tokens"
        for turn, tokens in world.rows(
            """
            SELECT t.id, t.input_tokens + t.output_tokens FROM turns t
            JOIN organization_settings s ON s.organization_id = t.organization_id
            WHERE t.input_tokens + t.output_tokens > s.turn_token_cap + 20000
            """
        )
    ]
    metered = 0
    for organization, spent, shown in world.rows(
        """
        SELECT o.id,
          (SELECT coalesce(sum(t.input_tokens + t.output_tokens), 0) FROM turns t WHERE t.organization_id = o.id),
          (SELECT coalesce(sum(u.amount), 0) FROM usage_counters u
            WHERE u.organization_id = o.id AND u.metric = 'model_tokens')
        FROM organizations o
        """
    ):
        metered += shown
        # What is asked beside the turns, a summary, is metered as well.
        wrong += [f"shop {organization}: the meter shows {shown}, its turns spent {spent}"] if shown < spent else []
    return wrong + (
        [f"the meters show {metered} of {world.model.served} tokens"] if metered > world.model.served else []
    )


CHECKS: dict[str, Check] = {
    "I1": no_lost_inbound,
    "I2": no_double_reply,
    "I3": order,
    "I4": no_cross_tenant,
    "I5": no_overbooking,
    "I7": effects_once,
    "I8": nothing_stuck,
    "I9": no_silence,
    "I10": no_word_over_a_person,
    "I11": audited,
    "I12": within_caps,
}


def broken(world: World) -> dict[str, list[str]]:
    """What does not hold, by invariant."""
    found = {name: check(world) for name, check in CHECKS.items()}
    return {name: wrong for name, wrong in found.items() if wrong}
