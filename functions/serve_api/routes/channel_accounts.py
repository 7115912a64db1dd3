"""The shop's own numbers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, status
from pydantic import Field, StringConstraints

from auzap import runtime
from auzap.channels import accounts
from auzap.channels.accounts import ListedAccount
from auzap.channels.whatsapp import connecting
from auzap.channels.whatsapp.connecting import App, NoApp
from auzap.channels.whatsapp.graph import Graph
from auzap.health import channels
from auzap.ids import AccountId
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import Apart, Asking, DoneOnceApart, Now, Request_

router = APIRouter(prefix="/v1/channel-accounts", tags=["channel-accounts"])

ProviderId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")]
Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class Signup(Body):
    """What Meta's Embedded Signup gives the page that ran it."""

    code: str = Field(min_length=1, max_length=2000)
    phone_number_id: ProviderId = Field(examples=["109876543210001"])
    business_id: ProviderId = Field(examples=["209876543210001"], description="The WhatsApp Business Account")
    pin: Pin | None = Field(default=None, description="Where the number has two-step verification already")


class Registration(Body):
    pin: Pin = Field(examples=["123456"])


def graph() -> Graph:
    return Graph(runtime.settings().graph_url)


def app() -> App:
    """Ours at Meta, as the installation knows it."""
    known = runtime.secret(runtime.settings().whatsapp_secret)
    if not known.get("app_id") or not known.get("app_secrets"):
        raise NoApp
    return App(known["app_id"], known["app_secrets"][0])


Meta = Annotated[Graph, Depends(graph)]


@router.get("")
def list_accounts(begun: Request_) -> List[ListedAccount]:
    """The shop's numbers, each with its health and, where it is not well, the reason."""
    return List.of(accounts.accounts(begun.tx))


@router.post("", status_code=status.HTTP_201_CREATED)
def connect_number(body: Signup, once: DoneOnceApart, meta: Meta, at: Now) -> Created[ListedAccount]:
    """Connect a number by the code of its signup. One that Meta does not register yet is kept as failing, with the reason."""
    if answered := once.before(Created[ListedAccount]):
        return answered
    apart = once.apart
    account_id, is_in_service = connecting.connect(
        apart.transaction,
        meta,
        runtime.aws("kms"),
        apart.asker.organization_id,
        app=app(),
        master_key=runtime.settings().credentials_key,
        code=body.code,
        number_id=body.phone_number_id,
        business_id=body.business_id,
        pin=body.pin,
    )
    if is_in_service:
        _check(apart, meta, account_id, at)
    return once.answer(Created[ListedAccount], lambda tx: accounts.account(tx, account_id))


@router.post("/{account_id}/registration")
def register_number(
    account_id: AccountId, body: Registration, once: DoneOnceApart, meta: Meta, at: Now
) -> Answer[ListedAccount]:
    """Register a number once more, with the PIN of its two-step verification."""
    if answered := once.before(Answer[ListedAccount]):
        return answered
    apart = once.apart
    connecting.register(
        apart.transaction, meta, runtime.aws("kms"), apart.asker.organization_id, account_id, pin=body.pin
    )
    _check(apart, meta, account_id, at)
    return once.answer(Answer[ListedAccount], lambda tx: accounts.account(tx, account_id))


@router.post("/{account_id}/health-check")
def check_number(account_id: AccountId, once: DoneOnceApart, meta: Meta, at: Now) -> Answer[ListedAccount]:
    """Ask WhatsApp now how a number is."""
    if answered := once.before(Answer[ListedAccount]):
        return answered
    _check(once.apart, meta, account_id, at)
    return once.answer(Answer[ListedAccount], lambda tx: accounts.account(tx, account_id))


@router.delete("/{account_id}", status_code=status.HTTP_204_NO_CONTENT)
def disconnect_number(account_id: AccountId, apart: Asking, meta: Meta) -> None:
    """Disconnect a number: nothing is sent or received by it any more, and its token is forgotten."""
    connecting.disconnect(apart.transaction, meta, runtime.aws("kms"), apart.asker.organization_id, account_id)


def _check(apart: Apart, meta: Graph, account_id: AccountId, at: datetime) -> None:
    shop = apart.asker.organization_id
    checked = channels.check(apart.house, meta, runtime.aws("kms"), shop, account_id, nominal_at=at)
    for conversation_id in checked.waiting if checked else ():
        runtime.hint_outbox({"organization_id": str(shop), "conversation_id": str(conversation_id)})
