"""People of a shop: asked to join by a link, changed by an owner, never more than the plan allows; new passwords by a link."""

import runpy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import thread_time
from typing import Any
from uuid import UUID

import psycopg
import pytest

from auzap.db.connection import Database, Tx
from auzap.identity import api_keys, invitations, passwords, people, registering, requests, resetting, sessions, tokens
from auzap.identity.api_keys import TooManyKeys
from auzap.identity.invitations import AlreadyInvited, AlreadyOnTheTeam, LinkNotGood, TooManyInvitations
from auzap.identity.passwords import WeakPassword
from auzap.identity.people import LastOwner, NotYourself, TeamIsFull
from auzap.identity.registering import EmailTaken
from auzap.identity.resetting import WrongPassword
from auzap.identity.sessions import SessionEnded, WrongLogin
from auzap.ids import ApiKeyId, UserId, new_id
from auzap.text import folded
from tests.factories_identity import (
    HOME,
    PASSWORD,
    Owner,
    join_team,
    kinds_told,
    mails,
    make_owner,
    new_email,
    told,
)
from tests.postgres import Clock, Place

PROJECT = Path(__file__).parents[2]
NEW_PASSWORD = "tartaruga-verde-na-janela"
LINK = "https://app.example/invitation#secret"


@pytest.fixture
def helena(database: Database) -> Owner:
    return make_owner(database)


def as_owner(database: Database, person: Owner) -> Any:
    return database.transaction(person.organization_id, f"user:{person.user_id}")


def allow(owner: psycopg.Connection, person: Owner, plan: str) -> None:
    owner.execute("UPDATE organizations SET plan = %s WHERE id = %s", [plan, person.organization_id])


def invite(tx: Tx, email: str, secret: str = "secret", role: people.MemberRole = "staff") -> invitations.Invitation:
    return invitations.invite(tx, email=email, role=role, link=LINK, secret=secret, locale="pt-BR")[0]


# Registering.


def test_a_new_shop_has_an_owner_hours_settings_and_a_welcome(database: Database, helena: Owner) -> None:
    with as_owner(database, helena) as tx:
        assert [(m.user_id, m.role, m.is_active) for m in people.everybody(tx)] == [(helena.user_id, "owner", True)]
        assert tx.execute("SELECT count(*) FROM opening_hours").fetchone() == (6,)
        assert tx.execute("SELECT shop_name, locale FROM organization_settings").fetchall() == [("Pet Feliz", "pt-BR")]
    assert mails(database, helena.organization_id) == [("welcome", helena.email)]


def test_of_two_who_register_the_same_address_at_once_one_has_a_shop(
    connect: Callable[[], Database], owner: psycopg.Connection
) -> None:
    email, houses = new_email(), [connect() for _ in range(8)]
    before = count_of_shops(owner)

    def register(house: Database) -> bool:
        try:
            registering.register(house, shop_name="Loja", name="Ana", email=email, password=PASSWORD)
        except EmailTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        assert sorted(crowd.map(register, houses)) == [False] * 7 + [True]
    assert count_of_shops(owner) == before + 1


def count_of_shops(owner: psycopg.Connection) -> int:
    found = owner.execute("SELECT count(*) FROM organizations").fetchone()
    assert found
    return found[0]


@pytest.mark.parametrize("name", ["Patas & Cia", "Ção", "🐶", "a" * 80, "  --  ", "Pet'; DROP TABLE users", "日本語"])
def test_any_name_of_a_shop_has_an_address_that_it_may_have(name: str) -> None:
    slug = registering.slug(name)

    assert 6 <= len(slug) <= 60
    assert slug.isascii()
    assert not slug.startswith("-")


# Passwords.


def test_the_list_of_common_passwords_is_long_and_as_its_rules_make_it() -> None:
    made = runpy.run_path(str(PROJECT / ".ci/common_passwords.py"))

    assert made["LISTED"].read_text("utf-8") == made["written"]()
    assert len(set(made["entries"]())) >= 3_000
    # As passwords are compared: in lower case and without accents.
    assert all(entry == folded(entry) for entry in made["entries"]())


