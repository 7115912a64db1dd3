"""Customers over the API."""

from uuid import UUID, uuid4

import pytest

from auzap.customers import memory
from auzap.ids import ContactId
from tests import factories, factories_customers
from tests.api.at_work import Place
from tests.api.surroundings import Surroundings


def test_a_customer_is_written_down_found_and_changed(place: Place) -> None:
    made = place.post(
        "/v1/contacts",
        {
            "phone": "(11) 98765-4321",
            "name": "Ana Souza",
            "email": "Ana@Example.com",
            "tags": ["VIP"],
            "birth_date": "1990-05-17",
        },
        status=201,
    )
    profile = made["profile"]
    assert (profile["phone"], profile["email"], profile["tags"]) == ("+5511987654321", "ana@example.com", ["vip"])
    assert (made["status"], made["visits"], made["loyalty_points"], profile["source"]) == ("new", 0, 0, "staff")

    changed = place.patch(f"/v1/contacts/{profile['id']}", {"name": "Ana S.", "birth_date": None, "is_vip": True})

    assert (changed["profile"]["name"], changed["profile"]["birth_date"]) == ("Ana S.", None)
    assert (changed["profile"]["type"], changed["profile"]["email"]) == ("vip", "ana@example.com")
    assert place.get(f"/v1/contacts/{profile['id']}") == changed


def test_a_known_telephone_is_refused_with_whose_it_is(place: Place) -> None:
    ana = place.contact(phone="+5511987654321")

    answer = place.person.ask("POST", "/v1/contacts", {"phone": "11987654321"})

    assert (answer.status_code, answer.json()["code"]) == (409, "phone_known")
    assert answer.json()["details"] == {"contact_id": ana}


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", "98765-4321"), ("phone", "abc"), ("email", "ana"), ("birth_date", "31/12/1990"), ("tags", ["x" * 41])],
)
def test_a_value_that_cannot_be_is_named(place: Place, field: str, value: object) -> None:
    given = {"phone": "11987654321", field: value}

    answer = place.person.ask("POST", "/v1/contacts", given)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["details"][0]["field"].split(".")[0] == field


def test_a_contact_is_made_once_however_often_it_is_sent(place: Place) -> None:
    given = {"phone": "11987654321", "name": "Ana"}

    first = place.person.ask("POST", "/v1/contacts", given, **{"idempotency-key": "once"})
    again = place.person.ask("POST", "/v1/contacts", given, **{"idempotency-key": "once"})

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(place.get("/v1/contacts")) == 1


def test_the_list_is_found_by_words_telephone_mail_tag_type_and_keeper(place: Place, elsewhere: Place) -> None:
    ana = place.post("/v1/contacts", {"phone": "11987654321", "name": "Ana Conceição", "tags": ["banho"]})
    place.post("/v1/contacts", {"phone": "21987651234", "name": "Bruno", "email": "bruno@example.com"})
    place.patch(f"/v1/contacts/{ana['profile']['id']}", {"is_vip": True})
    elsewhere.post("/v1/contacts", {"phone": "11987654321", "name": "Ana Conceição", "tags": ["banho"]})

    def names(query: str) -> list[str]:
        return [row["name"] for row in place.get(f"/v1/contacts?{query}")]

    assert names("") == ["Bruno", "Ana Conceição"]
    assert names("sort=name") == ["Ana Conceição", "Bruno"]
    assert (
        names("search=conceicao")
        == names("search=98765-4321")
        == names("tag=BANHO")
        == names("type=vip")
        == ["Ana Conceição"]
    )
    assert names("search=bruno%40example") == names("type=new") == ["Bruno"]
    assert (
        names("search=zzz")
        == names(f"keeper_user_id={uuid4()}")
        == names("is_blocked=true")
        == names("agent_off=true")
        == []
    )


@pytest.mark.parametrize("sort", ["newest", "name"])
def test_the_list_comes_by_pages_each_customer_once(place: Place, sort: str) -> None:
    for name in ("Ana", "ana", "Élio", "", "Zeca"):
        place.contact(name)

    found = place.all_pages(f"/v1/contacts?sort={sort}")

    assert len({row["id"] for row in found}) == 5
    assert [row["id"] for row in found] == [row["id"] for row in place.get(f"/v1/contacts?sort={sort}")]


