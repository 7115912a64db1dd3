"""Files of customers as all kinds of programs write them, and what a line of one means."""

import csv
import io
from datetime import date
from typing import Any, get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap import phone, texts
from auzap.customers import csv_files, import_rows
from auzap.customers.csv_files import FORMULA, UnreadableFile
from auzap.customers.custom_fields import CustomField
from auzap.customers.importing import KNOWN_CUSTOMER, SPECIES_KEPT, Outcome
from auzap.text import clean

TODAY = date(2027, 3, 10)
PEOPLE = [["Nome", "Telefone", "Observações"], ["José Ação", "(11) 98765-4321", "diz: “olá”"]]

# Files


def as_csv(lines: list[list[str]], separator: str = ";") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(lines)
    return out.getvalue()


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_whatever_its_program_wrote(encoding: str, separator: str) -> None:
    table = csv_files.read(as_csv(PEOPLE, separator).encode(encoding))

    assert [table.headers, *table.rows] == PEOPLE
    assert table.separator == separator


def test_latin_letters_are_read_where_they_are_no_utf_8() -> None:
    table = csv_files.read("Nome;Telefone\nConceição;11987654321\n".encode("latin-1"))

    assert table.rows == [["Conceição", "11987654321"]]


@pytest.mark.parametrize("first", ["sep=,\r\n", "sep=,\n"])
def test_a_line_that_says_the_separator_is_believed(first: str) -> None:
    table = csv_files.read(f'{first}"a;b;c",d\nx,y\n'.encode())

    assert (table.headers, table.rows) == (["a;b;c", "d"], [["x", "y"]])


def test_separators_inside_of_quotation_marks_do_not_count() -> None:
    table = csv_files.read(b'"Nome; sobrenome; apelido",Telefone\n"Souza; Ana",1\n')

    assert (table.separator, table.rows) == (",", [["Souza; Ana", "1"]])


def test_empty_lines_are_none_and_short_lines_are_filled() -> None:
    table = csv_files.read(b"\n\nnome;telefone;obs\n\nAna;1\n;;\nBia;2;x;y\n")

    assert table.rows == [["Ana", "1", ""], ["Bia", "2", "x", "y"]]


def test_a_line_break_inside_of_a_cell_is_part_of_it() -> None:
    assert csv_files.read(b'nome;obs\r\nAna;"um\r\ndois"\r\n').rows == [["Ana", "um\r\ndois"]]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no_rows"),
        (b"nome;telefone\n", "no_rows"),
        (b"\xff\xfe", "no_rows"),
        (b"\xff\xfe\x00", "unreadable"),
        (b"nome\n" + b"x\n" * 5001, "too_many_rows"),
        (b";".join([b"a"] * 101) + b"\nx", "too_many_columns"),
        (b"nome\n" + b"x" * 4001, "cell_too_long"),
        (b'nome\n"' + b"x" * 200_000, "unreadable"),
        (b"x" * (5 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(data: bytes, problem: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        csv_files.read(data)

    assert refused.value.problem == problem


def test_as_many_rows_as_there_may_be_are_read() -> None:
    assert len(csv_files.read(b"nome\n" + b"x\n" * 5000).rows) == 5000


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    try:
        table = csv_files.read(data)
    except UnreadableFile:
        return
    assert all(len(row) >= len(table.headers) for row in table.rows)
    assert not any("\x00" in cell for row in table.rows for cell in row)


# Letters that make trouble, in cells that are as reading leaves them.
NASTY = st.text(st.sampled_from([*"abç;,\t\"'\n\r=+-@|\\1９＝＠", "\u200b", "\ufeff"]), max_size=8).filter(
    lambda cell: csv_files.unguarded(cell.strip()) == cell
)


@given(st.lists(st.lists(NASTY, min_size=2, max_size=2), min_size=1, max_size=5), st.sampled_from(csv_files.SEPARATORS))
def test_what_we_write_is_run_by_no_spreadsheet_and_reads_as_it_was(cells: list[list[str]], separator: str) -> None:
    written = csv_files.write(["a", "b"], [["x", "y"], *cells], separator=separator)

    raw = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), delimiter=separator))
    assert not any(cell.startswith(FORMULA) for row in raw for cell in row)
    assert csv_files.read(written).rows == [["x", "y"], *(row for row in cells if any(row))]


