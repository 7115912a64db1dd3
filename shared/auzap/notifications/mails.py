"""Mails that wait in their table leave, each once as far as anybody can know."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from auzap.aws.client import AwsClient, AwsError
from auzap.channels import mail
from auzap.db.connection import Database
from auzap.ids import MailId, OrganizationId
from auzap.notifications.mail_texts import worded

ACTOR = "mail"
MOST_ATTEMPTS = 5
# Whoever died on the way is followed after so long. A second mail of the same link harms nobody; none at all would.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Post:
    """Whence mails go, and where their links lead."""

    ses: AwsClient
    sender: str
    panel: str


@dataclass(frozen=True, slots=True)
class _Waiting:
    kind: str
    address: str
    locale: str
    content: dict[str, Any]
    attempts: int
    time_zone: str


def send(database: Database, post: Post, organization_id: OrganizationId, mail_id: MailId) -> str:
    """What came of it, in a word."""
    waiting = _claim(database, organization_id, mail_id)
    if waiting is None:
        return "skipped"
    if not post.sender:
        _end(database, organization_id, mail_id, "failed", problem="no sender is set")
        return "no_sender"
    subject, text = worded(
        waiting.kind, waiting.locale, waiting.content, panel=post.panel, zone=ZoneInfo(waiting.time_zone)
    )
    try:
        provider_id = mail.send(post.ses, post.sender, mail.Mail(waiting.address, subject, text))
    except AwsError as failed:
        if waiting.attempts >= MOST_ATTEMPTS:
            _end(database, organization_id, mail_id, "failed", problem=str(failed))
            return "failed"
        _wait(database, organization_id, mail_id, str(failed), waiting.attempts)
        return "postponed"
    _end(database, organization_id, mail_id, "sent", provider_id=provider_id)
    return "sent"


def _claim(database: Database, organization_id: OrganizationId, mail_id: MailId) -> _Waiting | None:
    with database.transaction(organization_id, ACTOR) as tx:
        return tx.rows(
            _Waiting,
            """
            UPDATE mails m SET state = 'sending', attempts = m.attempts + 1, due_at = app.now() + %(lease)s
            FROM organization_settings s
            WHERE m.id = %(mail)s AND m.state IN ('queued', 'sending') AND m.due_at <= app.now()
            RETURNING m.kind, m.address, m.locale, m.content, m.attempts, s.time_zone
            """,
            {"mail": mail_id, "lease": LEASE},
        ).fetchone()


def _wait(database: Database, organization_id: OrganizationId, mail_id: MailId, problem: str, attempts: int) -> None:
    with database.transaction(organization_id, ACTOR) as tx:
        tx.execute(
            """
            UPDATE mails SET state = 'queued', problem = %(problem)s, hinted_at = NULL, due_at = app.now() + %(after)s
            WHERE id = %(mail)s AND state = 'sending'
            """,
            {"mail": mail_id, "problem": problem, "after": timedelta(minutes=2 ** (attempts - 1))},
        )


def _end(
    database: Database,
    organization_id: OrganizationId,
    mail_id: MailId,
    state: str,
    *,
    provider_id: str | None = None,
    problem: str | None = None,
) -> None:
    """What it said goes, and with it the link."""
    with database.transaction(organization_id, ACTOR) as tx:
        tx.execute(
            """
            UPDATE mails SET state = %(state)s, provider_id = %(provider_id)s, problem = %(problem)s, content = '{}',
              sent_at = CASE WHEN %(state)s = 'sent' THEN app.now() END
            WHERE id = %(mail)s AND state = 'sending'
            """,
            {"mail": mail_id, "state": state, "provider_id": provider_id, "problem": problem},
        )