@pytest.mark.parametrize(
    "good", ["girafa-azul-no-telhado", "quatro abacates verdes", "x7Kq-vLp2-9TzR", "日本語のとても長い暗号です"]
)
def test_a_long_password_that_nobody_thinks_of_is_taken(good: str) -> None:
    passwords.check(good, about=("helenad", "Patas & Cia"))


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("curta", "too_short"),
        ("x" * 1_001, "too_long"),
        ("passwordpassword", "too_common"),
        ("senha1234567890", "too_common"),
        ("111111111111", "too_common"),
        ("aaaaaaaaaaaaaaaaaaaa", "too_common"),
        ("123456789012345", "too_common"),
        ("Flamengo2024!!", "too_common"),
        ("S3nh4S3gur4!!", "too_common"),
        ("1Q2w3e4r5t6y", "too_common"),
        ("Minha-Princesa-1", "too_common"),
        ("AMANDALINDA2020", "too_common"),
        ("Coração98765432", "too_common"),
        ("gosto-da-helenad-muito", "too_personal"),
        ("PATAS & CIA é a melhor", "too_personal"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        passwords.check(password, about=("helenad", "Patas & Cia"))

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "cavalo certo bateria grampo", "🐶🐱🐰🦜🐢🐹🐟🦎🐍🦔🐿🐸", "ção " * 200 + "fim!!", "x Y9-w." * 140],
)
def test_a_good_password_of_any_signs_is_kept_and_known_again(password: str) -> None:
    passwords.check(password)

    kept = passwords.hashed(password)

    assert passwords.is_right(kept, password)
    assert not passwords.is_right(kept, password[:-1])
    assert not passwords.is_right(kept, password + " ")
    assert not passwords.is_outdated(kept)


