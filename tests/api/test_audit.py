"""The audit trail over the API: read, taken away as a file, and checked."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from auzap import runtime
from auzap.audit.heads import Archive, Head
from functions.serve_api.routes.audit import MOST_EXPORTED
from tests.api.surroundings import Surroundings
from tests.api.talking import Talk, open_talk, other_talk, talk
from tests.postgres import Place as DatabasePlace

__all__ = ["open_talk", "other_talk", "talk"]


def changed(talk: Talk, query: str) -> list[tuple[str, str]]:
    return [(row["table_name"], row["operation"]) for row in talk.place.get(f"/v1/audit?{query}")]


def test_the_trail_tells_who_changed_what_from_what_to_what(talk: Talk) -> None:
    contact = talk.place.contact("Ana")
    talk.place.patch(f"/v1/contacts/{contact}", {"name": "Ana Souza"})

    latest, first = talk.place.get(f"/v1/audit?table_name=contacts&row_id={contact}")

    assert (latest["operation"], latest["actor"], latest["row_key"]) == (
        "update",
        f"user:{talk.user_id}",
        {"id": contact},
    )
    assert (latest["before"]["name"], latest["after"]["name"]) == ("Ana", "Ana Souza")
    assert (first["operation"], first["actor"], first["before"]) == ("insert", "test", None)
    assert "salt" not in latest
    assert "digest" not in latest


def test_the_trail_is_found_by_table_row_actor_operation_and_day(talk: Talk) -> None:
    contact, other = talk.place.contact("Ana"), talk.place.contact("Bia")
    talk.place.patch(f"/v1/contacts/{contact}", {"name": "Ana Souza"})
    today = talk.place.today

    assert changed(talk, f"table_name=contacts&row_id={contact}") == [("contacts", "update"), ("contacts", "insert")]
    assert changed(talk, f"table_name=contacts&row_id={other}") == [("contacts", "insert")]
    assert changed(talk, f"table_name=contacts&actor=user:{talk.user_id}") == [("contacts", "update")]
    assert changed(talk, "table_name=contacts&operation=insert") == [("contacts", "insert")] * 2
    assert len(changed(talk, f"table_name=contacts&from_day={today}&until_day={today}")) == 3
    assert changed(talk, "until_day=2020-01-01") == changed(talk, "from_day=2099-01-01") == []
    assert changed(talk, "table_name=nothing_of_ours") == []


def test_the_trail_is_paged(talk: Talk) -> None:
    contacts = [talk.place.contact(f"Ana {number}") for number in range(5)]

    paged = talk.place.all_pages("/v1/audit?table_name=contacts")

    assert [row["row_key"]["id"] for row in paged] == contacts[::-1]


def test_a_row_without_its_table_names_the_field(talk: Talk) -> None:
    path = f"/v1/audit?row_id={talk.place.organization_id}"

    assert talk.place.refused("GET", path) == (422, "invalid")
    told = {"field": "table_name", "problem": "Diga também de que tabela é a linha."}
    assert talk.place.details("GET", path) == [told]


def test_a_row_of_another_shop_has_no_history_here(talk: Talk, other_talk: Talk) -> None:
    theirs = other_talk.place.contact("Ana")

    assert changed(talk, f"table_name=contacts&row_id={theirs}") == []
    assert changed(talk, "table_name=contacts") == []


def exported(talk: Talk, query: str = "") -> tuple[list[dict[str, str]], Any]:
    answer = talk.place.person.ask("GET", f"/v1/audit/export?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";")), answer


def test_the_trail_is_taken_away_as_a_file(talk: Talk) -> None:
    contact = talk.place.contact("Ana")

    ((row),), answer = exported(talk, "table_name=contacts")

    assert (row["table"], row["operation"], row["actor"]) == ("contacts", "insert", "test")
    assert contact in row["row"]
    assert '"name":"Ana"' in row["after"]
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert "x-cursor" not in answer.headers


def test_no_cell_of_the_file_is_run_by_a_spreadsheet(talk: Talk) -> None:
    with talk.place.tx() as tx:
        tx.execute("SELECT set_config('app.actor', '=cmd()', true), set_config('app.address', '@SUM(1)', true)")
        tx.execute("INSERT INTO contacts (name) VALUES ('Ana')")

    ((row),), _ = exported(talk, "table_name=contacts")

    assert (row["actor"], row["address"]) == ("'=cmd()", "'@SUM(1)")


def test_a_long_trail_is_taken_away_in_several_files(talk: Talk) -> None:
    talk.write(f"INSERT INTO contacts (name) SELECT 'Ana ' || n FROM generate_series(1, {MOST_EXPORTED + 1}) n")

    first, answer = exported(talk, "table_name=contacts")
    second, last = exported(talk, f"table_name=contacts&cursor={answer.headers['x-cursor']}")

    assert (len(first), len(second)) == (MOST_EXPORTED, 1)
    assert {row["id"] for row in first}.isdisjoint(row["id"] for row in second)
    assert "x-cursor" not in last.headers


def test_a_trail_that_nobody_touched_is_whole(talk: Talk) -> None:
    talk.place.contact("Ana")
    talk.write("SELECT app.seal_audit('0', 1000)")

    verified = talk.place.get("/v1/audit/verification")

    assert (verified["is_whole"], verified["segments"], verified["broken"]) == (True, 1, [])
    assert verified["sealed_until"] is not None
    assert (verified["verified_until"], verified["goes_on"]) == (1, False)


def test_a_trail_is_verified_from_where_one_was_before(talk: Talk) -> None:
    for name in ("Ana", "Bia"):
        talk.place.contact(name)
        talk.write("SELECT app.seal_audit('0', 1000)")

    parts = [talk.place.get(f"/v1/audit/verification?from_segment={since}") for since in (0, 1, 2)]

    assert [(part["verified_until"], part["goes_on"], part["segments"]) for part in parts] == [(2, False, 2)] * 3
    assert talk.place.refused("GET", "/v1/audit/verification?from_segment=-1") == (422, "invalid")


def test_a_trail_that_somebody_touched_is_not(talk: Talk, shared_database: DatabasePlace) -> None:
    talk.place.contact("Ana")
    talk.write("SELECT app.seal_audit('0', 1000)")
    with psycopg.connect(shared_database.admin) as administrator:
        administrator.execute(
            "UPDATE audit SET actor = 'nobody' WHERE organization_id = %s AND table_name = 'contacts'",
            [talk.place.organization_id],
        )

    verified = talk.place.get("/v1/audit/verification")

    assert not verified["is_whole"]
    assert [(each["segment"], each["problem"]) for each in verified["broken"]] == [(1, "changed")]


def test_a_trail_that_was_written_anew_as_a_whole_differs_from_what_is_kept_outside(
    talk: Talk, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.place.contact("Ana")
    talk.write("SELECT app.seal_audit('0', 1000)")
    bucket = around.make_bucket()
    monkeypatch.setenv("AUZAP_AUDIT_BUCKET", bucket.name)
    runtime.settings.cache_clear()
    archive = Archive(bucket.s3, bucket.name)
    archive.keep(talk.place.organization_id, Head(1, b"another digest of that segment..", datetime.now(UTC)))

    verified = talk.place.get("/v1/audit/verification")

    assert not verified["is_whole"]
    assert verified["broken"] == [{"segment": 1, "row_id": None, "problem": "rewritten"}]


@pytest.mark.parametrize("path", ["/v1/audit", "/v1/audit/export", "/v1/audit/verification"])
@pytest.mark.parametrize("role", ["staff", "manager"])
def test_the_trail_is_for_owners_alone(talk: Talk, path: str, role: str) -> None:
    talk.place.become(role)

    assert talk.place.refused("GET", path) == (403, "forbidden")