def test_a_cursor_of_another_list_is_refused(place: Place) -> None:
    for _ in range(3):
        place.contact()
    _, cursor = place.page("/v1/contacts?sort=name&limit=2")

    assert place.refused("GET", f"/v1/contacts?cursor={cursor}") == (422, "bad_cursor")
    assert place.refused("GET", "/v1/contacts?cursor=%25%25") == (422, "bad_cursor")
    assert place.refused("GET", "/v1/contacts?cursor=WyJ4Il0") == (422, "bad_cursor")


def test_an_empty_shop_has_no_customers_tags_or_duplicates(place: Place) -> None:
    assert place.page("/v1/contacts") == ([], None)
    assert place.get("/v1/contacts/tags") == []
    assert place.get("/v1/contacts/duplicates") == []
    assert place.get("/v1/contacts/statistics")["contacts"] == 0


def test_tags_are_added_counted_and_taken_away(place: Place) -> None:
    ana = place.contact()

    assert place.post(f"/v1/contacts/{ana}/tags", {"tags": ["VIP", "Banho  quinzenal"]}) == ["banho quinzenal", "vip"]
    assert place.get("/v1/contacts/tags") == [
        {"tag": "banho quinzenal", "contacts": 1},
        {"tag": "vip", "contacts": 1},
    ]
    place.delete(f"/v1/contacts/{ana}/tags?tag=vip")
    assert [row["tags"] for row in place.get("/v1/contacts")] == [["banho quinzenal"]]

    many = {"tags": [f"tag {number}" for number in range(20)]}
    assert place.refused("POST", f"/v1/contacts/{ana}/tags", many) == (422, "unfit_tags")


def test_own_fields_are_filled_in_and_judged(place: Place) -> None:
    ana = place.contact()
    with place.tx() as tx:
        tx.execute(
            "INSERT INTO custom_fields (subject, name, label, kind) VALUES ('contact', 'plano', 'Plano', 'number')"
        )

    assert place.patch(f"/v1/contacts/{ana}", {"custom": {"plano": 3}})["profile"]["custom"] == {"plano": 3}
    assert place.refused("PATCH", f"/v1/contacts/{ana}", {"custom": {"plano": "três"}}) == (422, "unfit_value")
    assert place.refused("PATCH", f"/v1/contacts/{ana}", {"custom": {"outro": 1}}) == (404, "unknown_field")


def test_a_keeper_is_somebody_of_the_team(place: Place) -> None:
    ana = place.contact()
    me = place.get("/v1/me")["id"]

    assert place.patch(f"/v1/contacts/{ana}", {"keeper_user_id": me})["profile"]["keeper_user_id"] == me
    assert [row["id"] for row in place.get(f"/v1/contacts?keeper_user_id={me}")] == [ana]
    assert place.refused("PATCH", f"/v1/contacts/{ana}", {"keeper_user_id": str(uuid4())}) == (422, "unknown_keeper")
    assert place.patch(f"/v1/contacts/{ana}", {"keeper_user_id": None})["profile"]["keeper_user_id"] is None


def test_a_customer_is_blocked_and_kept_from_the_agent(place: Place) -> None:
    ana = place.contact()

    place.put(f"/v1/contacts/{ana}/block")
    place.put(f"/v1/contacts/{ana}/agent-off")
    shown = place.get(f"/v1/contacts/{ana}")
    assert (shown["status"], shown["profile"]["agent_off"]) == ("blocked", True)

    place.delete(f"/v1/contacts/{ana}/block")
    place.delete(f"/v1/contacts/{ana}/agent-off")
    shown = place.get(f"/v1/contacts/{ana}")
    assert (shown["status"], shown["profile"]["agent_off"]) == ("new", False)


def test_consents_are_kept_and_the_last_word_counts(place: Place) -> None:
    ana = place.contact()

    place.post(f"/v1/contacts/{ana}/consents", {"purpose": "marketing", "is_given": True}, status=201)
    place.post(f"/v1/contacts/{ana}/consents", {"purpose": "marketing", "is_given": False}, status=201)

    told = place.get(f"/v1/contacts/{ana}/consents")
    assert [said["is_given"] for said in told["history"]] == [False, True]
    assert (told["standing"]["marketing"]["is_given"], told["standing"]["marketing"]["source"]) == (False, "staff")
    assert place.get(f"/v1/contacts/{ana}")["profile"]["has_opted_out"] is True