def test_passwords_are_kept_by_argon2id_with_the_least_that_is_asked_for() -> None:
    assert passwords.hashed(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_outdated(passwords.NOBODYS)


def test_an_unknown_address_costs_as_much_as_a_wrong_password(database: Database, helena: Owner) -> None:
    def cost(email: str) -> float:
        began = thread_time()
        with pytest.raises(WrongLogin):
            sessions.recognise(database, email, "outra-senha-qualquer")
        return thread_time() - began

    cost(helena.email)
    known, unknown = (sorted(cost(email) for _ in range(9))[4] for email in (helena.email, "ninguem@example.com"))

    assert unknown == pytest.approx(known, rel=0.5)


def test_a_password_kept_with_less_work_is_kept_anew_at_the_next_sign_in(
    database: Database, helena: Owner, owner: psycopg.Connection, shared_database: Place
) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    owner.execute("UPDATE users SET password_hash = %s WHERE id = %s", [old, helena.user_id])

    sessions.recognise(database, helena.email, PASSWORD)

    kept = owner.execute("SELECT password_hash FROM users WHERE id = %s", [helena.user_id]).fetchone()
    assert kept
    assert kept[0] != old
    assert not passwords.is_outdated(kept[0])


def test_a_hash_that_is_none_is_never_right() -> None:
    assert not passwords.is_right("none", PASSWORD)
    assert not passwords.is_right(None, "nobody has this password")


# Changing and resetting.


def test_a_new_password_ends_every_other_session_and_is_told(database: Database, helena: Owner) -> None:
    here, there = (sessions.begin(database, helena.user_id, helena.organization_id, HOME) for _ in range(2))

    ended = resetting.change(database, helena.user_id, HOME, old=PASSWORD, new=NEW_PASSWORD, but=here.bearer.session_id)

    assert ended == [there.bearer.session_id]
    assert sessions.recognise(database, helena.email, NEW_PASSWORD).id == helena.user_id
    with pytest.raises(WrongLogin):
        sessions.recognise(database, helena.email, PASSWORD)
    assert told(database, helena.organization_id)[-1] == ("password_changed", f"user:{helena.user_id}", HOME.address)
    assert mails(database, helena.organization_id)[-1] == ("password_changed", helena.email)


def test_without_the_old_password_there_is_no_new_one(database: Database, helena: Owner) -> None:
    with pytest.raises(WrongPassword):
        resetting.change(database, helena.user_id, HOME, old="outra", new=NEW_PASSWORD, but=None)
    with pytest.raises(WeakPassword):
        resetting.change(database, helena.user_id, HOME, old=PASSWORD, new="curta", but=None)

    assert sessions.recognise(database, helena.email, PASSWORD).id == helena.user_id


def ask_reset(database: Database, email: str, secret: str) -> invitations.WaitingMail | None:
    return resetting.ask(database, email, link=f"https://app.example/reset-password#{secret}", secret=secret)


def test_a_link_sets_a_new_password_once_and_ends_every_session(database: Database, helena: Owner) -> None:
    session = sessions.begin(database, helena.user_id, helena.organization_id, HOME)
    secret = tokens.new_secret()
    waiting = ask_reset(database, helena.email.upper(), secret)
    assert waiting
    assert waiting.organization_id == helena.organization_id

    assert resetting.reset(database, secret, NEW_PASSWORD, HOME) == helena.user_id

    with pytest.raises(LinkNotGood):
        resetting.reset(database, secret, PASSWORD, HOME)
    with pytest.raises(SessionEnded), requests.of_session(database, session.bearer.session_id):
        raise AssertionError
    assert sessions.recognise(database, helena.email, NEW_PASSWORD).id == helena.user_id
    assert kinds_told(database, helena.organization_id)[-1] == "password_reset"


def test_a_link_is_good_for_an_hour_and_only_the_last_one(database: Database, helena: Owner, clock: Clock) -> None:
    first, second = tokens.new_secret(), tokens.new_secret()
    ask_reset(database, helena.email, first)
    ask_reset(database, helena.email, second)

    with pytest.raises(LinkNotGood):
        resetting.reset(database, first, NEW_PASSWORD, HOME)
    clock.move(timedelta(minutes=61))
    with pytest.raises(LinkNotGood):
        resetting.reset(database, second, NEW_PASSWORD, HOME)
    assert sessions.recognise(database, helena.email, PASSWORD).id == helena.user_id


def test_a_weak_password_does_not_use_the_link_up(database: Database, helena: Owner) -> None:
    secret = tokens.new_secret()
    ask_reset(database, helena.email, secret)

    with pytest.raises(WeakPassword):
        resetting.reset(database, secret, "curta", HOME)

    assert resetting.reset(database, secret, NEW_PASSWORD, HOME) == helena.user_id


def test_nobody_gets_a_link_for_an_address_without_an_account(database: Database) -> None:
    assert ask_reset(database, "ninguem@example.com", "secret") is None


def test_a_changed_password_makes_links_of_before_worthless(database: Database, helena: Owner) -> None:
    secret = tokens.new_secret()
    ask_reset(database, helena.email, secret)

    resetting.change(database, helena.user_id, HOME, old=PASSWORD, new=NEW_PASSWORD, but=None)

    with pytest.raises(LinkNotGood):
        resetting.reset(database, secret, PASSWORD, HOME)


# Invitations.


def test_an_invited_person_joins_with_a_name_and_a_password_of_their_own(database: Database, helena: Owner) -> None:
    email, secret = new_email("julia"), tokens.new_secret()
    with as_owner(database, helena) as tx:
        made = invite(tx, email, secret, "manager")
        assert invitations.standing(tx) == [made]

    found = invitations.find(database, secret)
    joined = invitations.join(database, secret, HOME, name="Júlia", password=NEW_PASSWORD)

    assert (found.shop_name, found.email, found.role, found.has_account) == ("Pet Feliz", email, "manager", False)
    assert joined.organization_id == helena.organization_id
    assert sessions.recognise(database, email, NEW_PASSWORD).id == joined.user_id
    with as_owner(database, helena) as tx:
        assert {(m.email, m.role) for m in people.everybody(tx)} == {(helena.email, "owner"), (email, "manager")}
        assert invitations.standing(tx) == []
        changed = tx.execute("SELECT actor FROM audit WHERE table_name = 'memberships' ORDER BY id DESC").fetchone()
    assert changed == (f"user:{joined.user_id}",)
    assert mails(database, helena.organization_id)[-1] == ("invitation", email)


def test_who_has_an_account_joins_as_themselves_and_nobody_else_does_by_their_link(
    database: Database, helena: Owner, owner: psycopg.Connection
) -> None:
    julia, stranger, secret = make_owner(database, "Outra"), make_owner(database, "Estranha"), tokens.new_secret()
    with as_owner(database, helena) as tx:
        invite(tx, julia.email, secret)
    assert invitations.find(database, secret).has_account

    with pytest.raises(LinkNotGood):
        invitations.join(database, secret, HOME, name="Mallory", password=NEW_PASSWORD)
    with pytest.raises(LinkNotGood):
        invitations.join_as(database, secret, HOME, sessions.recognise(database, stranger.email, PASSWORD))
    joined = invitations.join_as(database, secret, HOME, sessions.recognise(database, julia.email, PASSWORD))

    assert joined.user_id == julia.user_id
    assert len(sessions.recognise(database, julia.email, PASSWORD).places) == 2
    with pytest.raises(WrongLogin):
        sessions.recognise(database, julia.email, NEW_PASSWORD)


def test_a_link_that_is_used_withdrawn_too_old_or_none_of_ours_is_not_good(
    database: Database, helena: Owner, owner: psycopg.Connection, clock: Clock
) -> None:
    allow(owner, helena, "pro")
    used, withdrawn, old = (tokens.new_secret() for _ in range(3))
    with as_owner(database, helena) as tx:
        invite(tx, new_email(), used)
        assert invitations.withdraw(tx, invite(tx, new_email(), withdrawn).id)
        invite(tx, new_email(), old)
    invitations.join(database, used, HOME, name="Ana", password=NEW_PASSWORD)
    for secret in (used, withdrawn, "never-ours"):
        with pytest.raises(LinkNotGood):
            invitations.find(database, secret)
        with pytest.raises(LinkNotGood):
            invitations.join(database, secret, HOME, name="Ana", password=NEW_PASSWORD)

    assert invitations.find(database, old)
    clock.move(timedelta(days=7, seconds=1))

    with pytest.raises(LinkNotGood):
        invitations.find(database, old)


def test_nobody_is_invited_twice_or_where_they_are_already(
    database: Database, helena: Owner, owner: psycopg.Connection, clock: Clock
) -> None:
    allow(owner, helena, "pro")
    email, julia = new_email(), make_owner(database, "Outra")
    join_team(owner, julia.user_id, helena.organization_id)
    with as_owner(database, helena) as tx:
        invite(tx, email, "one")
        with pytest.raises(AlreadyInvited):
            invite(tx, email, "two")
        with pytest.raises(AlreadyOnTheTeam):
            invite(tx, julia.email, "three")
        assert len(invitations.standing(tx)) == 1

    clock.move(timedelta(days=8))
    with as_owner(database, helena) as tx:
        assert invite(tx, email, "four")


def test_only_the_own_shops_invitations_are_seen_and_withdrawn(database: Database, helena: Owner) -> None:
    other = make_owner(database, "Outra")
    with as_owner(database, helena) as tx:
        made = invite(tx, new_email(), "secret")

    with as_owner(database, other) as tx:
        assert invitations.standing(tx) == []
        assert not invitations.withdraw(tx, made.id)


def test_a_team_is_no_larger_than_its_plan_allows_also_when_two_invite_at_once(
    connect: Callable[[], Database], database: Database, helena: Owner
) -> None:
    houses = [connect() for _ in range(6)]

    def try_to_invite(house: Database) -> bool:
        try:
            with as_owner(house, helena) as tx:
                invite(tx, new_email(), tokens.new_secret())
        except TeamIsFull:
            return False
        return True

    # The plan with which a shop begins has room for two.
    with ThreadPoolExecutor(6) as crowd:
        assert sorted(crowd.map(try_to_invite, houses)) == [False] * 5 + [True]


def test_who_was_shut_out_comes_back_only_where_there_is_room(
    database: Database, helena: Owner, owner: psycopg.Connection
) -> None:
    julia, bia = make_owner(database, "Outra"), make_owner(database, "Mais uma")
    join_team(owner, julia.user_id, helena.organization_id)
    change(database, helena, julia.user_id, is_active=False)
    join_team(owner, bia.user_id, helena.organization_id)

    with pytest.raises(TeamIsFull):
        change(database, helena, julia.user_id, is_active=True)
    # Who is there takes no more room by being there.
    assert change(database, helena, bia.user_id, is_active=True)
    change(database, helena, bia.user_id, is_active=False)
    assert change(database, helena, julia.user_id, is_active=True)


def test_a_shop_sends_so_many_invitations_a_day_and_no_more(
    database: Database, helena: Owner, owner: psycopg.Connection, clock: Clock
) -> None:
    allow(owner, helena, "enterprise")
    with as_owner(database, helena) as tx:
        for number in range(invitations.MOST_A_DAY):
            assert invitations.withdraw(tx, invite(tx, new_email(), f"secret {number}").id)
        with pytest.raises(TooManyInvitations):
            invite(tx, new_email(), "one more")

    clock.move(timedelta(days=1, seconds=1))
    with as_owner(database, helena) as tx:
        assert invite(tx, new_email(), "the next day")


# Roles.


def change(
    database: Database,
    by: Owner,
    user_id: UserId,
    *,
    role: people.MemberRole | None = None,
    is_active: bool | None = None,
) -> bool:
    with as_owner(database, by) as tx:
        return people.change(tx, user_id, role=role, is_active=is_active, by=by.user_id)


def test_a_role_is_another_at_the_next_request(database: Database, helena: Owner, owner: psycopg.Connection) -> None:
    julia = make_owner(database, "Outra")
    join_team(owner, julia.user_id, helena.organization_id, "manager")
    session = sessions.begin(database, julia.user_id, helena.organization_id, HOME).bearer.session_id

    assert change(database, helena, julia.user_id, role="staff")

    with requests.of_session(database, session) as (_, asker):
        assert asker.role == "staff"


def test_the_last_owner_stays_and_nobody_changes_themselves(
    database: Database, helena: Owner, owner: psycopg.Connection
) -> None:
    julia, stranger = make_owner(database, "Outra"), make_owner(database, "Estranha")
    join_team(owner, julia.user_id, helena.organization_id, "manager")

    with pytest.raises(NotYourself):
        change(database, helena, helena.user_id, role="staff")
    with as_owner(database, helena) as tx:
        for how in ({"role": "staff", "is_active": None}, {"role": None, "is_active": False}):
            with pytest.raises(LastOwner):
                people.change(tx, helena.user_id, by=julia.user_id, **how)  # pyright: ignore[reportArgumentType]
    assert not change(database, helena, stranger.user_id, role="manager")


def test_of_two_owners_who_shut_each_other_out_at_once_one_stays(
    connect: Callable[[], Database], database: Database, helena: Owner, owner: psycopg.Connection
) -> None:
    julia = make_owner(database, "Outra")
    join_team(owner, julia.user_id, helena.organization_id, "owner")
    pairs = [(helena, julia), (julia, helena)]

    def shut_out(pair: tuple[Owner, Owner]) -> bool:
        by, whom = pair
        try:
            with connect().transaction(helena.organization_id, f"user:{by.user_id}") as tx:
                return people.change(tx, whom.user_id, role=None, is_active=False, by=by.user_id)
        except LastOwner:
            return False

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(shut_out, pairs)) == [False, True]


