"""The health of a number every few minutes: what its provider tells, and what changed since it was last asked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from psycopg.types.json import Jsonb

from auzap.aws.client import AwsClient
from auzap.channels.whatsapp import templates
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.db.connection import Database, Tx
from auzap.health import changes, silence
from auzap.health.asking import Account, ChannelStatus, Told, ask
from auzap.ids import AccountId, ConversationId, OrganizationId

ACTOR = "health"
MOST_WAITING = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """How a number stands, and the conversations whose messages may go out again now."""

    status: ChannelStatus
    is_silent: bool = False
    waiting: list[ConversationId] = field(default_factory=list[ConversationId])


def check(
    database: Database,
    graph: Graph,
    kms: AwsClient,
    organization_id: OrganizationId,
    account_id: AccountId,
    *,
    nominal_at: datetime,
) -> Checked | None:
    """Ask the provider and keep what it says; None where this check was already made for its nominal time."""
    with database.transaction(organization_id, ACTOR) as tx:
        account = tx.rows(
            Account,
            """
            SELECT a.external_id, a.business_id, a.credentials, k.wrapped_key,
              EXISTS (
                SELECT FROM job_runs r WHERE r.job = 'templates' AND r.subject = a.id AND r.nominal_at = %(day)s) AS has_templates
            FROM channel_accounts a LEFT JOIN organization_keys k ON true
            WHERE a.id = %(account)s AND a.status <> 'disconnected' AND NOT EXISTS (
              SELECT FROM job_runs r WHERE r.job = 'channel_health' AND r.subject = a.id AND r.nominal_at = %(at)s)
            """,
            {"account": account_id, "at": nominal_at, "day": _day(nominal_at)},
        ).fetchone()
    if account is None:
        return None
    told = ask(graph, kms, organization_id, account)
    with database.transaction(organization_id, ACTOR) as tx:
        # Claimed with what came of it: a check that failed half-way is made again.
        checked = _kept(tx, account_id, told) if _claim(tx, "channel_health", account_id, nominal_at) else None
    if checked and told.status != "failing" and not account.has_templates:
        _sync_templates(database, graph, kms, organization_id, account_id, nominal_at)
    return checked


def _sync_templates(
    database: Database,
    graph: Graph,
    kms: AwsClient,
    organization_id: OrganizationId,
    account_id: AccountId,
    nominal_at: datetime,
) -> None:
    """Once a day; where the provider does not answer, the next check tries again."""
    try:
        templates.sync(database, graph, kms, organization_id, account_id)
    except GraphError:
        return
    with database.transaction(organization_id, ACTOR) as tx:
        _claim(tx, "templates", account_id, _day(nominal_at))


def _claim(tx: Tx, job: str, account_id: AccountId, nominal_at: datetime) -> bool:
    claimed = tx.execute(
        "INSERT INTO job_runs (job, subject, nominal_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [job, account_id, nominal_at],
    )
    return claimed.rowcount == 1


def _day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _kept(tx: Tx, account_id: AccountId, told: Told) -> Checked | None:
    """Under the account's lock: of two checks at once the second sees what the first has noticed."""
    known = tx.rows(
        changes.Known,
        """
        SELECT status, status_reason, health, sending_paused_until > app.now() AS is_paused, app.now() AS now
        FROM channel_accounts
        WHERE id = %s AND status <> 'disconnected' FOR UPDATE
        """,
        [account_id],
    ).fetchone()
    if known is None:
        return None
    changes.record(tx, account_id, changes.found(known, told))
    is_try = changes.is_try(known, told)
    status: ChannelStatus = "failing" if is_try else told.status
    tx.execute(
        """
        UPDATE channel_accounts SET status = %(status)s, status_reason = %(reason)s, health = %(health)s, checked_at = app.now(),
          per_second = coalesce(%(per_second)s, per_second),
          token_expires_at = CASE WHEN %(token_known)s THEN %(token_expires_at)s ELSE token_expires_at END,
          sending_paused_until = CASE WHEN %(stays_paused)s THEN sending_paused_until END
        WHERE id = %(account)s
        """,
        {
            "account": account_id,
            "status": status,
            "reason": known.status_reason if is_try else told.reason,
            "stays_paused": told.status == "failing",
            "health": Jsonb(changes.merged(known, told)),
            "per_second": told.per_second,
            "token_known": told.token is not None,
            "token_expires_at": told.token.expires_at if told.token else None,
        },
    )
    recovers = bool(known.is_paused) and told.status != "failing"
    return Checked(status, silence.look(tx, account_id, known.now), _waiting(tx, account_id) if recovers else [])


def _waiting(tx: Tx, account_id: AccountId) -> list[ConversationId]:
    found = tx.execute(
        """
        SELECT DISTINCT o.conversation_id FROM outbox o
        JOIN conversations c ON c.id = o.conversation_id AND c.channel_account_id = %(account)s
        WHERE o.state = 'queued' LIMIT %(most)s
        """,
        {"account": account_id, "most": MOST_WAITING},
    )
    return [ConversationId(row[0]) for row in found]
