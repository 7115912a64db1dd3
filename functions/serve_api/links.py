"""Links that go out by mail, and the word that a mail waits."""

from contextlib import suppress
from datetime import datetime
from typing import Literal

from auzap import runtime
from auzap.aws.client import AwsError
from auzap.identity.invitations import WaitingMail
from auzap.ids import MailId, OrganizationId, new_id


def to(page: Literal["invitation", "reset-password"], secret: str) -> str:
    """What stands after the # is for the panel alone: no log of a server and no other site hears of it."""
    return f"{runtime.settings().panel_url}/{page}#{secret}"


def hint_mail(waiting: WaitingMail | None, *, now: datetime) -> None:
    """Also where no mail waits: how long an answer takes must not tell whether an address is known."""
    mail = waiting or WaitingMail(OrganizationId(new_id()), MailId(new_id()))
    body = {"organization_id": str(mail.organization_id), "job": "send_mail", "subject": str(mail.id)}
    with suppress(AwsError):
        runtime.hint_automation({**body, "at": now.isoformat()})
