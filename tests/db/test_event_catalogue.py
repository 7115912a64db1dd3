"""Every table whose changes are recorded has a name in the catalogue of events, and what it belongs to."""

import re

import psycopg

from auzap.realtime.events import KINDS

# Where the column is not called as what it names.
COLUMNS = {"channel": "channel_account_id", "training_plan": "plan_id"}
RECORDED = """
SELECT DISTINCT coalesce(nullif(split_part(encode(t.tgargs, 'escape'), '\\000', 1), ''), c.relname)
FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
WHERE f.proname IN ('record_change', 'record_change_of') AND NOT c.relispartition
"""
BRANCH = re.compile(r"WHEN told (?:IN \(([^)]*)\)|= ('\w+'))\s+THEN parent := coalesce\(NEW\.(\w+), OLD\.\w+\)")


def test_every_table_whose_changes_are_recorded_is_in_the_catalogue(owner: psycopg.Connection) -> None:
    recorded = {name for (name,) in owner.execute(RECORDED)}

    assert recorded == KINDS.keys()


def test_what_a_row_belongs_to_is_recorded_as_the_catalogue_names_it(owner: psycopg.Connection) -> None:
    ((source,),) = owner.execute("SELECT prosrc FROM pg_proc WHERE proname = 'record_change'").fetchall()
    recorded = {
        table: column
        for tables, table_alone, column in BRANCH.findall(source)
        for table in re.findall(r"\w+", tables or table_alone)
    }

    named = {table: COLUMNS.get(kind.parent, f"{kind.parent}_id") for table, kind in KINDS.items() if kind.parent}
    assert recorded == named
