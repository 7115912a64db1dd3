"""Long work: one worker at a time, each batch with its place, and whoever comes next goes on there."""

import csv
import io
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap.customers import custom_fields, importing
from auzap.db.connection import Database
from auzap.ids import ImportId, JobId, new_id
from auzap.jobs import asking, contact_export, contact_import, data_export
from auzap.jobs.asking import FILES_LIVE, Job, JobOver, UnknownJob
from auzap.media.bucket import Bucket
from tests import factories
from tests.db.committed import read, write
from tests.db.long_work import come, objects
from tests.factories import PetShop
from tests.postgres import Clock

STATE = "SELECT state, done, total, attempts, problem FROM jobs"
IMPORTS = ("contact_import",)
EXPORTS: tuple[asking.Kind, ...] = ("contact_export", "data_export")


class Died(Exception):
    """As if the machine had gone."""


def begin(database: Database, shop: PetShop, ask: Callable[..., Job], *about: Any) -> JobId:
    with database.transaction(shop.organization_id, "user:bia") as tx:
        return ask(tx, *about).id


def import_of(database: Database, shop: PetShop, rows: int) -> tuple[ImportId, JobId]:
    lines = "".join(f"Cliente {number},1198{number:07d}\n" for number in range(rows))
    with database.transaction(shop.organization_id, "user:bia") as tx:
        day = tx.execute("SELECT app.now()::date").fetchone()
        assert day
        data = f"nome,telefone\n{lines}".encode()
        import_id = importing.preview(tx, file_name="clientes.csv", data=data, today=day[0])
        return import_id, contact_import.start(tx, import_id).id


def customers(database: Database, shop: PetShop, number: int) -> None:
    write(database, shop, "INSERT INTO contacts (name) SELECT 'Cliente ' || n FROM generate_series(1, %s) n", number)


def state(database: Database, shop: PetShop) -> tuple[Any, ...]:
    (row,) = read(database, shop, STATE)
    return row


# One worker, and the next


def test_an_import_is_carried_out_batch_by_batch_and_each_is_told(
    database: Database, bucket: Bucket, shop: PetShop
) -> None:
    _, job_id = import_of(database, shop, 450)
    seen: list[tuple[Any, ...]] = []

    worked = come(database, bucket, shop.organization_id, job_id, tell=lambda: seen.append(state(database, shop)[:3]))

    assert (worked.outcome, worked.kind) == ("done", "contact_import")
    assert seen == [("running", done, 450) for done in (100, 200, 300, 400)]
    assert state(database, shop) == ("done", 450, 450, 0, None)
    assert read(database, shop, "SELECT state FROM imports") == [("done",)]


def test_a_worker_that_dies_leaves_its_batch_undone_and_the_next_goes_on(
    database: Database, bucket: Bucket, shop: PetShop, clock: Clock
) -> None:
    _, job_id = import_of(database, shop, 450)

    def die() -> None:
        raise Died

    with pytest.raises(Died):
        come(database, bucket, shop.organization_id, job_id, tell=die)
    # Until the lease is over nobody knows that it is dead.
    assert come(database, bucket, shop.organization_id, job_id).outcome == "skipped"
    clock.move(timedelta(seconds=71))
    assert come(database, bucket, shop.organization_id, job_id).outcome == "done"

    assert state(database, shop)[:3] == ("done", 450, 450)
    assert read(database, shop, "SELECT count(*), count(DISTINCT phone) FROM contacts") == [(450, 450)]


def test_out_of_time_it_is_put_down_for_whoever_comes_next(database: Database, bucket: Bucket, shop: PetShop) -> None:
    _, job_id = import_of(database, shop, 450)

    outcomes = [come(database, bucket, shop.organization_id, job_id, has_time=lambda: False).outcome for _ in range(6)]

    assert outcomes == [*["unfinished"] * 4, "done", "skipped"]
    assert state(database, shop)[:3] == ("done", 450, 450)


def test_a_worker_whose_lease_ran_out_undoes_what_another_one_has_done(
    database: Database, connect: Callable[[], Database], bucket: Bucket, shop: PetShop, clock: Clock
) -> None:
    """Both believe that the job is theirs; the later claim is right."""
    _, job_id = import_of(database, shop, 450)

    def overtake() -> None:
        clock.move(timedelta(seconds=71))
        later.append(come(connect(), bucket, shop.organization_id, job_id).outcome)

    later: list[str] = []
    first = come(database, bucket, shop.organization_id, job_id, tell=overtake)

    assert (first.outcome, later) == ("overtaken", ["done"])
    assert state(database, shop)[:3] == ("done", 450, 450)
    assert read(database, shop, "SELECT count(*) FROM contacts") == [(450,)]


