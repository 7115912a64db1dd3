"""The week and the special days: replaced as a whole, by the shop's own clock, and held at once."""

from datetime import date, timedelta

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.organizations.shop import find_shop
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, organization_of, pages, refused
from tests.postgres import Clock

MORNING = {"weekday": 0, "opens": "08:00", "closes": "12:00"}
AFTERNOON = {"weekday": 0, "opens": "13:00", "closes": "18:00"}
SATURDAY = {"weekday": 5, "opens": "09:00", "closes": "14:00"}


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


def test_a_new_shop_has_a_week_and_no_special_days(helena: Person) -> None:
    assert {row["weekday"] for row in helena.get("/v1/opening-hours")} == set(range(6))
    assert helena.get("/v1/special-days") == []


def test_the_week_is_replaced_as_a_whole_and_holds_at_once(helena: Person, database: Database) -> None:
    changed(helena.ask("PUT", "/v1/opening-hours", {"hours": [AFTERNOON, SATURDAY, MORNING]}))

    after = changed(
        helena.ask("PUT", "/v1/opening-hours", {"hours": [MORNING | {"closes": "12:30"}, {**SATURDAY, "weekday": 6}]})
    )

    assert after == helena.get("/v1/opening-hours")
    assert after == [
        {"weekday": 0, "opens": "08:00:00", "closes": "12:30:00"},
        {"weekday": 6, "opens": "09:00:00", "closes": "14:00:00"},
    ]
    with database.transaction(organization_of(helena), "test") as tx:
        assert [(hours.weekday, hours.closes.hour) for hours in find_shop(tx).openings] == [(0, 12), (6, 14)]


def test_a_week_may_be_closed(helena: Person) -> None:
    helena.ask("PUT", "/v1/opening-hours", {"hours": [MORNING]})

    assert changed(helena.ask("PUT", "/v1/opening-hours", {"hours": []})) == []


@pytest.mark.parametrize(
    "hours",
    [
        [MORNING, {**AFTERNOON, "opens": "11:59"}],
        [MORNING, MORNING],
        [{**MORNING, "closes": "08:00"}],
        [{**MORNING, "opens": "18:00"}],
    ],
)
def test_hours_that_overlap_or_run_backward_are_refused_and_change_nothing(
    helena: Person, hours: list[dict[str, object]]
) -> None:
    helena.ask("PUT", "/v1/opening-hours", {"hours": [SATURDAY]})

    assert refused(helena.ask("PUT", "/v1/opening-hours", {"hours": hours})) == (422, "overlapping_hours")
    assert [row["weekday"] for row in helena.get("/v1/opening-hours")] == [5]


def test_hours_that_touch_are_fine(helena: Person) -> None:
    hours = [MORNING, {**AFTERNOON, "opens": "12:00"}]

    assert len(changed(helena.ask("PUT", "/v1/opening-hours", {"hours": hours}))) == 2


def test_an_hour_that_is_none_is_named_by_its_field(helena: Person) -> None:
    wrong = fields(
        helena.ask("PUT", "/v1/opening-hours", {"hours": [{"weekday": 7, "opens": "8h", "closes": "18:00"}]})
    )

    assert wrong == ["hours.0.opens", "hours.0.weekday"]


def test_a_special_day_is_closed_or_has_hours_of_its_own(helena: Person, database: Database, clock: Clock) -> None:
    eve, feast = clock.now().date() + timedelta(days=10), clock.now().date() + timedelta(days=11)
    changed(helena.ask("PUT", f"/v1/special-days/{feast}", {"label": "Natal"}))
    two = [{"opens": "13:00", "closes": "15:00"}, {"opens": "09:00", "closes": "12:00"}]

    shown = changed(helena.ask("PUT", f"/v1/special-days/{eve}", {"label": "Véspera", "hours": two}))

    assert [hours["opens"] for hours in shown["hours"]] == ["09:00:00", "13:00:00"]
    assert [(row["day"], row["label"], len(row["hours"])) for row in helena.get("/v1/special-days")] == [
        (str(eve), "Véspera", 2),
        (str(feast), "Natal", 0),
    ]
    with database.transaction(organization_of(helena), "test") as tx:
        shop = find_shop(tx)
    assert (len(shop.hours_on(eve)), shop.hours_on(feast)) == (2, [])