@pytest.mark.parametrize("cell", ["=1+1", "+5511987654321", "-2", "@SUM(A1)", "\t=1", "＝1", '=cmd|"/c calc"!A1'])
def test_a_cell_that_a_spreadsheet_would_run_is_guarded(cell: str) -> None:
    assert csv_files.guarded(cell) == f"'{cell}"
    assert csv_files.unguarded(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["Ana", "", "'quoted'", "1-2", " =1"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert csv_files.guarded(cell) == csv_files.unguarded(cell) == cell


# Telephones


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("(11) 98765-4321", "+5511987654321"),
        ("11 98765.4321", "+5511987654321"),
        ("011987654321", "+5511987654321"),
        ("11 8765-4321", "+5511987654321"),
        ("(11) 3456-7890", "+551134567890"),
        ("+55 11 98765-4321", "+5511987654321"),
        ("0055 11 98765 4321", "+5511987654321"),
        ("5511987654321", "+5511987654321"),
        ("551187654321", "+5511987654321"),
        ("55 99123-4567", "+5555991234567"),
        ("'+5511987654321", "+5511987654321"),
        ("11\u00a098765\u20114321", "+5511987654321"),
        ("+351 912 345 678", "+351912345678"),
        ("+1 (415) 555-2671", "+14155552671"),
    ],
)
def test_a_telephone_is_kept_in_one_form(said: str, kept: str) -> None:
    assert phone.written(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        *(
            "",
            "abc",
            "123",
            "11",
            "10 98765-4321",
            "(20) 98765-4321",
            "11 18765-4321",
            "11 90765-4321",
            "11 98765-43210",
        ),
        *("+55 9876-543", "+0 11 98765", "11 98765-4321 r. 5", "１１９８７６５４３２１", "+", "55", "119876543219876"),
    ],
)
def test_what_is_no_telephone_is_none(said: str) -> None:
    try:
        assert phone.written(said) is None
    except phone.NoArea:
        pytest.fail("a number without its area is a number")


@pytest.mark.parametrize("said", ["98765-4321", "8765-4321", "987654321"])
def test_a_number_without_its_area_is_nobodys(said: str) -> None:
    with pytest.raises(phone.NoArea):
        phone.written(said)


AREAS = st.sampled_from(sorted(phone.AREAS))


@given(
    AREAS,
    st.integers(20_000_000, 99_999_999),
    st.lists(st.sampled_from(["", " ", "-", ".", "(", ")"]), min_size=12, max_size=12),
)
def test_a_brazilian_line_is_one_number_however_it_is_written(area: str, line: int, between: list[str]) -> None:
    digits = f"{area}{line}"
    spelled = "".join(a + b for a, b in zip(digits, between, strict=False))

    kept = phone.written(spelled)

    assert kept == phone.written(f"+55 {spelled}") == phone.written(f"0{digits}") == phone.written(f"55{digits}")
    assert kept is not None
    assert phone.written(kept) == kept
    ninth = "9" if str(line)[0] not in phone.LANDLINE and str(line)[0] not in "01" else ""
    assert kept == f"+55{area}{ninth}{line}"


@given(st.text(max_size=20))
def test_any_text_is_a_telephone_or_none(text: str) -> None:
    try:
        kept = phone.written(text)
    except phone.NoArea:
        return
    assert kept is None or phone.e164(kept) == kept


# Columns and lines


def own(name: str, label: str, kind: Any = "text", choices: list[str] | None = None) -> CustomField:
    return CustomField(uuid4(), "contact", name, label, kind, choices or [], 0)


def test_columns_are_known_by_what_people_call_them() -> None:
    headers = [
        "NOME COMPLETO",
        "Celular",
        "E-mail",
        "Data de Nascimento",
        "Endereço",
        "Raça",
        "Cor preferida",
        "phone",
        "Bairro",
    ]

    assert import_rows.mapped(headers, [own("bairro", "Bairro")]) == [
        *("name", "phone", "email", "birth_date", "address", "pet_breed", None, None, "custom:bairro"),
    ]


@pytest.mark.parametrize("field", import_rows.HEADERS)
def test_every_name_of_a_column_is_found_again(field: import_rows.Field) -> None:
    for name in import_rows.HEADERS[field]:
        assert import_rows.mapped([name.upper()], []) == [field], name


def line(**cells: str) -> import_rows.Read:
    told = {"phone": "11987654321", **cells}
    return import_rows.read(list(told), list(told.values()), [], TODAY)


def test_a_line_is_read_whole() -> None:
    read = line(
        name="Ana", email="ANA@x.com", birth_date="31/12/1990", address="Rua A", tags="VIP, gato;vip", notes="oi", marketing="Sim",
        pet_name="Rex", pet_species="Cão", pet_breed="SRD", pet_size="P", pet_birth_date="2024-05-31",
    )  # fmt: skip

    assert read.problems == []
    assert read.values == {
        "phone": "+5511987654321",
        "name": "Ana",
        "email": "ana@x.com",
        "birth_date": "1990-12-31",
        "address": "Rua A",
        "tags": ["gato", "vip"],
        "notes": "oi",
        "marketing": True,
        "pet": {"name": "Rex", "species": "dog", "breed": "SRD", "size": "small", "birth_date": "2024-05-31"},
    }