def test_what_the_agent_remembers_is_shown_and_forgotten(place: Place) -> None:
    ana = place.contact()
    with place.tx() as tx:
        memory.remember(tx, ContactId(UUID(ana)), key="preferred_period", value="manhã", source="said", now=place.now)
    (known,) = place.get(f"/v1/contacts/{ana}/memories")
    assert (known["key"], known["value"]) == ("preferred_period", "morning")

    place.delete(f"/v1/contacts/{ana}/memories/{known['id']}")

    assert place.get(f"/v1/contacts/{ana}/memories") == []
    assert place.refused("DELETE", f"/v1/contacts/{ana}/memories/{known['id']}") == (404, "not_found")


def test_likely_doubles_are_told_and_made_one(place: Place) -> None:
    ana = place.contact("Ana", phone="+5511987654321")
    double = place.contact("Ana Souza", phone="+551187654321")
    place.pet(double, "Mel")
    (pair,) = place.get("/v1/contacts/duplicates")
    assert (pair["contact_id"], pair["other_id"], pair["reason"]) == (ana, double, "phone")

    place.post(f"/v1/contacts/{ana}/merge", {"merged_id": double})

    assert [row["pet_names"] for row in place.get("/v1/contacts")] == [["Mel"]]
    assert place.refused("GET", f"/v1/contacts/{double}") == (404, "unknown_contact")
    assert place.refused("POST", f"/v1/contacts/{ana}/merge", {"merged_id": double}) == (404, "not_found")
    assert place.refused("POST", f"/v1/contacts/{ana}/merge", {"merged_id": ana}) == (404, "not_found")


def test_what_waits_for_an_answer_is_hinted_when_two_become_one(place: Place, around: Surroundings) -> None:
    ana, double = place.contact("Ana"), place.contact("Ana Souza")
    with place.tx() as tx:
        conversation_id = factories.make_conversation(tx, factories.make_account(tx), ContactId(UUID(double)))
        tx.execute("UPDATE conversations SET answer_at = app.now()")

    place.post(f"/v1/contacts/{ana}/merge", {"merged_id": double})

    assert [hint["conversation_id"] for hint in around.hints("turns")] == [str(conversation_id)]


def test_a_visit_counts_for_what_a_customer_has_been(place: Place) -> None:
    ana = place.contact()
    with place.tx() as tx:
        pet_id = factories_customers.pet(tx, ContactId(UUID(ana)))
        factories_customers.visit(tx, ContactId(UUID(ana)), pet_id, place.at(10, days=-3), cents=25_000)

    shown = place.get(f"/v1/contacts/{ana}")

    assert (shown["status"], shown["visits"], shown["mean_ticket_cents"]) == ("active", 1, 25_000)
    assert shown["loyalty_points"] == 12
    (row,) = place.get("/v1/contacts?type=returning")
    assert row["spent_cents"] == 25_000


def test_another_shops_customer_is_not_there(place: Place, elsewhere: Place) -> None:
    theirs, ours = elsewhere.contact(), place.contact()
    nobody = str(uuid4())
    for path, body in (("merge", {"merged_id": theirs}), ("tags", {"tags": ["x"]})):
        assert place.refused("POST", f"/v1/contacts/{theirs}/{path}", body)[0] == 404
    assert place.refused("POST", f"/v1/contacts/{ours}/merge", {"merged_id": theirs}) == (404, "not_found")
    consent = {"purpose": "marketing", "is_given": True}
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Minha"}),
        ("PATCH", "", {"keeper_user_id": None}),
        ("PUT", "/block", None),
        ("DELETE", "/block", None),
        ("PUT", "/agent-off", None),
        ("DELETE", "/agent-off", None),
        ("DELETE", "/tags?tag=x", None),
        ("GET", "/consents", None),
        ("POST", "/consents", consent),
        ("GET", "/memories", None),
    ):
        refused = place.refused(method, f"/v1/contacts/{theirs}{path}", body)
        assert refused == place.refused(method, f"/v1/contacts/{nobody}{path}", body) == (404, "unknown_contact")
    assert elsewhere.get(f"/v1/contacts/{theirs}")["profile"]["name"] == "Ana"


def test_staff_do_the_daily_work_and_a_merge_is_a_managers(place: Place) -> None:
    ana, double = place.contact("Ana"), place.contact("Ana")
    place.become("staff")

    assert place.patch(f"/v1/contacts/{ana}", {"notes": "gosta de café"})["profile"]["notes"] == "gosta de café"
    assert place.refused("POST", f"/v1/contacts/{ana}/merge", {"merged_id": double}) == (403, "forbidden")
    place.become("manager")
    place.post(f"/v1/contacts/{ana}/merge", {"merged_id": double})
