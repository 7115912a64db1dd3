"""Settings as the panel reads and changes them: by parts, field by field, held at once, and never another shop's."""

from typing import Any

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.organizations.shop import find_shop
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, organization_of, refused


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner("Patas & Cia")


def test_the_organization_shows_its_names_and_its_plan(helena: Person) -> None:
    known = helena.get("/v1/organization")

    assert (known["name"], known["plan"]["code"], known["plan"]["numbers"]) == ("Patas & Cia", "free", 1)
    assert known["id"] == str(organization_of(helena))


def test_a_new_shop_has_settings_of_every_part(helena: Person) -> None:
    known = helena.get("/v1/settings")

    assert known["shop"]["name"] == "Patas & Cia"
    assert known["shop"]["time_zone"] == "America/Sao_Paulo"
    assert known["booking"]["minimum_notice_minutes"] == 120
    assert known["booking"]["horizon_days"] == 90
    assert known["agent"]["name"] == "Luna"
    assert known["pace"] == {"human_delay_seconds": 4, "burst_window_seconds": 2, "burst_cap_seconds": 10}
    assert known["handoff"]["panel_pause_minutes"] == 720
    assert known["escalation"] == {"phone": None, "reminder_minutes": 120, "expiry_minutes": 1440}
    assert known["summaries"] == {
        "daily_at": "18:00:00",
        "opportunities_at": "09:00:00",
        "opportunities_every": "day",
    }
    assert known["training"] == {"sessions_a_day": 5}
    assert known["limits"]["daily_tokens"] == 12_000_000


def test_what_is_changed_holds_at_once_and_the_rest_stays(helena: Person, database: Database) -> None:
    before = helena.get("/v1/settings")

    after = changed(
        helena.ask(
            "PATCH",
            "/v1/settings",
            {
                "shop": {"address": "Rua Nova, 1", "payment_methods": ["pix"]},
                "booking": {"minimum_notice_minutes": 45, "cancellation_notice_minutes": 1440},
                "agent": {"name": "Bidu", "emoji": "high", "empathy": 3},
                "aurora": {"style": "consultant", "manner": "analytical"},
                "pace": {"human_delay_seconds": 0},
                "handoff": {"score": 80, "intents": ["complaint", "health"], "stale_after_days": 3},
                "summaries": {"daily_at": "19:30"},
            },
        )
    )

    assert after == helena.get("/v1/settings")
    assert after["booking"] == {
        **before["booking"],
        "minimum_notice_minutes": 45,
        "cancellation_notice_minutes": 1440,
    }
    assert after["summaries"]["daily_at"] == "19:30:00"
    with database.transaction(organization_of(helena), "test") as tx:
        shop = find_shop(tx)
    assert (shop.agent_name, shop.voice.emoji, shop.address) == ("Bidu", "high", "Rua Nova, 1")
    assert (shop.aurora.style, shop.aurora.tone, shop.aurora.manner) == ("consultant", "friend", "analytical")
    assert (shop.minimum_notice.total_seconds(), shop.human_delay.total_seconds()) == (2700, 0)
    assert (shop.hand_over.score, shop.hand_over.intents) == (80, {"complaint", "health"})


def test_a_change_is_a_new_version_of_the_shop_and_stands_in_the_trail(helena: Person, database: Database) -> None:
    organization_id = organization_of(helena)
    with database.transaction(organization_id, "test") as tx:
        before = tx.settings_version

    helena.ask("PATCH", "/v1/settings", {"agent": {"name": "Bidu"}})

    with database.transaction(organization_id, "test") as tx:
        assert tx.settings_version == before + 1
        actor, named = tx.execute(
            "SELECT actor, after ->> 'agent_name' FROM audit WHERE table_name = 'organization_settings' ORDER BY id DESC LIMIT 1"
        ).fetchall()[0]
    assert (actor, named) == (f"user:{helena.get('/v1/me')['id']}", "Bidu")


def test_whatever_the_agent_is_told_of_is_a_new_version_of_the_shop(helena: Person, database: Database) -> None:
    def version() -> int:
        with database.transaction(organization_id, "test") as tx:
            return tx.settings_version

    organization_id = organization_of(helena)
    hours = {"weekday": 0, "opens": "06:00", "closes": "07:00"}
    service = {"name": "Banho", "duration_minutes": 60, "price_cents": 7000}
    suite = {"kind": "hotel", "name": "Suíte", "capacity": 4, "daily_cents": 12_000}
    table, bia = {"name": "Mesa", "kind": "table"}, {"name": "Bia"}
    bath = made(helena.ask("POST", "/v1/services", service))["id"]
    room = made(helena.ask("POST", "/v1/room-types", suite))["id"]
    staff = made(helena.ask("POST", "/v1/staff-members", {"name": "Caio"}))["id"]
    food = made(helena.ask("POST", "/v1/products", {"name": "Ração", "price_cents": 1, "stock": 5}))["id"]
    nails = made(helena.ask("POST", "/v1/services", service | {"name": "Unhas", "is_addon": True}))["id"]
    changes: list[tuple[str, str, Any]] = [
        ("PUT", "/v1/opening-hours", {"hours": [hours]}),
        ("PUT", "/v1/special-days/2031-01-01", {"label": "Ano Novo"}),
        ("PUT", "/v1/owner-numbers", {"numbers": [{"phone": "11988887777", "name": "Ana", "is_primary": True}]}),
        ("PATCH", f"/v1/services/{bath}", {"price_cents": 8000}),
        (
            "PUT",
            f"/v1/services/{bath}/prices",
            {"prices": [{"size": "large", "price_cents": 1, "duration_minutes": 60}]},
        ),
        ("PUT", f"/v1/services/{bath}/add-ons", {"addon_ids": [nails]}),
        ("PUT", f"/v1/services/{bath}/staff", {"staff_ids": [staff]}),
        ("POST", "/v1/resources", table),
        ("POST", "/v1/staff-members", bia),
        ("PUT", f"/v1/staff-members/{staff}/hours", {"hours": [hours]}),
        ("PATCH", f"/v1/room-types/{room}", {"daily_cents": 1}),
        ("PUT", f"/v1/room-types/{room}/rates", {"rates": [{"size": "small", "daily_cents": 1}]}),
        ("PATCH", f"/v1/products/{food}", {"is_active": False}),
        ("POST", "/v1/wordings", {"kind": "closing", "text": "Até logo!"}),
    ]
    for method, path, body in changes:
        before = version()
        assert helena.ask(method, path, body).status_code < 300, path
        assert version() > before, path

    before = version()
    made(helena.ask("POST", f"/v1/products/{food}/stock-changes", {"by": -1}))
    assert version() == before


