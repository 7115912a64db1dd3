"""A shop's own number comes to us, by the code that Meta's signup gives it; and goes again."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any

from psycopg.errors import CheckViolation, UniqueViolation

from auzap import phone
from auzap.aws.client import AwsClient, AwsError
from auzap.channels import credentials
from auzap.channels.accounts import UnknownAccount
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import AccountId, OrganizationId
from auzap.loose import items, mapping, string

# Each call opens one, which is committed before a provider is asked again.
type Transactions = Callable[[], AbstractContextManager[Tx]]

FIELDS = "id,display_phone_number,verified_name,is_on_biz_app"
WRONG_PIN = 133005
# Meta has no answer now, or asks for patience.
AWAY = frozenset({0, 1, 2, 4, 80007, 130429, 133016})


class NoApp(Refusal):
    def __init__(self) -> None:
        super().__init__("This installation has no app at Meta that a number could be connected to. Talk to support.")


class CodeRefused(Refusal):
    def __init__(self) -> None:
        super().__init__("Meta does not take this code: it is good for minutes, and once. Begin the signup again.")


class NumberNotThere(Refusal):
    def __init__(self) -> None:
        super().__init__("The signup has not given us this number of this business account. Begin it again.")


class NumberTaken(Refusal):
    def __init__(self) -> None:
        super().__init__("Another shop has this number. It must be disconnected there first.")


class TooManyNumbers(Refusal):
    def __init__(self) -> None:
        super().__init__("The plan has no room for another number. Disconnect one, or choose a larger plan.")


class WrongPin(Refusal):
    def __init__(self) -> None:
        super().__init__("The number has another PIN of two-step verification. Give that one.")


class RegistrationRefused(Refusal):
    def __init__(self) -> None:
        super().__init__("Meta has refused to register the number. Look at it in WhatsApp Manager.")


class ProviderAway(Refusal):
    """Nothing was done, and it may be asked again."""

    retry_after = 30

    def __init__(self) -> None:
        super().__init__("WhatsApp does not answer now. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class App:
    """Ours, at Meta."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number that its owner has let us use."""

    external_id: str
    business_id: str
    token: str
    phone: str | None
    display_name: str
    # It goes on working in the business app of the shop's phone.
    is_on_phone: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A number of ours as it is stored."""

    external_id: str
    business_id: str
    credentials: bytes | None
    wrapped_key: bytes | None


def connect(
    transactions: Transactions,
    graph: Graph,
    kms: AwsClient,
    organization_id: OrganizationId,
    *,
    app: App,
    master_key: str,
    code: str,
    number_id: str,
    business_id: str,
    pin: str | None,
) -> tuple[AccountId, bool]:
    """The number, and whether it is in service: one that Meta does not register yet is kept, for its code is used up."""
    number = _found(graph, app, code, number_id, business_id)
    key = _data_key(transactions, kms, master_key, organization_id)
    with transactions() as tx:
        account_id = _keep(tx, number, credentials.sealed(key, organization_id, number.token))
    try:
        _put_in_service(graph, number, pin or credentials.pin(key, number_id))
    except GraphError as failed:
        with transactions() as tx:
            _note(tx, account_id, "wrong_pin" if failed.code == WRONG_PIN else f"{failed.code}: {failed.detail}")
        return account_id, False
    return account_id, True


def register(
    transactions: Transactions,
    graph: Graph,
    kms: AwsClient,
    organization_id: OrganizationId,
    account_id: AccountId,
    *,
    pin: str,
) -> None:
    """Once more, with the PIN that the number has."""
    with transactions() as tx:
        kept = _kept(tx, account_id)
    token = _token(kms, organization_id, kept)
    if token is None:
        raise UnknownAccount
    try:
        graph.register(kept.external_id, token, pin)
    except GraphError as failed:
        if failed.code == WRONG_PIN:
            raise WrongPin from failed
        raise _away(failed) or RegistrationRefused() from failed
    with suppress(GraphError):
        graph.subscribe(kept.business_id, token)


def disconnect(
    transactions: Transactions, graph: Graph, kms: AwsClient, organization_id: OrganizationId, account_id: AccountId
) -> None:
    """From the commit on nothing is sent or received by it, and its token is gone. What was said there stays."""
    with transactions() as tx:
        kept = _kept(tx, account_id)
        is_last = _let_go(tx, account_id, kept.business_id)
    # Whether Meta hears of it or not: what it tells of a number that is nobody's is put aside.
    with suppress(GraphError, AwsError):
        token = _token(kms, organization_id, kept)
        if is_last and token is not None:
            graph.unsubscribe(kept.business_id, token)


def _found(graph: Graph, app: App, code: str, number_id: str, business_id: str) -> Number:
    """By the token of the code: what it cannot see is not its owner's to give."""
    try:
        token = string(graph.exchange(app.id, app.secret, code).get("access_token"))
    except GraphError as failed:
        raise _away(failed) or CodeRefused() from failed
    if not token:
        raise CodeRefused
    try:
        told = graph.get(f"/{business_id}/phone_numbers?fields={FIELDS}&limit=100", token)
    except GraphError as failed:
        raise _away(failed) or NumberNotThere() from failed
    shown = next((row for row in map(mapping, items(told.get("data"))) if row.get("id") == number_id), None)
    if shown is None:
        raise NumberNotThere
    return _read(shown, number_id, business_id, token)