def test_after_five_failures_in_a_row_it_has_failed_in_words(
    database: Database, bucket: Bucket, shop: PetShop, clock: Clock
) -> None:
    job_id = begin(database, shop, contact_export.ask)
    away = Bucket(bucket.s3, "no-such-bucket")

    for _ in range(5):
        with suppress(Exception):
            come(database, away, shop.organization_id, job_id)
        clock.move(timedelta(seconds=71))
    assert state(database, shop)[0] == "running"
    assert come(database, away, shop.organization_id, job_id).outcome == "failed"

    assert state(database, shop)[0] == "failed"
    assert state(database, shop)[4] == "given_up"
    assert come(database, bucket, shop.organization_id, job_id).outcome == "skipped"


def test_a_batch_that_was_kept_forgets_the_failures_before_it(
    database: Database, bucket: Bucket, shop: PetShop
) -> None:
    _, job_id = import_of(database, shop, 450)
    write(database, shop, "UPDATE jobs SET attempts = 4")

    assert come(database, bucket, shop.organization_id, job_id, has_time=lambda: False).outcome == "unfinished"

    assert state(database, shop) == ("running", 100, 450, 0, None)


def test_one_that_was_called_off_goes_no_further(
    database: Database, connect: Callable[[], Database], bucket: Bucket, shop: PetShop
) -> None:
    import_id, job_id = import_of(database, shop, 450)

    def call_off() -> None:
        with connect().transaction(shop.organization_id, "user:bia") as tx:
            contact_import.cancel(tx, import_id)

    assert come(database, bucket, shop.organization_id, job_id, tell=call_off).outcome == "overtaken"

    assert state(database, shop)[:2] == ("cancelled", 100)
    assert read(database, shop, "SELECT count(*) FROM contacts") == [(100,)]
    assert read(database, shop, "SELECT state FROM imports") == [("cancelled",)]


def test_an_import_that_is_gone_is_a_reason_for_people(database: Database, bucket: Bucket, shop: PetShop) -> None:
    with database.transaction(shop.organization_id, "user:bia") as tx:
        job_id = asking.begin(tx, "contact_import", new_id()).id

    assert come(database, bucket, shop.organization_id, job_id).outcome == "failed"

    assert state(database, shop)[4] == "unknown_import"


# Asked for


def test_asked_for_while_it_is_under_way_it_is_the_same_work(database: Database, bucket: Bucket, shop: PetShop) -> None:
    first, second = (begin(database, shop, contact_export.ask) for _ in range(2))
    come(database, bucket, shop.organization_id, first)

    assert first == second
    assert begin(database, shop, contact_export.ask) != first


def test_what_is_over_is_not_called_off(database: Database, shop: PetShop) -> None:
    job_id = begin(database, shop, contact_export.ask)
    with database.transaction(shop.organization_id, "user:bia") as tx:
        assert asking.cancel(tx, job_id, EXPORTS).state == "cancelled"
        with pytest.raises(JobOver):
            asking.cancel(tx, job_id, EXPORTS)


def test_another_shops_work_is_not_there(
    database: Database, bucket: Bucket, shop: PetShop, other_shop: PetShop
) -> None:
    theirs = begin(database, other_shop, contact_export.ask)

    assert come(database, bucket, shop.organization_id, theirs).outcome == "skipped"
    with database.transaction(shop.organization_id, "test") as tx:
        assert asking.page(tx, EXPORTS, before=None, most=10) == []
        for act in (asking.find, asking.cancel):
            with pytest.raises(UnknownJob):
                act(tx, theirs, EXPORTS)


def test_work_of_another_kind_is_not_shown_as_this(database: Database, shop: PetShop) -> None:
    job_id = begin(database, shop, contact_export.ask)
    with database.transaction(shop.organization_id, "test") as tx, pytest.raises(UnknownJob):
        asking.find(tx, job_id, ("erasure",))


def test_it_is_asked_for_and_ended_in_the_trail(database: Database, bucket: Bucket, shop: PetShop) -> None:
    come(database, bucket, shop.organization_id, begin(database, shop, contact_export.ask))

    told = "SELECT actor, after ->> 'state', after ->> 'kind' FROM audit WHERE table_name = 'jobs' ORDER BY id"
    assert read(database, shop, told) == [
        ("user:bia", "waiting", "contact_export"),
        ("jobs", "running", "contact_export"),
        ("user:bia", "done", "contact_export"),
    ]