def test_null_empties_what_may_be_empty_and_leaves_the_rest(helena: Person) -> None:
    helena.ask("PATCH", "/v1/settings", {"handoff": {"score": 80}, "agent": {"fallback_message": "Já volto!"}})

    after = changed(
        helena.ask(
            "PATCH",
            "/v1/settings",
            {"handoff": {"score": None, "most_turns": None, "confidence": 50}, "agent": {"fallback_message": None}},
        )
    )

    assert (after["handoff"]["score"], after["handoff"]["most_turns"], after["handoff"]["confidence"]) == (None, 15, 50)
    assert after["agent"]["fallback_message"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"booking": {"parallel_bookings": 21}}, "booking.parallel_bookings"),
        ({"agent": {"empathy": 0}}, "agent.empathy"),
        ({"agent": {"style": "rude"}}, "agent.style"),
        ({"pace": {"human_delay_seconds": 11}}, "pace.human_delay_seconds"),
        ({"handoff": {"intents": ["anything"]}}, "handoff.intents.0"),
        ({"summaries": {"daily_at": "25:00"}}, "summaries.daily_at"),
        ({"limits": {"daily_tokens": 1}}, "limits"),
        ({"shop": {"organization_id": "x"}}, "shop.organization_id"),
        ({"shop": {}}, "shop"),
        ({}, ""),
    ],
)
def test_a_wrong_value_is_named_by_its_field(helena: Person, body: Any, field: str) -> None:
    assert field in fields(helena.ask("PATCH", "/v1/settings", body))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"shop": {"time_zone": "America/Atlantis"}}, "unknown_zone"),
        ({"shop": {"time_zone": "../../etc/passwd"}}, "unknown_zone"),
        ({"escalation": {"phone": "99999-0000"}}, "unfit_phone"),
        ({"escalation": {"phone": "not a number"}}, "unfit_phone"),
    ],
)
def test_what_only_the_rules_can_judge_is_refused_and_nothing_changes(helena: Person, body: Any, code: str) -> None:
    before = helena.get("/v1/settings")

    assert refused(helena.ask("PATCH", "/v1/settings", body | {"agent": {"name": "Bidu"}})) == (422, code)

    assert helena.get("/v1/settings") == before


def test_a_telephone_is_kept_as_numbers_are(helena: Person) -> None:
    after = changed(helena.ask("PATCH", "/v1/settings", {"escalation": {"phone": "(11) 98888-7777"}}))

    assert after["escalation"]["phone"] == "+5511988887777"


@pytest.mark.parametrize("role", ["staff", "manager"])
def test_only_an_owner_changes_settings(helena: Person, owner: psycopg.Connection, role: str) -> None:
    become(owner, helena, role)

    assert refused(helena.ask("PATCH", "/v1/settings", {"agent": {"name": "Bidu"}})) == (403, "forbidden")
    assert helena.get("/v1/settings")["agent"]["name"] == "Luna"


def test_one_shops_settings_are_not_anothers(helena: Person, people: People) -> None:
    otto = people.owner("Outra Loja")

    changed(otto.ask("PATCH", "/v1/settings", {"agent": {"name": "Otto"}, "shop": {"name": "Loja do Otto"}}))

    assert helena.get("/v1/settings")["agent"]["name"] == "Luna"
    assert helena.get("/v1/settings")["shop"]["name"] == "Patas & Cia"


def test_a_voice_is_heard_before_it_is_kept(helena: Person) -> None:
    friendly = changed(helena.ask("POST", "/v1/settings/voice-preview", {"emoji": "none", "client_type": "new"}))[
        "text"
    ]
    lively = changed(helena.ask("POST", "/v1/settings/voice-preview", {"style": "energetic", "emoji": "high"}))["text"]

    assert "Luna" in friendly
    assert "Patas & Cia" in friendly
    assert lively != friendly
    assert helena.get("/v1/settings")["agent"]["style"] == "friendly"
