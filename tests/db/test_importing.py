"""Importing customers: judged before anything changes, carried out once row by row, whoever is killed in between."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from typing import Any

import psycopg
import pytest

from auzap.customers import consents, custom_fields, importing, profiles
from auzap.customers.csv_files import UnreadableFile
from auzap.customers.importing import Batch, NotNow, UnknownImport
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId, ImportId, new_id
from tests import factories
from tests.db.committed import read, write
from tests.factories import PetShop, new_wa_id, say
from tests.postgres import Undone

TODAY = date(2027, 3, 10)
HEADER = "Nome;Telefone;E-mail;Nascimento;Etiquetas;Observações;Aceita novidades;Pet;Espécie;Porte"
ANA = "Ana Souza;(11) 98765-4321;ana@x.com;31/12/1990;gato, vip;Portão azul;;Rex;cão;P"


def file(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines]).encode()


def preview(tx: Tx, *lines: str, header: str = HEADER) -> ImportId:
    return importing.preview(tx, file_name="clientes.csv", data=file(*lines, header=header), today=TODAY)


def judged(tx: Tx, import_id: ImportId) -> list[tuple[str, list[str]]]:
    return [(row.outcome, row.problems) for row in importing.rows_of(tx, import_id)]


def imported(tx: Tx, *lines: str, header: str = HEADER) -> ImportId:
    import_id = preview(tx, *lines, header=header)
    importing.start(tx, import_id)
    while not importing.run_batch(tx, import_id).is_last:
        pass
    return import_id


NOTHING_MORE = Batch(0, is_last=True)


def contact(tx: Tx, columns: str = "name, phone") -> tuple[Any, ...]:
    (row,) = tx.execute(f"SELECT {columns} FROM contacts").fetchall()  # pyright: ignore[reportArgumentType]
    return row


# The preview


def test_a_preview_judges_each_row_and_changes_nothing(tx: Tx) -> None:
    factories.make_contact(tx, "Bia", phone="+5511987650000")

    import_id = preview(
        tx,
        ANA,
        "Ana;11987654321;;;;;;Thor;cão;",
        "Ana;11 98765 4321;;;;;;rex;cão;",
        "Ana;11 98765 4321;;;;;;;;",
        "Bia;(11) 98765-0000;;;;;;;;",
        "Caio;98765-1111;x;;;;;;;",
    )

    assert judged(tx, import_id) == [
        ("ready", []),
        ("ready", []),
        ("repeated", []),
        ("repeated", []),
        ("ready", ["known_customer"]),
        ("invalid", ["phone_without_area", "email_invalid"]),
    ]
    found = importing.find(tx, import_id)
    assert (found.state, found.row_count, found.outcomes) == ("previewed", 6, {"ready": 3, "repeated": 2, "invalid": 1})
    assert contact(tx) == ("Bia", "+5511987650000")


def test_a_preview_shows_what_each_column_is_taken_for(tx: Tx) -> None:
    custom_fields.define(tx, subject="contact", name="bairro", label="Bairro", kind="text")

    import_id = preview(tx, "Ana;11987654321;Centro;azul", header="Cliente;WhatsApp;Bairro;Cor")

    assert importing.find(tx, import_id).columns == [
        {"header": "Cliente", "field": "name"},
        {"header": "WhatsApp", "field": "phone"},
        {"header": "Bairro", "field": "custom:bairro"},
        {"header": "Cor", "field": None},
    ]


def test_a_file_without_telephones_has_no_row_that_is_ready(tx: Tx) -> None:
    assert judged(tx, preview(tx, "Ana", header="Nome")) == [("invalid", ["phone_missing"])]


def test_a_file_that_cannot_be_read_leaves_nothing(tx: Tx) -> None:
    with pytest.raises(UnreadableFile):
        importing.preview(tx, file_name="x.csv", data=b"", today=TODAY)

    assert tx.execute("SELECT FROM imports").rowcount == 0


def test_rows_are_read_page_by_page(tx: Tx) -> None:
    import_id = preview(tx, *(f"Ana;1198765{number:04d};;;;;;;;" for number in range(5)))

    assert [row.number for row in importing.rows_of(tx, import_id, after=2, most=2)] == [3, 4]
    assert importing.rows_of(tx, import_id, after=5) == []


# Carrying it out


def test_a_new_customer_is_made_with_all_that_the_row_says(tx: Tx) -> None:
    import_id = imported(tx, ANA)

    assert contact(tx, "name, phone, email, birth_date, tags, notes, source") == (
        *("Ana Souza", "+5511987654321", "ana@x.com", date(1990, 12, 31), ["gato", "vip"], "Portão azul", "import"),
    )
    assert tx.execute("SELECT name, species, size FROM pets").fetchall() == [("Rex", "dog", "small")]
    (row,) = importing.rows_of(tx, import_id)
    assert (row.outcome, row.contact_id) == ("created", contact(tx, "id")[0])
    assert importing.find(tx, import_id).state == "done"


def test_a_customer_with_two_pets_has_two_rows(tx: Tx) -> None:
    import_id = imported(tx, ANA, "Ana;11987654321;;;;;;Thor;cão;G")

    assert tx.execute("SELECT name, size FROM pets ORDER BY name").fetchall() == [("Rex", "small"), ("Thor", "large")]
    assert [row.outcome for row in importing.rows_of(tx, import_id)] == ["created", "updated"]


def test_an_update_adds_and_never_erases(tx: Tx) -> None:
    imported(tx, ANA)
    tx.execute("UPDATE contacts SET address = 'Rua A'")

    imported(tx, "Ana S.;11987654321;;;banho;Liga à tarde;;Rex;cão;", "x;2;;;;;;;;")
    imported(tx, ";11987654321;;;;Portão azul;;;;")

    assert contact(tx, "name, email, birth_date, address, tags, notes") == (
        *("Ana S.", "ana@x.com", date(1990, 12, 31), "Rua A", ["banho", "gato", "vip"], "Portão azul\nLiga à tarde"),
    )
    assert tx.execute("SELECT name, size FROM pets").fetchall() == [("Rex", "small")]


def test_a_row_that_calls_a_known_pet_another_species_says_that_the_known_one_was_kept(tx: Tx) -> None:
    imported(tx, ANA)

    again = imported(tx, "Ana;11987654321;;;;;;Rex;gato;P", "Bia;11987650000;;;;;;Mimi;gato;")

    first, second = importing.rows_of(tx, again)
    assert (first.outcome, first.problems) == ("updated", ["known_customer", "pet_species_kept"])
    assert (second.outcome, second.problems) == ("created", [])
    assert tx.execute("SELECT name, species FROM pets ORDER BY name").fetchall() == [("Mimi", "cat"), ("Rex", "dog")]
    assert "outra espécie, que foi mantida" in importing.export(tx, again, locale="pt-BR").decode()


def test_whoever_has_written_from_that_number_is_not_made_again(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    write(database, shop, "UPDATE contacts SET phone = NULL")

    with database.transaction(shop.organization_id, "test") as tx:
        import_id = preview(tx, f"Ana;{wa_id};;;;;;;;")
        assert judged(tx, import_id) == [("ready", ["known_customer"])]
        importing.start(tx, import_id)
        importing.run_batch(tx, import_id)

    assert read(database, shop, "SELECT name FROM contacts") == [("Ana",)]


@pytest.mark.parametrize(
    ("said", "cell", "is_out"),
    [(None, "sim", False), (None, "não", True), (False, "sim", True), (True, "não", True), (None, "", False)],
)
def test_a_file_does_not_overrule_who_wants_no_news(tx: Tx, said: bool | None, cell: str, is_out: bool) -> None:
    contact_id = factories.make_contact(tx, "Ana", phone="+5511987654321")
    if said is not None:
        moment = tx.execute("SELECT app.now() - interval '1 day'").fetchone()
        assert moment
        consents.record(tx, contact_id, purpose="marketing", is_given=said, source="said", now=moment[0])

    imported(tx, f"Ana;11987654321;;;;;{cell};;;")

    assert contact(tx, "opted_out_at IS NOT NULL") == (is_out,)


def test_the_shops_own_fields_are_filled_in(tx: Tx) -> None:
    custom_fields.define(tx, subject="contact", name="pontos", label="Pontos", kind="number")
    header = "Telefone;Pontos"

    imported(tx, "11987654321;7", header=header)
    imported(tx, "11987654321;", header=header)

    assert contact(tx, "custom") == ({"pontos": 7.0},)


def test_a_row_that_the_database_refuses_fails_alone(tx: Tx) -> None:
    contact_id = factories.make_contact(tx, "Ana", phone="+5511987654321")
    profiles.tag(tx, contact_id, [f"etiqueta {number}" for number in range(20)])

    import_id = imported(tx, "Ana Nova;11987654321;;;mais uma;;;;;", "Bia;11987650000;;;;;;;;")

    assert judged(tx, import_id) == [("failed", ["not_stored"]), ("created", [])]
    assert tx.execute("SELECT name FROM contacts ORDER BY name").fetchall() == [("Ana",), ("Bia",)]


def test_what_is_invalid_or_repeated_is_not_carried_out(tx: Tx) -> None:
    import_id = imported(tx, ANA, ANA, "Caio;1;;;;;;;;")

    assert [row.outcome for row in importing.rows_of(tx, import_id)] == ["created", "repeated", "invalid"]
    assert contact(tx) == ("Ana Souza", "+5511987654321")


def test_an_import_is_carried_out_once(tx: Tx) -> None:
    import_id = imported(tx, ANA)
    tx.execute("UPDATE contacts SET name = 'Ana Maria'")

    assert importing.run_batch(tx, import_id) == NOTHING_MORE
    for act in (importing.start, importing.cancel):
        with pytest.raises(NotNow):
            act(tx, import_id)

    assert contact(tx) == ("Ana Maria", "+5511987654321")


def test_nothing_is_done_before_the_start_or_after_the_end(tx: Tx) -> None:
    import_id = preview(tx, ANA)
    assert importing.run_batch(tx, import_id) == NOTHING_MORE

    importing.cancel(tx, import_id)

    assert importing.run_batch(tx, import_id) == NOTHING_MORE
    assert (importing.find(tx, import_id).state, tx.execute("SELECT FROM contacts").rowcount) == ("cancelled", 0)


MANY = [f"Cliente {number};1198{number:07d};;;;;;Rex;cão;" for number in range(450)]


def begun(database: Database, shop: PetShop) -> ImportId:
    with database.transaction(shop.organization_id, "user:bia") as tx:
        import_id = preview(tx, *MANY)
        importing.start(tx, import_id)
    return import_id


def carry_out(database: Database, shop: PetShop, import_id: ImportId) -> None:
    batch = Batch(0, is_last=False)
    while not batch.is_last:
        with database.transaction(shop.organization_id, "job") as tx:
            batch = importing.run_batch(tx, import_id)


def outcomes(database: Database, shop: PetShop) -> list[tuple[str, int]]:
    return read(database, shop, "SELECT outcome, count(*)::int FROM import_rows GROUP BY 1 ORDER BY 1")  # pyright: ignore[reportReturnType]


def test_whoever_comes_after_a_kill_goes_on_where_it_stopped(
    database: Database, connect: Callable[[], Database], shop: PetShop
) -> None:
    import_id = begun(database, shop)
    dying = connect()
    with dying.transaction(shop.organization_id, "job") as tx:
        assert importing.run_batch(tx, import_id) == Batch(100, is_last=False)
    with suppress(Undone), dying.transaction(shop.organization_id, "job") as tx:
        importing.run_batch(tx, import_id)
        raise Undone
    assert outcomes(database, shop) == [("created", 100), ("ready", 350)]

    carry_out(database, shop, import_id)

    assert outcomes(database, shop) == [("created", 450)]
    assert read(database, shop, "SELECT count(*), count(DISTINCT phone) FROM contacts") == [(450, 450)]
    assert read(database, shop, "SELECT state, finished_at IS NOT NULL, actor FROM imports") == [
        ("done", True, "user:bia")
    ]


def test_two_who_carry_out_one_import_do_each_row_once(
    database: Database, connect: Callable[[], Database], shop: PetShop
) -> None:
    import_id = begun(database, shop)
    workers = [connect(), connect()]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: carry_out(worker, shop, import_id), workers))

    assert outcomes(database, shop) == [("created", 450)]
    assert read(database, shop, "SELECT count(*) FROM pets") == [(450,)]


def test_one_customer_in_two_imports_at_once_is_one(
    database: Database, connect: Callable[[], Database], shop: PetShop
) -> None:
    imports = [begun(database, shop) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda wanted: carry_out(connect(), shop, wanted), imports))

    assert outcomes(database, shop) == [("created", 450), ("updated", 450)]
    assert read(database, shop, "SELECT count(*) FROM contacts") == [(450,)]


# What came of it


@pytest.mark.parametrize(
    ("locale", "separator", "words"),
    [
        ("pt-BR", ";", ["cliente cadastrado", "não será importada"]),
        ("en", ",", ["customer added", "will not be imported"]),
    ],
)
def test_the_result_is_a_file_with_words_and_without_formulas(
    tx: Tx, locale: str, separator: str, words: list[str]
) -> None:
    import_id = imported(tx, "=1+1;11987654321;;;;@obs;;;;", "Caio;98765-1111;;;;;;;;")

    data = importing.export(tx, import_id, locale=locale)

    header, first, second = csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=separator)
    assert (header[0], len(header)) == ("Nome", 12)
    assert (first[0], first[1], first[5], first[10]) == ("'=1+1", "11987654321", "'@obs", words[0])
    assert second[10] == words[1]
    assert second[11]
    # As data it is what it was.
    assert contact(tx, "name, notes") == ("=1+1", "@obs")


def test_an_exported_file_can_be_imported_again(tx: Tx) -> None:
    first = imported(tx, ANA, "+Bia;11987650000;;;;;;;;")

    again = importing.preview(
        tx, file_name="de novo.csv", data=importing.export(tx, first, locale="pt-BR"), today=TODAY
    )

    assert judged(tx, again) == [("ready", ["known_customer"])] * 2
    assert importing.rows_of(tx, again)[1].values.get("name") == "+Bia"


def test_an_import_of_another_shop_is_unknown(
    owner: psycopg.Connection, connect: Callable[[], Database], tx: Tx
) -> None:
    with connect().transaction(factories.make_organization(owner), "test") as other:
        theirs = preview(other, ANA)

    assert importing.rows_of(tx, theirs) == []
    for stranger in (theirs, ImportId(new_id())):
        for act in (importing.find, importing.start, importing.cancel, importing.run_batch):
            with pytest.raises(UnknownImport):
                act(tx, stranger)


def test_customers_of_another_shop_are_not_known_here(
    owner: psycopg.Connection, connect: Callable[[], Database], tx: Tx
) -> None:
    with connect().transaction(factories.make_organization(owner), "test") as other:
        theirs = ContactId(factories.make_contact(other, "Ana", phone="+5511987654321"))

    import_id = imported(tx, ANA)

    assert [(row.outcome, row.problems) for row in importing.rows_of(tx, import_id)] == [("created", [])]
    assert contact(tx, "id") != (theirs,)