# Keys of programs.


def test_a_key_opens_its_own_shop_until_it_is_revoked(database: Database, helena: Owner) -> None:
    other = make_owner(database, "Outra")
    with as_owner(database, helena) as tx:
        made, secret = api_keys.make(tx, name="Site", scopes=["bookings:read", "bookings:read"], expires_at=None)
        assert api_keys.standing(tx) == [made]

    with requests.of_key(database, secret, "198.51.100.9") as (tx, asker):
        assert (asker.organization_id, asker.scopes) == (helena.organization_id, {"bookings:read"})
        assert tx.execute("SELECT app.current_actor(), current_setting('app.address')").fetchone() == (
            f"key:{made.id}",
            "198.51.100.9",
        )
    with as_owner(database, other) as tx:
        assert api_keys.standing(tx) == []
        assert not api_keys.revoke(tx, made.id)
    with as_owner(database, helena) as tx:
        assert api_keys.standing(tx)[0].last_used_on is not None
        assert api_keys.revoke(tx, made.id)
        assert not api_keys.revoke(tx, made.id)

    with pytest.raises(SessionEnded), requests.of_key(database, secret):
        raise AssertionError
    with pytest.raises(SessionEnded):
        requests.shop_of_key(database, secret)


def test_a_key_that_is_over_or_unknown_opens_nothing(database: Database, helena: Owner, clock: Clock) -> None:
    with as_owner(database, helena) as tx:
        _, secret = api_keys.make(tx, name="Site", scopes=["x:read"], expires_at=clock.now() + timedelta(hours=1))
    with requests.of_key(database, secret) as (_, asker):
        assert asker.role == "key"

    clock.move(timedelta(hours=1, seconds=1))

    for key in (secret, "auzap_", "auzap_" + tokens.new_secret(), "ç" * 100_000):
        with pytest.raises(SessionEnded), requests.of_key(database, key):
            raise AssertionError


