"""Leads and the pipeline over the API."""

from datetime import timedelta

import pytest

from tests.api.talking import Talk, open_talk, other_talk, talk
from tests.factories import new_wa_id

__all__ = ["open_talk", "other_talk", "talk"]


def lead(talk: Talk, *, stage: str = "new", score: int = 10) -> str:
    return talk.lead(talk.say(wa_id=new_wa_id()), stage=stage, score=score)


def listed(talk: Talk, query: str = "") -> list[str]:
    return [row["contact_id"] for row in talk.place.page(f"/v1/leads{query}")[0]]


def stage(talk: Talk, name: str, **kind: bool) -> str:
    columns = talk.place.post("/v1/pipeline-stages", {"name": name, **kind}, status=201)
    return next(column["stage"]["id"] for column in columns if column["stage"]["name"] == name)


def names(talk: Talk) -> list[tuple[str, int]]:
    return [(column["stage"]["name"], column["leads"]) for column in talk.place.get("/v1/pipeline-stages")]


def test_a_new_shop_has_no_leads_and_no_stages(talk: Talk) -> None:
    assert talk.place.page("/v1/leads") == ([], None)
    assert talk.place.get("/v1/pipeline-stages") == []


def test_the_warmest_come_first_over_all_pages(talk: Talk) -> None:
    cold, hot, warm = (lead(talk, score=score) for score in (5, 90, 40))
    other_warm = lead(talk, score=40)

    paged = [row["contact_id"] for row in talk.place.all_pages("/v1/leads")]

    assert paged == [hot, other_warm, warm, cold]


def test_or_those_who_wrote_last(talk: Talk) -> None:
    leads = [lead(talk, score=90 - number) for number in range(3)]
    for number, contact in enumerate(leads):
        ago = timedelta(hours=number)
        talk.write("UPDATE leads SET last_contact_at = app.now() - %s WHERE contact_id = %s", ago, contact)
    talk.write("UPDATE leads SET last_contact_at = app.now() - interval '9 hours' WHERE contact_id = %s", leads[0])

    assert [row["contact_id"] for row in talk.place.all_pages("/v1/leads?sort=latest")] == [
        leads[1],
        leads[2],
        leads[0],
    ]


def test_leads_are_found_by_what_they_are(talk: Talk) -> None:
    hot, plain = lead(talk, stage="hot"), lead(talk)
    won = stage(talk, "Orçamento")
    talk.place.put(f"/v1/leads/{hot}/pipeline-stage", {"pipeline_stage_id": won})
    talk.place.patch(f"/v1/leads/{hot}", {"is_priority": True, "needs_review": True, "assigned_user_id": talk.user_id})

    assert (
        listed(talk, "?stage=hot") == listed(talk, "?is_priority=true") == listed(talk, "?needs_review=true") == [hot]
    )
    assert listed(talk, f"?pipeline_stage_id={won}") == [hot]
    assert listed(talk, "?pipeline_stage_id=none") == [plain]
    assert listed(talk, "?assigned_user_id=me") == listed(talk, f"?assigned_user_id={talk.user_id}") == [hot]
    assert set(listed(talk, "?stage=hot&stage=new")) == {hot, plain}
    assert listed(talk, "?stage=lost") == []


def test_a_lead_is_shown_with_where_it_is_talked_to(talk: Talk) -> None:
    place = talk.say(wa_id="5511987654321", name="Ana")
    contact = talk.lead(place, stage="hot", score=70)

    shown = talk.place.get(f"/v1/leads/{contact}")

    assert (shown["contact_name"], shown["stage"], shown["score"]) == ("Ana", "hot", 70)
    assert shown["conversation_id"] == place


def test_what_happens_to_a_lead_is_told_by_whom(talk: Talk) -> None:
    contact = lead(talk)
    first, sold = stage(talk, "Orçamento"), stage(talk, "Vendido", is_won=True)
    talk.place.patch(f"/v1/leads/{contact}", {"assigned_user_id": talk.user_id})
    talk.place.put(f"/v1/leads/{contact}/pipeline-stage", {"pipeline_stage_id": first})
    moved = talk.place.put(f"/v1/leads/{contact}/pipeline-stage", {"pipeline_stage_id": sold})
    talk.place.patch(f"/v1/leads/{contact}", {"assigned_user_id": None})

    events = talk.place.all_pages(f"/v1/leads/{contact}/events")

    assert moved["stage"] == "converted"
    assert [event["kind"] for event in events] == [
        "unassigned",
        "converted",
        "stage_change",
        "pipeline_stage_moved",
        "pipeline_stage_moved",
        "assigned",
    ]
    assert {event["created_by"] for event in events} == {f"agent:{talk.user_id}"}
    assert names(talk) == [("Orçamento", 0), ("Vendido", 1)]


