"""The way to the socket over which the panel hears what happens."""

import time

from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from auzap import runtime
from auzap.aws.client import AwsError
from auzap.identity import tokens
from auzap.realtime import house
from auzap.realtime.connections import TICKET_SECONDS, Holder
from functions.serve_api.answers import Created
from functions.serve_api.dependencies import Known
from functions.serve_api.problems import Problem

router = APIRouter(prefix="/v1/realtime", tags=["realtime"])
RETRY_AFTER = "5"


class Ticket(BaseModel):
    ticket: str = Field(examples=["4v0zJ1c8m2hXn6t9Qe3sYb7kLw5uRa0dPf-iGoNxTqE"])
    # Of the WebSocket; the ticket goes with it as `?ticket=…`.
    url: str = Field(examples=["wss://app.example/realtime"])
    expires_in: int = Field(examples=[TICKET_SECONDS])


@router.post("/ticket", status_code=status.HTTP_201_CREATED)
def issue_ticket(asker: Known) -> Created[Ticket]:
    """A ticket that opens one WebSocket, once, within 30 seconds. No two are the same: no Idempotency-Key is taken."""
    assert asker.user_id
    assert asker.session_id
    holder = Holder(asker.organization_id, asker.user_id, asker.session_id, asker.is_support)
    ticket = tokens.new_secret()
    try:
        house.connections().keep_ticket(ticket, holder, now=time.time())
    except AwsError:
        raise Problem(503, "unavailable", headers={"retry-after": RETRY_AFTER}) from None
    return Created[Ticket].of(Ticket(ticket=ticket, url=runtime.settings().realtime_url, expires_in=TICKET_SECONDS))
