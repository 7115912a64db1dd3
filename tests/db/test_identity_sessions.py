"""Sessions: begun once, carried on by one family of refresh tokens, refused at the next request after their end."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.errors import OrganizationUnavailable
from auzap.identity import api_keys, people, requests, sessions
from auzap.identity.origin import Origin
from auzap.identity.sessions import ChooseShop, NoShop, Session, SessionEnded, WrongLogin
from auzap.identity.tokens import Keys, SigningKey
from auzap.ids import OrganizationId, SessionId, new_id
from tests.factories_identity import HOME, KEYS, PASSWORD, Owner, join_team, kinds_told, mails, make_owner, told
from tests.postgres import Clock, Place


@pytest.fixture
def helena(database: Database) -> Owner:
    return make_owner(database)


def begin(database: Database, person: Owner, origin: Origin = HOME) -> Session:
    return sessions.begin(database, person.user_id, person.organization_id, origin)


def carry_on(database: Database, session: Session, keys: Keys = KEYS) -> Session:
    return sessions.carry_on(database, keys, session.refresh_token, HOME)


def is_let_in(database: Database, session: Session) -> bool:
    try:
        with requests.of_session(database, session.bearer.session_id) as (_, asker):
            return asker.user_id == session.bearer.user_id
    except SessionEnded:
        return False


def end(database: Database, session: Session) -> bool:
    with requests.of_session(database, session.bearer.session_id) as (tx, asker):
        assert asker.user_id
        return sessions.end(tx, asker.user_id, session.bearer.session_id, "logout")


def test_a_sign_in_is_told_in_the_shops_trail_with_where_it_came_from(database: Database, helena: Owner) -> None:
    begin(database, helena)

    assert told(database, helena.organization_id) == [("signed_in", f"user:{helena.user_id}", HOME.address)]


def test_what_a_request_changes_is_told_with_where_it_came_from(database: Database, helena: Owner) -> None:
    session = begin(database, helena)
    with requests.of_session(database, session.bearer.session_id, "198.51.100.9") as (tx, _):
        tx.execute("UPDATE organization_settings SET about = 'Banho e tosa'")

    with database.transaction(helena.organization_id, "test") as tx:
        changed = tx.execute(
            "SELECT actor, address FROM audit WHERE table_name = 'organization_settings' AND operation = 'update'"
        ).fetchall()
        later = tx.execute("SELECT current_setting('app.address', true)").fetchone()
    assert changed == [(f"user:{helena.user_id}", "198.51.100.9")]
    assert later in {("",), (None,)}


def test_a_refresh_token_leads_to_the_next_in_the_same_session(database: Database, helena: Owner) -> None:
    first = begin(database, helena)

    second = carry_on(database, first)
    third = carry_on(database, second)

    assert first.bearer == second.bearer == third.bearer
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3


def test_a_token_used_again_after_its_grace_ends_the_family_a_hundred_times_of_a_hundred(
    database: Database, helena: Owner, clock: Clock
) -> None:
    stolen = [begin(database, helena) for _ in range(100)]
    kept = [carry_on(database, session) for session in stolen]
    clock.move(sessions.GRACE + timedelta(seconds=1))

    for session, child in zip(stolen, kept, strict=True):
        with pytest.raises(SessionEnded):
            carry_on(database, session)
        with pytest.raises(SessionEnded):
            carry_on(database, child)
        assert not is_let_in(database, session)

    assert kinds_told(database, helena.organization_id).count("token_reused") == 100


def test_a_token_is_used_up_by_its_grandchild_also_within_the_grace(database: Database, helena: Owner) -> None:
    first = begin(database, helena)
    second = carry_on(database, first)
    carry_on(database, second)

    with pytest.raises(SessionEnded):
        carry_on(database, first)

    assert not is_let_in(database, first)


def test_twenty_refreshes_at_once_are_one_family_and_lock_nobody_out(
    connect: Callable[[], Database], database: Database, helena: Owner
) -> None:
    for _ in range(5):
        first = begin(database, helena)
        houses = [connect() for _ in range(20)]

        with ThreadPoolExecutor(20) as crowd:
            carried = list(crowd.map(lambda house, of=first: carry_on(house, of), houses))

        assert len({session.refresh_token for session in carried}) == 1
        assert {session.bearer for session in carried} == {first.bearer}
        assert is_let_in(database, carry_on(database, carried[0]))
        for house in houses:
            house.close()


def test_an_end_is_felt_within_a_second_by_another_sandbox(
    connect: Callable[[], Database], database: Database, helena: Owner
) -> None:
    session, elsewhere = begin(database, helena), connect()
    assert is_let_in(elsewhere, session)

    assert end(database, session)
    began = time.monotonic()
    let_in = is_let_in(elsewhere, session)

    assert not let_in
    assert time.monotonic() - began < 1
    with pytest.raises(SessionEnded):
        carry_on(elsewhere, session)


def test_a_session_ends_after_a_week_of_silence_and_after_thirty_days_in_any_case(
    database: Database, helena: Owner, clock: Clock
) -> None:
    silent, busy = begin(database, helena), begin(database, helena)
    for _ in range(4):
        clock.move(timedelta(days=6, hours=23))
        busy = carry_on(database, busy)

    with pytest.raises(SessionEnded):
        carry_on(database, silent)
    clock.move(timedelta(days=2, hours=5))
    with pytest.raises(SessionEnded):
        carry_on(database, busy)
    assert not is_let_in(database, busy)


def test_tokens_that_nobody_can_use_any_more_are_cleared_away(
    database: Database, helena: Owner, shared_database: Place, clock: Clock
) -> None:
    session = begin(database, helena)
    for _ in range(5):
        clock.move(timedelta(days=3))
        session = carry_on(database, session)

    assert kept_tokens(shared_database, session) <= 4

    clock.move(timedelta(days=200))
    begin(database, helena)
    assert kept_tokens(shared_database, session) == 0


def kept_tokens(place: Place, session: Session) -> int:
    with psycopg.connect(place.admin) as administrator:
        found = administrator.execute(
            "SELECT count(*) FROM refresh_tokens WHERE session_id = %s", [session.bearer.session_id]
        ).fetchone()
    assert found
    return found[0]


def test_an_unknown_token_is_refused_and_changes_nothing(database: Database, helena: Owner) -> None:
    session = begin(database, helena)

    for token in ("", "x", "ç" * 50, "\ud7ff", session.refresh_token + "x", "0" * 10_000):
        with pytest.raises(SessionEnded):
            sessions.carry_on(database, KEYS, token, HOME)

    assert is_let_in(database, session)


def test_while_keys_are_rotated_no_answer_that_was_lost_locks_anybody_out(database: Database, helena: Owner) -> None:
    new, old = SigningKey("new", b"n" * 32), KEYS.signing[0]
    early = Keys((old, new), (KEYS.refresh[0], b"the new refresh key, of 32 bytes"))
    late = Keys((new, old), (b"the new refresh key, of 32 bytes", KEYS.refresh[0]))
    first = begin(database, helena)

    by_early = carry_on(database, first, early)
    by_late = carry_on(database, first, late)

    assert by_early.refresh_token == by_late.refresh_token
    assert is_let_in(database, carry_on(database, by_late, late))


def test_a_person_ends_their_own_sessions_and_nobody_elses(database: Database, helena: Owner) -> None:
    other = make_owner(database)
    hers, here, there = begin(database, other), begin(database, helena), begin(database, helena)

    with requests.of_session(database, here.bearer.session_id) as (tx, _):
        assert not sessions.end(tx, helena.user_id, hers.bearer.session_id, "ended_elsewhere")
        assert sessions.end(tx, helena.user_id, there.bearer.session_id, "ended_elsewhere")
        assert not sessions.end(tx, helena.user_id, there.bearer.session_id, "ended_elsewhere")

    assert [is_let_in(database, each) for each in (hers, here, there)] == [True, True, False]


def test_a_person_signs_out_everywhere_but_here(database: Database, helena: Owner) -> None:
    here, *others = [begin(database, helena) for _ in range(4)]

    with requests.of_session(database, here.bearer.session_id) as (tx, _):
        assert sessions.end_others(tx, helena.user_id, but=here.bearer.session_id) == 3

    assert is_let_in(database, here)
    assert not any(is_let_in(database, each) for each in others)


def test_who_is_shut_out_is_out_at_once_and_stays_out_of_the_sessions_of_before(
    database: Database, helena: Owner, owner: psycopg.Connection
) -> None:
    julia = make_owner(database, "Outra Loja")
    join_team(owner, julia.user_id, helena.organization_id)
    hers = sessions.begin(database, julia.user_id, helena.organization_id, HOME)
    at_home = begin(database, julia)

    with database.transaction(helena.organization_id, f"user:{helena.user_id}") as tx:
        assert people.change(tx, julia.user_id, role=None, is_active=False, by=helena.user_id)
    assert not is_let_in(database, hers)
    with pytest.raises(SessionEnded):
        carry_on(database, hers)
    with database.transaction(helena.organization_id, f"user:{helena.user_id}") as tx:
        assert people.change(tx, julia.user_id, role=None, is_active=True, by=helena.user_id)

    assert not is_let_in(database, hers)
    assert is_let_in(database, at_home)


def test_an_owner_sends_somebody_home_from_the_own_shop_alone(
    database: Database, helena: Owner, owner: psycopg.Connection
) -> None:
    julia, stranger = make_owner(database, "Outra Loja"), make_owner(database)
    join_team(owner, julia.user_id, helena.organization_id)
    hers, at_home = sessions.begin(database, julia.user_id, helena.organization_id, HOME), begin(database, julia)

    with database.transaction(helena.organization_id, f"user:{helena.user_id}") as tx:
        assert people.send_home(tx, julia.user_id)
        assert not people.send_home(tx, stranger.user_id)

    assert [is_let_in(database, hers), is_let_in(database, at_home)] == [False, True]


def test_whoever_lost_their_account_is_out(database: Database, helena: Owner, owner: psycopg.Connection) -> None:
    session = begin(database, helena)

    owner.execute("UPDATE users SET is_active = false WHERE id = %s", [helena.user_id])

    assert not is_let_in(database, session)
    with pytest.raises(SessionEnded):
        carry_on(database, session)
    with pytest.raises(WrongLogin):
        sessions.recognise(database, helena.email, PASSWORD)


@pytest.mark.parametrize("status", ["suspended", "closing"])
def test_a_shop_that_is_suspended_says_so_to_its_people(
    database: Database, helena: Owner, owner: psycopg.Connection, status: str
) -> None:
    session = begin(database, helena)
    owner.execute("UPDATE organizations SET status = %s WHERE id = %s", [status, helena.organization_id])

    with pytest.raises(OrganizationUnavailable):
        is_let_in(database, session)
    with pytest.raises(OrganizationUnavailable):
        sessions.place_of(sessions.recognise(database, helena.email, PASSWORD), None)
    with pytest.raises(WrongLogin):
        begin(database, helena)


def test_a_session_that_nobody_began_is_refused(database: Database) -> None:
    with pytest.raises(SessionEnded), requests.of_session(database, SessionId(new_id())):
        raise AssertionError


def test_a_person_of_several_shops_says_which_and_enters_no_other(
    database: Database, helena: Owner, owner: psycopg.Connection
) -> None:
    other, strange = make_owner(database, "Outra Loja"), make_owner(database, "Estranha")
    join_team(owner, helena.user_id, other.organization_id)
    person = sessions.recognise(database, helena.email.upper(), PASSWORD)

    with pytest.raises(ChooseShop) as asked:
        sessions.place_of(person, None)

    assert [place["name"] for place in asked.value.details] == ["Outra Loja", "Pet Feliz"]
    assert sessions.place_of(person, other.organization_id).name == "Outra Loja"
    with pytest.raises(WrongLogin):
        sessions.place_of(person, strange.organization_id)
    with pytest.raises(WrongLogin):
        sessions.begin(database, helena.user_id, strange.organization_id, HOME)


def test_whoever_belongs_to_no_shop_is_told_so(database: Database, helena: Owner, owner: psycopg.Connection) -> None:
    other = make_owner(database)
    join_team(owner, helena.user_id, other.organization_id, "owner")
    for shop in (helena.organization_id, other.organization_id):
        shut_out(owner, helena, shop)

    with pytest.raises(NoShop):
        sessions.place_of(sessions.recognise(database, helena.email, PASSWORD), None)


def shut_out(owner: psycopg.Connection, person: Owner, shop: OrganizationId) -> None:
    with owner.transaction():
        owner.execute("SELECT app.begin_tenant(%s, 'test')", [shop])
        owner.execute("UPDATE memberships SET is_active = false WHERE user_id = %s", [person.user_id])


def test_a_device_never_seen_is_told_to_the_person_and_a_new_version_of_one_is_not(
    database: Database, helena: Owner
) -> None:
    begin(database, helena, Origin("203.0.113.7", "Firefox/130.0 (Linux)"))
    begin(database, helena, Origin("203.0.113.8", "Firefox/131.0.2 (Linux)"))
    assert mails(database, helena.organization_id) == [("welcome", helena.email)]

    begin(database, helena, Origin("203.0.113.9", "curl/8.5.0"))

    assert mails(database, helena.organization_id)[1:] == [("new_device", helena.email)]


def test_an_address_that_is_tried_too_often_is_told_in_each_of_the_persons_shops(
    database: Database, helena: Owner, owner: psycopg.Connection
) -> None:
    other = make_owner(database)
    join_team(owner, helena.user_id, other.organization_id)

    sessions.tell_blocked(database, helena.email, HOME)
    sessions.tell_blocked(database, "ninguem@example.com", HOME)

    for shop in (helena, other):
        assert told(database, shop.organization_id) == [("sign_in_blocked", "unknown", HOME.address)]


def test_a_key_of_a_suspended_shop_says_so(database: Database, helena: Owner, owner: psycopg.Connection) -> None:
    with database.transaction(helena.organization_id, "test") as tx:
        _, secret = api_keys.make(tx, name="Site", scopes=["bookings:read"], expires_at=None)
    assert requests.shop_of_key(database, secret) == helena.organization_id
    owner.execute("UPDATE organizations SET status = 'suspended' WHERE id = %s", [helena.organization_id])

    with pytest.raises(OrganizationUnavailable), requests.of_key(database, secret):
        raise AssertionError