WRONG: list[tuple[dict[str, str], list[str]]] = [
    ({"phone": ""}, ["phone_missing"]),
    ({"phone": "98765-4321"}, ["phone_without_area"]),
    ({"phone": "abc"}, ["phone_invalid"]),
    ({"name": "x" * 121}, ["name_too_long"]),
    ({"address": "x" * 301}, ["address_too_long"]),
    ({"notes": "x" * 4001}, ["notes_too_long"]),
    ({"email": "ana"}, ["email_invalid"]),
    ({"email": "ana@x"}, ["email_invalid"]),
    ({"birth_date": "31/02/1990"}, ["birth_date_invalid"]),
    ({"birth_date": "11/03/2027"}, ["birth_date_invalid"]),
    ({"birth_date": "01/01/1850"}, ["birth_date_invalid"]),
    ({"birth_date": "ontem"}, ["birth_date_invalid"]),
    ({"tags": ",".join(map(str, range(21)))}, ["tags_invalid"]),
    ({"tags": "x" * 41}, ["tags_invalid"]),
    ({"marketing": "talvez"}, ["marketing_invalid"]),
    ({"pet_species": "cão"}, ["pet_name_missing"]),
    ({"pet_name": "Rex"}, ["pet_species_missing"]),
    ({"pet_name": "Rex", "pet_species": "dragão"}, ["pet_species_unknown"]),
    ({"pet_name": "cachorro", "pet_species": "cão"}, ["pet_name_invalid"]),
    ({"pet_name": "R$ 1,00", "pet_species": "cão"}, ["pet_name_invalid"]),
    ({"pet_name": "Rex", "pet_species": "cão", "pet_breed": "x.com.br"}, ["pet_breed_invalid"]),
    ({"pet_name": "Rex", "pet_species": "cão", "pet_size": "XXG"}, ["pet_size_unknown"]),
    ({"pet_name": "Rex", "pet_species": "cão", "pet_birth_date": "1/13/2024"}, ["pet_birth_date_invalid"]),
    ({"phone": "", "email": "x", "marketing": "?"}, ["phone_missing", "email_invalid", "marketing_invalid"]),
]


@pytest.mark.parametrize(("cells", "problems"), WRONG)
def test_what_is_wrong_with_a_line_has_a_name(cells: dict[str, str], problems: list[str]) -> None:
    assert line(**cells).problems == problems


def test_more_cells_than_columns_are_a_problem_and_empty_ones_are_none() -> None:
    assert import_rows.read(["phone"], ["11987654321", "", ""], [], TODAY).problems == []
    assert import_rows.read(["phone"], ["11987654321", "x"], [], TODAY).problems == ["too_many_cells"]


def test_the_shops_own_fields_are_read_as_their_kind() -> None:
    fields = [
        *(own("bairro", "Bairro"), own("pontos", "Pontos", "number"), own("desde", "Desde", "date")),
        *(own("avisa", "Avisa", "boolean"), own("plano", "Plano", "choice", ["Ouro", "Prata"])),
    ]
    columns = ["phone", *(f"custom:{field.name}" for field in fields)]

    good = import_rows.read(columns, ["11987654321", "Centro", "7,5", "31/12/2030", "sim", "ouro"], fields, TODAY)
    bad = import_rows.read(columns, ["11987654321", "Centro", "sete", "", "", ""], fields, TODAY)

    assert good.values["custom"] == {
        "bairro": "Centro",
        "pontos": 7.5,
        "desde": "2030-12-31",
        "avisa": True,
        "plano": "Ouro",
    }
    assert bad.problems == ["custom_invalid"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("05/03/2020", date(2020, 3, 5)),
        ("5.3.20", date(2020, 3, 5)),
        ("5-3-71", date(1971, 3, 5)),
        ("2020-03-05", date(2020, 3, 5)),
        ("2020-03-05 00:00:00", date(2020, 3, 5)),
        ("29/02/2024", date(2024, 2, 29)),
        ("29/02/2023", None),
        ("03/25/2020", None),
        ("5/3", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_it_is_written_in_brazil(text: str, expected: date | None) -> None:
    assert import_rows.day(text, TODAY) == expected


@given(st.dates(date(1908, 1, 1), TODAY))
def test_a_written_date_is_the_date(born: date) -> None:
    assert import_rows.day(f"{born:%d/%m/%Y}", TODAY) == import_rows.day(born.isoformat(), TODAY) == born


CELL = st.one_of(
    st.text(max_size=30).map(clean), st.sampled_from(["11987654321", "sim", "31/12/1990", "cão", "Rex", "=1+1"])
)


@given(st.dictionaries(st.sampled_from([*import_rows.HEADERS]), CELL))
def test_any_line_is_good_or_has_problems_with_names(cells: dict[str, str]) -> None:
    read = import_rows.read(list(cells), list(cells.values()), [], TODAY)

    assert {*read.problems} <= {*get_args(import_rows.Problem.__value__)}
    assert (read.phone is None) == any(problem.startswith("phone") for problem in read.problems)


@pytest.mark.parametrize("locale", texts.IMPORT_WORDS)
def test_everything_that_an_import_says_has_words(locale: str) -> None:
    names = {
        *get_args(import_rows.Problem.__value__),
        *get_args(csv_files.Problem.__value__),
        *get_args(Outcome.__value__),
        *("result", "problems", "not_stored", KNOWN_CUSTOMER, SPECIES_KEPT),
    }

    assert texts.IMPORT_WORDS[locale].keys() == names
