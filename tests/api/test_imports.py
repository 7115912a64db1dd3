"""Files of customers over the API."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from auzap.aws.client import AwsClient
from auzap.customers import csv_files
from auzap.ids import JobId
from auzap.jobs.working import work
from auzap.media.bucket import Bucket
from functions.run_job.handler import STEPS
from tests.api.at_work import Place
from tests.api.surroundings import Surroundings

FILE = "Nome;Telefone;Pet;Espécie\nAna;(11) 98765-4321;Mel;cachorro\nBruno;abc;;\n".encode("cp1252")


def send(place: Place, data: bytes, *, name: str = "clientes.csv", key: str = "") -> Any:
    headers = {
        "authorization": f"Bearer {place.person.token}",
        "idempotency-key": key or uuid4().hex,
        "content-type": "application/octet-stream",
    }
    return place.person.client.request("POST", f"/v1/imports?file_name={name}", content=data, headers=headers)


def previewed(place: Place, data: bytes = FILE) -> dict[str, Any]:
    answer = send(place, data)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def test_a_file_is_judged_row_by_row_before_anything_changes(place: Place) -> None:
    made = previewed(place)

    assert (made["file_name"], made["state"], made["row_count"]) == ("clientes.csv", "previewed", 2)
    assert made["outcomes"] == {"ready": 1, "invalid": 1}
    assert [column["field"] for column in made["columns"]] == ["name", "phone", "pet_name", "pet_species"]
    assert place.get("/v1/contacts") == []
    rows = place.all_pages(f"/v1/imports/{made['id']}/rows")
    assert [(row["number"], row["outcome"], row["problems"]) for row in rows] == [
        (1, "ready", []),
        (2, "invalid", ["phone_invalid"]),
    ]


def carry_out(place: Place, made: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    """As run_job does on the hint; what the import is then."""
    begun = place.post(f"/v1/imports/{made['id']}/run", status=202)
    hint = {"organization_id": str(place.organization_id), "job_id": begun["id"]}
    assert around.hints("jobs")[-1] == hint
    nothing = Bucket(AwsClient("s3"), "of-no-use")
    job_id = JobId(UUID(begun["id"]))
    work(place.database, nothing, place.organization_id, job_id, STEPS, has_time=lambda: True, tell=lambda: None)
    return place.get(f"/v1/imports/{made['id']}")


def test_it_is_run_and_its_result_is_a_file(place: Place, around: Surroundings) -> None:
    made = previewed(place)

    done = carry_out(place, made, around)

    assert (done["state"], done["outcomes"]) == ("done", {"created": 1, "invalid": 1})
    assert [(row["name"], row["pet_names"]) for row in place.get("/v1/contacts")] == [("Ana", ["Mel"])]
    answer = place.person.ask("GET", f"/v1/imports/{made['id']}/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    table = csv_files.read(answer.content)
    assert [row[:2] for row in table.rows] == [["Ana", "(11) 98765-4321"], ["Bruno", "abc"]]
    assert place.refused("POST", f"/v1/imports/{made['id']}/run") == (409, "not_now")
    assert place.refused("POST", f"/v1/imports/{made['id']}/cancellation") == (409, "not_now")


def test_to_run_it_again_while_it_runs_is_the_same_work(place: Place) -> None:
    made = previewed(place)

    first, again = (place.post(f"/v1/imports/{made['id']}/run") for _ in range(2))

    assert first == again
    assert (first["kind"], first["subject"], first["state"], first["done"], first["total"]) == (
        *("contact_import", made["id"], "waiting", 0, 1),
    )
    assert place.get(f"/v1/imports/{made['id']}")["state"] == "running"


def test_one_that_runs_is_cancelled_with_its_work(place: Place) -> None:
    made = previewed(place)
    place.post(f"/v1/imports/{made['id']}/run")

    place.post(f"/v1/imports/{made['id']}/cancellation")

    with place.tx() as tx:
        assert tx.execute("SELECT state FROM jobs").fetchall() == [("cancelled",)]


def test_an_import_is_cancelled(place: Place) -> None:
    made = previewed(place)

    assert place.post(f"/v1/imports/{made['id']}/cancellation")["state"] == "cancelled"

    assert place.refused("POST", f"/v1/imports/{made['id']}/run") == (409, "not_now")
    assert [row["state"] for row in place.get("/v1/imports")] == ["cancelled"]


@pytest.mark.parametrize(("data", "problem"), [(b"nome\n", "no_rows"), (b"\xff\xfe\x00", "unreadable")])
def test_a_file_that_cannot_be_read_is_refused_with_why(place: Place, data: bytes, problem: str) -> None:
    answer = send(place, data)

    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")
    assert answer.json()["details"] == {"problem": problem}
    assert place.get("/v1/imports") == []


def test_a_file_that_is_too_large_or_none_at_all_is_refused(place: Place) -> None:
    assert send(place, b"x" * (csv_files.MOST_BYTES + 1)).status_code == 422
    assert send(place, b"").status_code == 422


def test_a_file_that_is_sent_again_is_judged_once(place: Place) -> None:
    first, again = (send(place, FILE, key="once").json()["data"]["id"] for _ in range(2))

    assert first == again
    assert send(place, FILE + b"\n", key="once").json()["code"] == "key_reused"
    assert len(place.get("/v1/imports")) == 1


def test_imports_come_by_pages_the_latest_first(place: Place, elsewhere: Place) -> None:
    made = [previewed(place)["id"] for _ in range(3)]

    assert [row["id"] for row in place.all_pages("/v1/imports")] == made[::-1]
    assert elsewhere.get("/v1/imports") == []


def test_imports_are_a_managers(place: Place) -> None:
    made = previewed(place)
    place.become("staff")

    assert send(place, FILE).json()["code"] == "forbidden"
    assert place.refused("POST", f"/v1/imports/{made['id']}/run") == (403, "forbidden")
    place.become("manager")
    place.post(f"/v1/imports/{made['id']}/run")


def test_another_shops_import_is_not_there(place: Place, elsewhere: Place) -> None:
    theirs, nobody = previewed(elsewhere)["id"], str(uuid4())
    for method, path in (
        ("GET", ""),
        ("GET", "/rows"),
        ("GET", "/export"),
        ("POST", "/run"),
        ("POST", "/cancellation"),
    ):
        refused = place.refused(method, f"/v1/imports/{theirs}{path}")
        assert refused == place.refused(method, f"/v1/imports/{nobody}{path}") == (404, "unknown_import")
    assert elsewhere.get(f"/v1/imports/{theirs}")["state"] == "previewed"