def test_a_file_is_there_for_a_week(database: Database, bucket: Bucket, shop: PetShop, clock: Clock) -> None:
    job_id = begin(database, shop, contact_export.ask)
    come(database, bucket, shop.organization_id, job_id)
    with database.transaction(shop.organization_id, "test") as tx:
        job = asking.find(tx, job_id, EXPORTS)

    assert job.file(clock.now()) == job.object_key
    assert job.file(clock.now() + FILES_LIVE) is None


# All customers


def table_of(s3: Any, shop: PetShop, separator: str = ";") -> list[dict[str, str]]:
    (made,) = objects(s3, f"exports/{shop.organization_id}").values()
    assert made.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(made.decode("utf-8-sig")), delimiter=separator))


def test_the_table_has_a_row_for_each_pet_and_no_cell_that_a_spreadsheet_runs(
    database: Database, bucket: Bucket, shop: PetShop, s3: Any
) -> None:
    with database.transaction(shop.organization_id, "user:bia") as tx:
        custom_fields.define(tx, subject="contact", name="bairro", label="Bairro", kind="text")
        ana = factories.make_contact(tx, "=HYPERLINK(1)", phone="+5511987654321")
        tx.execute(
            "UPDATE contacts SET tags = '{vip,gato}', custom = '{\"bairro\": \"Centro\"}', opted_out_at = app.now() WHERE id = %s",
            [ana],
        )
        factories.make_pet(tx, ana, "Mel", species="cat")
        factories.make_pet(tx, ana, "Rex")
        factories.make_contact(tx, "Bruno")

    come(database, bucket, shop.organization_id, begin(database, shop, contact_export.ask))

    rows = table_of(s3, shop)
    assert [(row["Nome"], row["Pet"], row["Espécie"], row["Porte"]) for row in rows] == [
        ("'=HYPERLINK(1)", "Mel", "gato", "pequeno"),
        ("'=HYPERLINK(1)", "Rex", "cachorro", "pequeno"),
        ("Bruno", "", "", ""),
    ]
    first = rows[0]
    assert (first["Telefone"], first["Etiquetas"], first["Aceita novidades"], first["Bairro"]) == (
        *("'+5511987654321", "vip, gato", "não", "Centro"),
    )


def test_what_was_exported_can_be_imported_again(
    database: Database, bucket: Bucket, shop: PetShop, s3: Any, clock: Clock
) -> None:
    with database.transaction(shop.organization_id, "user:bia") as tx:
        ana = factories.make_contact(tx, "Ana", phone="+5511987654321")
        factories.make_pet(tx, ana, "Mel", species="cat", size="medium")
    come(database, bucket, shop.organization_id, begin(database, shop, contact_export.ask))
    (made,) = objects(s3, f"exports/{shop.organization_id}").values()

    with database.transaction(shop.organization_id, "user:bia") as tx:
        import_id = importing.preview(tx, file_name="de novo.csv", data=made, today=clock.now().date())
        (row,) = importing.rows_of(tx, import_id)

    assert (row.outcome, row.problems) == ("ready", ["known_customer"])
    assert row.values.get("pet", {}).get("size") == "medium"


def test_an_english_shop_has_an_english_table(database: Database, bucket: Bucket, shop: PetShop, s3: Any) -> None:
    write(database, shop, "UPDATE organization_settings SET locale = 'en'")
    customers(database, shop, 1)

    come(database, bucket, shop.organization_id, begin(database, shop, contact_export.ask))

    assert table_of(s3, shop, ",")[0]["Name"] == "Cliente 1"


def test_a_shop_without_customers_has_a_table_without_rows(
    database: Database, bucket: Bucket, shop: PetShop, s3: Any
) -> None:
    come(database, bucket, shop.organization_id, begin(database, shop, contact_export.ask))

    assert table_of(s3, shop) == []
    assert state(database, shop)[:3] == ("done", 0, 0)


def test_a_table_of_many_is_made_of_parts_each_customer_once_whoever_dies(
    database: Database, bucket: Bucket, shop: PetShop, s3: Any, clock: Clock, other_shop: PetShop
) -> None:
    customers(database, shop, 1_200)
    customers(database, other_shop, 3)
    job_id = begin(database, shop, contact_export.ask)

    def die() -> None:
        raise Died

    deaths = 0
    while state(database, shop)[0] != "done":
        try:
            come(database, bucket, shop.organization_id, job_id, tell=die)
        except Died:
            deaths += 1
        clock.move(timedelta(seconds=71))

    assert deaths == 3
    names = [row["Nome"] for row in table_of(s3, shop)]
    assert (len(names), len(set(names))) == (1_200, 1_200)
    assert state(database, shop)[:3] == ("done", 1_200, 1_200)