def _read(shown: dict[str, Any], number_id: str, business_id: str, token: str) -> Number:
    digits = "".join(c for c in string(shown.get("display_phone_number")) if c.isdigit())
    known = phone.e164(digits)
    return Number(
        external_id=number_id,
        business_id=business_id,
        token=token,
        phone=known,
        display_name=string(shown.get("verified_name")) or known or number_id,
        is_on_phone=shown.get("is_on_biz_app") is True,
    )


def _put_in_service(graph: Graph, number: Number, pin: str) -> None:
    """Told to us first: a number that sends and is not heard would be worse than one that does neither."""
    graph.subscribe(number.business_id, number.token)
    if not number.is_on_phone:
        graph.register(number.external_id, number.token, pin)
        return
    # Its owner may have refused to share what was written before.
    with suppress(GraphError):
        graph.sync_phone(number.external_id, number.token, "smb_app_state_sync")
        graph.sync_phone(number.external_id, number.token, "history")


def _data_key(transactions: Transactions, kms: AwsClient, master_key: str, organization_id: OrganizationId) -> bytes:
    """Made where the shop has none; of two made at once the one that is stored counts."""
    with transactions() as tx:
        wrapped = _wrapped_key(tx)
    if wrapped is None:
        made = credentials.new_key(kms, master_key, organization_id)
        with transactions() as tx:
            tx.execute("INSERT INTO organization_keys (wrapped_key) VALUES (%s) ON CONFLICT DO NOTHING", [made])
            wrapped = _wrapped_key(tx) or made
    return credentials.unwrapped(kms, organization_id, wrapped)


def _wrapped_key(tx: Tx) -> bytes | None:
    row = tx.execute("SELECT wrapped_key FROM organization_keys").fetchone()
    return bytes(row[0]) if row else None


def _keep(tx: Tx, number: Number, sealed: bytes) -> AccountId:
    """A number that was here before is the same account again, with all that was said there."""
    if _is_full(tx, number.external_id):
        raise TooManyNumbers
    given = {
        "external": number.external_id,
        "business": number.business_id,
        "phone": number.phone,
        "name": number.display_name,
        "token": sealed,
    }
    try:
        with tx.savepoint():
            row = tx.execute(
                """
                UPDATE channel_accounts SET business_id = %(business)s, phone = %(phone)s, display_name = %(name)s,
                  credentials = %(token)s, status = 'connected', status_reason = NULL, token_expires_at = NULL, health = '{}',
                  sending_paused_until = NULL
                WHERE id = (
                  SELECT id FROM channel_accounts WHERE channel = 'whatsapp' AND external_id = %(external)s
                  ORDER BY status = 'disconnected', id DESC LIMIT 1)
                RETURNING id
                """,
                given,
            ).fetchone()
            row = (
                row
                or tx.execute(
                    """
                INSERT INTO channel_accounts (channel, external_id, business_id, phone, display_name, credentials)
                VALUES ('whatsapp', %(external)s, %(business)s, %(phone)s, %(name)s, %(token)s) RETURNING id
                """,
                    given,
                ).fetchone()
            )
    except UniqueViolation as taken:
        raise NumberTaken from taken
    except CheckViolation as strange:
        raise NumberNotThere from strange
    if row is None:
        raise LookupError("a number that was not stored")
    return AccountId(row[0])


def _is_full(tx: Tx, external_id: str) -> bool:
    """One at a time, so that two numbers do not take the last room."""
    tx.execute("SELECT 1 FROM organization_settings FOR NO KEY UPDATE")
    ((has_room,),) = tx.execute(
        """
        SELECT coalesce((app.my_plan() ->> 'numbers')::int, 1000) > count(*) FROM channel_accounts
        WHERE status <> 'disconnected' AND external_id <> %s
        """,
        [external_id],
    ).fetchall()
    return not has_room


def _note(tx: Tx, account_id: AccountId, reason: str) -> None:
    tx.execute("UPDATE channel_accounts SET status = 'failing', status_reason = %s WHERE id = %s", [reason, account_id])


def _kept(tx: Tx, account_id: AccountId) -> Kept:
    kept = tx.rows(
        Kept,
        """
        SELECT a.external_id, a.business_id, a.credentials, k.wrapped_key
        FROM channel_accounts a LEFT JOIN organization_keys k ON true
        WHERE a.id = %s AND a.status <> 'disconnected' FOR NO KEY UPDATE OF a
        """,
        [account_id],
    ).fetchone()
    if kept is None:
        raise UnknownAccount
    return kept


def _let_go(tx: Tx, account_id: AccountId, business_id: str) -> bool:
    """Whether no other number of the same business account is ours."""
    tx.execute(
        """
        UPDATE channel_accounts SET status = 'disconnected', status_reason = NULL, credentials = NULL, token_expires_at = NULL
        WHERE id = %s
        """,
        [account_id],
    )
    ((others,),) = tx.execute(
        "SELECT count(*) FROM channel_accounts WHERE business_id = %s AND status <> 'disconnected'", [business_id]
    ).fetchall()
    return others == 0


def _token(kms: AwsClient, organization_id: OrganizationId, kept: Kept) -> str | None:
    if kept.credentials is None or kept.wrapped_key is None:
        return None
    return credentials.opened(kms, organization_id, wrapped_key=kept.wrapped_key, sealed=kept.credentials)


def _away(failed: GraphError) -> ProviderAway | None:
    return ProviderAway() if failed.code in AWAY or failed.status >= 500 else None