def test_a_key_is_kept_as_a_hash_and_what_it_begins_with(database: Database, helena: Owner) -> None:
    with as_owner(database, helena) as tx:
        _, secret = api_keys.make(tx, name="Site", scopes=["x:read"], expires_at=None)
        kept = tx.execute("SELECT to_jsonb(k)::text FROM api_keys k").fetchall()
        trail = tx.execute("SELECT after::text FROM audit WHERE table_name = 'api_keys'").fetchall()

    assert secret not in str(kept)
    assert "hash" not in str(trail)
    assert secret[:12] in str(kept)


def test_a_shop_has_so_many_keys_and_no_more(database: Database, helena: Owner) -> None:
    with as_owner(database, helena) as tx:
        made: list[ApiKeyId] = []
        for number in range(api_keys.MOST):
            made.append(api_keys.make(tx, name=f"Key {number}", scopes=["x:read"], expires_at=None)[0].id)
        with pytest.raises(TooManyKeys):
            api_keys.make(tx, name="One more", scopes=["x:read"], expires_at=None)
        api_keys.revoke(tx, made[0])
        api_keys.make(tx, name="One more", scopes=["x:read"], expires_at=None)
        assert len(api_keys.standing(tx)) == api_keys.MOST


def test_a_member_that_is_nobody_is_not_changed(database: Database, helena: Owner) -> None:
    assert not change(database, helena, UserId(UUID(int=new_id().int)), role="staff")