def test_a_lead_is_sold_or_lost_with_a_reason(talk: Talk) -> None:
    contact = lead(talk)

    lost = talk.place.post(f"/v1/leads/{contact}/outcome", {"outcome": "lost", "reason": "Mudou de cidade"})
    sold = talk.place.post(f"/v1/leads/{contact}/outcome", {"outcome": "converted"})

    assert (lost["stage"], sold["stage"], sold["converted_at"] is not None) == ("lost", "converted", True)
    assert talk.one("SELECT detail ->> 'reason' FROM lead_events WHERE kind = 'lost'") == "Mudou de cidade"


def test_stages_are_named_arranged_and_removed(talk: Talk) -> None:
    first, second = stage(talk, "Novo"), stage(talk, "Orçamento")
    contact = lead(talk)
    talk.place.put(f"/v1/leads/{contact}/pipeline-stage", {"pipeline_stage_id": first})

    talk.place.put("/v1/pipeline-stages/order", {"stage_ids": [second, first]})
    talk.place.put(f"/v1/pipeline-stages/{second}", {"name": "Proposta", "colour": "#2A9D8F"})
    assert names(talk) == [("Proposta", 0), ("Novo", 1)]
    assert talk.place.get("/v1/pipeline-stages")[0]["stage"]["colour"] == "#2a9d8f"

    talk.place.delete(f"/v1/pipeline-stages/{first}")
    assert talk.place.get(f"/v1/leads/{contact}")["pipeline_stage_id"] is None


def test_a_stage_is_refused_for_its_name_and_its_meaning(talk: Talk) -> None:
    stage(talk, "Novo")

    def refused(**given: object) -> tuple[int, str]:
        return talk.place.refused("POST", "/v1/pipeline-stages", given)

    assert refused(name="NOVO") == (409, "name_taken")
    assert refused(name="Fim", is_won=True, is_lost=True) == (422, "unusable_stage")
    assert refused(name="Fim", colour="azul") == (422, "invalid")
    assert refused(name="") == (422, "invalid")


def test_nothing_of_another_shops_leads_is_seen_or_touched(talk: Talk, other_talk: Talk) -> None:
    theirs, their_stage = lead(other_talk), stage(other_talk, "Novo")
    mine = lead(talk)

    assert listed(talk) == [mine]
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"is_priority": True}),
        ("PATCH", "", {"assigned_user_id": None}),
        ("GET", "/events", None),
        ("POST", "/outcome", {"outcome": "lost"}),
        ("PUT", "/pipeline-stage", {"pipeline_stage_id": stage(talk, "Minha")}),
    ):
        assert talk.place.refused(method, f"/v1/leads/{theirs}{path}", body) == (404, "unknown_lead")
    moved = talk.place.refused("PUT", f"/v1/leads/{mine}/pipeline-stage", {"pipeline_stage_id": their_stage})
    assert moved == (404, "unknown_stage")
    assert talk.place.refused("DELETE", f"/v1/pipeline-stages/{their_stage}") == (404, "not_found")
    renamed = talk.place.refused("PUT", f"/v1/pipeline-stages/{their_stage}", {"name": "Meu"})
    assert renamed == (404, "unknown_stage")
    assert names(other_talk) == [("Novo", 0)]


def test_a_lead_is_given_to_nobody_of_another_shop(talk: Talk, other_talk: Talk) -> None:
    refused = talk.place.refused("PATCH", f"/v1/leads/{lead(talk)}", {"assigned_user_id": str(other_talk.colleague())})

    assert refused == (404, "not_a_member")


def test_the_owners_people_are_no_leads(talk: Talk) -> None:
    contact = talk.lead(talk.say(wa_id="5511987654321"))
    talk.write("INSERT INTO authorized_owner_numbers (phone, name) VALUES ('+5511987654321', 'Helena')")

    assert listed(talk) == []
    assert contact


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/pipeline-stages", {"name": "Novo"}),
        ("PUT", "/v1/pipeline-stages/order", {"stage_ids": ["0192f0c1-0000-7000-8000-000000000000"]}),
        ("PUT", "/v1/pipeline-stages/0192f0c1-0000-7000-8000-000000000000", {"name": "Novo"}),
        ("DELETE", "/v1/pipeline-stages/0192f0c1-0000-7000-8000-000000000000", None),
    ],
)
def test_staff_move_leads_and_do_not_make_the_stages(talk: Talk, method: str, path: str, body: object) -> None:
    novo, contact = stage(talk, "Novo"), lead(talk)
    talk.place.become("staff")

    assert talk.place.refused(method, path, body) == (403, "forbidden")
    moved = talk.place.put(f"/v1/leads/{contact}/pipeline-stage", {"pipeline_stage_id": novo})
    assert moved["pipeline_stage_id"] == novo