def test_a_special_day_is_said_anew_and_forgotten(helena: Person, clock: Clock) -> None:
    day = clock.now().date() + timedelta(days=3)
    helena.ask("PUT", f"/v1/special-days/{day}", {"label": "Feriado"})

    changed(
        helena.ask(
            "PUT", f"/v1/special-days/{day}", {"label": "Inventário", "hours": [{"opens": "14:00", "closes": "18:00"}]}
        )
    )
    assert [(row["label"], len(row["hours"])) for row in helena.get("/v1/special-days")] == [("Inventário", 1)]

    assert helena.ask("DELETE", f"/v1/special-days/{day}").status_code == 204
    assert helena.get("/v1/special-days") == []
    assert refused(helena.ask("DELETE", f"/v1/special-days/{day}")) == (404, "not_found")


def test_special_days_overlap_no_more_than_the_week(helena: Person) -> None:
    hours = [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "13:00"}]

    answer = helena.ask("PUT", "/v1/special-days/2031-01-01", {"label": "Ano Novo", "hours": hours})

    assert refused(answer) == (422, "overlapping_hours")


def test_special_days_come_by_pages_the_nearest_first_and_between_days(helena: Person, clock: Clock) -> None:
    first = clock.now().date()
    days = [first + timedelta(days=number) for number in range(5)]
    for day in reversed(days):
        helena.ask("PUT", f"/v1/special-days/{day}", {"label": "Reforma"})

    shown = pages(helena, "/v1/special-days", limit=2)

    assert [[row["day"] for row in page] for page in shown] == [
        [str(d) for d in days[:2]],
        [str(d) for d in days[2:4]],
        [str(days[4])],
    ]
    between = helena.get(f"/v1/special-days?from_day={days[1]}&until_day={days[3]}")
    assert [row["day"] for row in between] == [str(day) for day in days[1:4]]


@pytest.mark.parametrize("cursor", ["WzFd", "WyJ4Il0", "W10", "x"])
def test_a_cursor_of_another_list_is_refused(helena: Person, cursor: str) -> None:
    assert refused(helena.ask("GET", f"/v1/special-days?cursor={cursor}")) == (422, "bad_cursor")


def test_the_calendar_is_changed_by_managers_and_read_by_all(
    helena: Person, owner: psycopg.Connection, clock: Clock
) -> None:
    become(owner, helena, "staff")

    assert refused(helena.ask("PUT", "/v1/opening-hours", {"hours": []})) == (403, "forbidden")
    assert refused(helena.ask("PUT", "/v1/special-days/2031-01-01", {"label": "x"})) == (403, "forbidden")
    assert refused(helena.ask("DELETE", "/v1/special-days/2031-01-01")) == (403, "forbidden")
    assert len(helena.get("/v1/opening-hours")) == 6
    become(owner, helena, "manager")
    assert len(changed(helena.ask("PUT", "/v1/opening-hours", {"hours": [MORNING]}))) == 1


def test_one_shops_week_is_not_anothers(helena: Person, people: People, clock: Clock) -> None:
    otto, day = people.owner(), clock.now().date() + timedelta(days=1)
    for person, closes in ((helena, "18:00"), (otto, "20:00")):
        person.ask("PUT", "/v1/opening-hours", {"hours": [{**AFTERNOON, "closes": closes}]})
        person.ask("PUT", f"/v1/special-days/{day}", {"label": f"Até {closes}"})

    otto.ask("PUT", "/v1/opening-hours", {"hours": []})
    otto.ask("DELETE", f"/v1/special-days/{day}")

    assert [row["closes"] for row in helena.get("/v1/opening-hours")] == ["18:00:00"]
    assert [row["label"] for row in helena.get("/v1/special-days")] == ["Até 18:00"]
    assert date.fromisoformat(helena.get("/v1/special-days")[0]["day"]) == day
