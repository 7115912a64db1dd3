"""Files of customers over the API."""

from typing import Any
from uuid import uuid4

import pytest

from auzap.customers import csv_files, importing
from tests.api.at_work import Place

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


def test_it_is_run_and_its_result_is_a_file(place: Place) -> None:
    made = previewed(place)

    done = place.post(f"/v1/imports/{made['id']}/run")

    assert (done["state"], done["outcomes"]) == ("done", {"created": 1, "invalid": 1})
    assert [(row["name"], row["pet_names"]) for row in place.get("/v1/contacts")] == [("Ana", ["Mel"])]
    answer = place.person.ask("GET", f"/v1/imports/{made['id']}/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    table = csv_files.read(answer.content)
    assert [row[:2] for row in table.rows] == [["Ana", "(11) 98765-4321"], ["Bruno", "abc"]]
    assert place.refused("POST", f"/v1/imports/{made['id']}/run") == (409, "not_now")
    assert place.refused("POST", f"/v1/imports/{made['id']}/cancellation") == (409, "not_now")


def test_a_long_file_is_run_in_parts(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 2)
    lines = "".join(f"Cliente {number},1198765432{number}\n" for number in range(5))
    made = previewed(place, f"nome,telefone\n{lines}".encode())

    path = f"/v1/imports/{made['id']}/run"
    states = [(each["state"], each["outcomes"].get("ready", 0)) for each in (place.post(path) for _ in range(3))]

    assert states == [("running", 3), ("running", 1), ("done", 0)]
    assert len(place.get("/v1/contacts")) == 5


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