def test_customers_who_come_meanwhile_are_in_it_too(database: Database, bucket: Bucket, shop: PetShop, s3: Any) -> None:
    customers(database, shop, 600)
    job_id = begin(database, shop, contact_export.ask)
    come(database, bucket, shop.organization_id, job_id, has_time=lambda: False)
    customers(database, shop, 50)

    come(database, bucket, shop.organization_id, job_id)

    assert len(table_of(s3, shop)) == 650
    assert state(database, shop)[:3] == ("done", 650, 650)


def test_a_part_over_which_somebody_died_is_dropped(
    database: Database, bucket: Bucket, shop: PetShop, s3: Any, clock: Clock
) -> None:
    customers(database, shop, 2)
    job_id = begin(database, shop, contact_export.ask)
    left = f"exports/{shop.organization_id}/{job_id}/left.part"
    bucket.put(left, b"half a part", content_type="text/csv")
    write(database, shop, "UPDATE jobs SET place = jsonb_build_object('writing', %s::text)", left)

    come(database, bucket, shop.organization_id, job_id)

    assert len(table_of(s3, shop)) == 2


def test_an_export_that_was_called_off_leaves_no_whole_file(
    database: Database, connect: Callable[[], Database], bucket: Bucket, shop: PetShop, s3: Any
) -> None:
    customers(database, shop, 2)
    job_id = begin(database, shop, contact_export.ask)

    def call_off() -> None:
        with connect().transaction(shop.organization_id, "user:bia") as tx:
            asking.cancel(tx, job_id, EXPORTS)

    assert come(database, bucket, shop.organization_id, job_id, tell=call_off).outcome == "overtaken"

    assert not [name for name in objects(s3, f"exports/{shop.organization_id}") if name.endswith(".csv")]


# One person


def test_one_persons_data_is_one_document_however_much_it_is(
    database: Database, bucket: Bucket, shop: PetShop, s3: Any, owner: psycopg.Connection
) -> None:
    recorded = factories.say(database, shop, "Oi, sou a Ana")
    write(
        database,
        shop,
        """
        INSERT INTO messages (conversation_id, sender, kind, text, provider_at)
        SELECT %s, 'customer', 'text', 'Mensagem ' || n, app.now() FROM generate_series(1, 1200) n
        """,
        recorded.conversation_id,
    )
    factories.say(database, shop, "Sou outra pessoa")
    ((contact_id,),) = read(
        database, shop, "SELECT contact_id FROM conversations WHERE id = %s", recorded.conversation_id
    )

    come(database, bucket, shop.organization_id, begin(database, shop, data_export.ask, contact_id))

    (made,) = objects(s3, f"exports/{shop.organization_id}").values()
    told = json.loads(made)
    assert list(told) == list(data_export.TABLES)
    texts = [message["text"] for message in told["messages"]]
    assert (len(texts), len(set(texts))) == (1_201, 1_201)
    assert "Sou outra pessoa" not in texts
    assert [row["id"] for row in told["contacts"]] == [str(contact_id)]
    assert "organization_id" not in told["contacts"][0]
    assert told["pets"] == []


def test_somebody_who_is_gone_has_no_data(database: Database, bucket: Bucket, shop: PetShop) -> None:
    with database.transaction(shop.organization_id, "user:bia") as tx:
        job_id = data_export.ask(tx, factories.make_contact(tx)).id
        tx.execute("DELETE FROM contacts")

    assert come(database, bucket, shop.organization_id, job_id).outcome == "failed"

    assert state(database, shop)[4] == "unknown_contact"


def test_every_kind_and_every_problem_has_its_step_and_its_words() -> None:
    from auzap import texts
    from functions.run_job.handler import STEPS

    assert set(STEPS) == {"contact_import", "contact_export", "data_export", "erasure"}
    for words in texts.JOB_PROBLEMS.values():
        assert set(words) == set(asking.PROBLEMS)
    for headers in texts.EXPORT_HEADERS.values():
        wanted = {*contact_export.CONTACT_COLUMNS, *(f"pet_{column}" for column in contact_export.PET_COLUMNS)}
        assert set(headers) == wanted
