"""run_job: long work goes on where it stopped, and a person who is forgotten while the house is at work stays forgotten."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from auzap.aws.client import AwsClient
from auzap.customers import importing
from auzap.ids import ContactId, JobId
from auzap.jobs import contact_export, contact_import, erasure
from auzap.jobs.asking import Job
from auzap.jobs.working import work
from auzap.media.bucket import Bucket
from functions.run_job.handler import STEPS
from tests.functions.house import MEDIA_BUCKET, House
from tests.functions.outside.model import Answer, Asked, answer
from tests.functions.sandbox import Invocation

ROWS = 450


def begin(house: House, ask: Callable[..., Job], *about: Any) -> JobId:
    """As somebody of the shop asks for it, and its hint lies on the queue."""
    with house.database.transaction(house.organization_id, "user:bia") as tx:
        job_id = ask(tx, *about).id
    house.traffic.put("jobs", json.dumps(hint(house, job_id)))
    return job_id


def hint(house: House, job_id: JobId) -> dict[str, str]:
    return {"organization_id": str(house.organization_id), "job_id": str(job_id)}


def begin_import(house: House, rows: int = ROWS) -> JobId:
    lines = "".join(f"Cliente {number},1198{number:07d}\n" for number in range(rows))
    with house.database.transaction(house.organization_id, "user:bia") as tx:
        import_id = importing.preview(
            tx, file_name="clientes.csv", data=f"nome,telefone\n{lines}".encode(), today=house.clock.now().date()
        )
    return begin(house, contact_import.start, import_id)


def state(house: House) -> tuple[Any, ...]:
    (row,) = house.rows("SELECT state, done, total FROM jobs")
    return row


def outcomes(*invocations: Invocation) -> list[str]:
    lines = [line for each in invocations for line in each.output.splitlines() if '"Job": 1' in line]
    return [json.loads(line)["outcome"] for line in lines]


def files(house: House) -> dict[str, bytes]:
    s3 = house.installation.clients["s3"]
    prefixes = [f"{folder}/{house.organization_id}/" for folder in ("exports", "media")]
    found = [
        each
        for prefix in prefixes
        for each in s3.list_objects_v2(Bucket=MEDIA_BUCKET, Prefix=prefix).get("Contents", [])
    ]
    return {each["Key"]: s3.get_object(Bucket=MEDIA_BUCKET, Key=each["Key"])["Body"].read() for each in found}


def check_import(house: House) -> None:
    assert state(house) == ("done", ROWS, ROWS)
    assert house.rows("SELECT count(*), count(DISTINCT phone) FROM contacts") == [(ROWS, ROWS)]
    assert house.rows("SELECT outcome, count(*) FROM import_rows GROUP BY 1") == [("created", ROWS)]


def test_an_import_is_carried_out_and_the_panel_hears_of_it(house: House) -> None:
    begin_import(house)

    invocations = house.work("jobs")

    assert outcomes(*invocations) == ["done"]
    check_import(house)
    assert house.traffic.hints("changes")
    told = house.rows("SELECT operation FROM changes WHERE table_name = 'jobs' ORDER BY id")
    # It is claimed, four batches are kept, and the last one ends it.
    assert [row[0] for row in told] == ["insert", *["update"] * 6]


@pytest.mark.parametrize("point", ["before_batch_is_kept", "after_batch"])
def test_a_worker_that_is_killed_in_the_middle_loses_nothing_and_does_no_row_again(
    lonely_house: House, point: str
) -> None:
    house = lonely_house
    begin_import(house)
    house.failpoint = point

    invocations = house.traffic.pass_time(timedelta(minutes=10), sweeping=True)

    assert sum(invocation.was_killed for invocation in invocations) == 1
    check_import(house)
    assert len(house.traffic.take("jobs")) == 0


def test_a_hint_that_comes_twice_finds_nothing_to_do(house: House) -> None:
    job_id = begin_import(house)
    house.traffic.put("jobs", json.dumps(hint(house, job_id)))

    assert outcomes(*house.work("jobs")) == ["done", "skipped"]

    check_import(house)


def test_a_hint_that_was_lost_is_renewed(lonely_house: House) -> None:
    house = lonely_house
    begin_import(house)
    house.traffic.take("jobs")

    house.traffic.pass_time(timedelta(minutes=2), sweeping=True)

    check_import(house)


def test_before_its_time_is_over_it_stops_and_asks_for_another_one(house: House) -> None:
    begin_import(house)

    first = house.work("jobs", seconds=15)
    later = [outcomes(*house.work("jobs", seconds=15)) for _ in range(4)]

    assert (outcomes(*first), later) == (["unfinished"], [*[["unfinished"]] * 3, ["done"]])
    check_import(house)


def test_what_is_no_hint_fails_by_itself(house: House) -> None:
    house.traffic.put("jobs", "nothing")
    begin_import(house)

    broken, whole = house.work("jobs")

    assert (len(broken.failed), whole.failed) == (1, [])
    check_import(house)


def test_a_job_of_which_every_worker_dies_has_failed_after_five(lonely_house: House) -> None:
    house = lonely_house
    begin(house, contact_export.ask)
    house.installation.aws.refuse("PUT object")

    house.traffic.pass_time(timedelta(minutes=45), sweeping=True)

    assert house.rows("SELECT state, problem FROM jobs") == [("failed", "given_up")]
    assert house.rows("SELECT count(*) FROM dead_letters") == [(0,)]
    # Every attempt named its own part, and none is left behind.
    assert files(house) == {}


def test_a_shop_that_is_suspended_waits(house: House) -> None:
    begin_import(house)
    house.suspend()

    assert outcomes(*house.work("jobs")) == ["skipped"]


def test_a_table_of_all_customers_lies_in_the_bucket(house: House) -> None:
    house.hear(house.person("Ana Souza"))
    begin(house, contact_export.ask)

    house.work("jobs")

    ((name, content),) = files(house).items()
    assert name.endswith(".csv")
    assert house.one("SELECT object_key FROM jobs") == name
    assert b"Ana Souza" in content


# Forgotten


def contact_of(house: House) -> ContactId:
    return ContactId(house.one("SELECT DISTINCT contact_id FROM conversations"))


def erase_at_once(house: House, contact_id: ContactId) -> None:
    """In another sandbox, while this one is at work."""
    files_ = Bucket(AwsClient("s3", region="sa-east-1", endpoint=house.installation.aws.url), MEDIA_BUCKET)
    with house.database.transaction(house.organization_id, "user:bia") as tx:
        job_id = erasure.ask(tx, contact_id).id
    worked = work(
        house.database, files_, house.organization_id, job_id, STEPS, has_time=lambda: True, tell=lambda: None
    )
    assert worked.outcome == "done"


def check_forgotten(house: House) -> None:
    assert house.rows("SELECT FROM messages") == []
    assert house.rows("SELECT FROM contact_identities") == []
    assert house.rows("SELECT DISTINCT content::text FROM outbox WHERE content <> '{}'") == []
    assert house.rows("SELECT state, reply_to FROM conversations") == [("closed", "")]


def test_a_person_is_forgotten_with_their_files(house: House) -> None:
    house.hear(house.person("Ana Souza"), "Olha só", kind="image")
    house.work("media")
    assert len(files(house)) == 1

    begin(house, erasure.ask, contact_of(house))
    invocations = house.work("jobs")

    assert outcomes(*invocations) == ["done"]
    check_forgotten(house)
    assert files(house) == {}


def test_a_file_that_is_still_on_its_way_leaves_none_behind(house: House) -> None:
    house.hear(house.person("Ana Souza"), "Olha só", kind="image")
    begin(house, erasure.ask, contact_of(house))
    house.work("jobs")

    (fetched,) = house.work("media")

    assert fetched.failed == []
    assert files(house) == {}


def test_a_turn_in_flight_loses_and_nobody_is_written_to(house: House) -> None:
    def think(_: Asked) -> Answer:
        erase_at_once(house, contact_of(house))
        return answer("Oi, Ana!")

    house.outside.model.script = [think]
    house.hear(house.person("Ana Souza"))

    turns = house.work("turns")
    house.traffic.pass_time(timedelta(minutes=1))

    assert [turn.failed for turn in turns] == [[]]
    check_forgotten(house)
    assert house.outside.texts == []
    assert house.rows("SELECT DISTINCT state FROM turns") == [("dropped",)]


def test_what_waits_to_be_sent_is_not_sent(house: House) -> None:
    house.reply(house.person("Ana Souza"), "O banho custa R$ 70,00.")
    begin(house, erasure.ask, contact_of(house))
    house.work("jobs")

    (sent,) = house.work("outbox")

    assert sent.failed == []
    assert house.outside.texts == []
    check_forgotten(house)


def test_the_same_number_writes_again_and_is_somebody_new(house: House) -> None:
    ana = house.person("Ana Souza")
    house.hear(ana, "Oi")
    before = contact_of(house)
    begin(house, erasure.ask, before)
    house.work("jobs")

    house.hear(ana, "Oi de novo")

    rows = house.rows("SELECT contact_id, state FROM conversations ORDER BY id")
    assert [row[1] for row in rows] == ["closed", "ai"]
    assert rows[1][0] != before
    assert house.rows("SELECT text FROM messages") == [("Oi de novo",)]


def test_a_killed_erasure_goes_on_where_it_stopped(lonely_house: House) -> None:
    house = lonely_house
    house.hear(house.person("Ana Souza"), "Olha só", kind="image")
    house.work("media")
    house.traffic.take("turns")
    begin(house, erasure.ask, contact_of(house))
    house.failpoint = "after_batch"

    invocations = house.traffic.pass_time(timedelta(minutes=10), sweeping=True)

    assert sum(invocation.was_killed for invocation in invocations) == 1
    check_forgotten(house)
    assert files(house) == {}
