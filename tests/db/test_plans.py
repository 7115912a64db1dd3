"""Plans are made for a big shop, and by indexes."""

import psycopg

from tests.postgres import Place

NOT_EXPECTED = """
SELECT p.polrelid::regclass::text FROM pg_policy p
JOIN pg_attribute a ON a.attrelid = p.polrelid AND a.attname = 'organization_id'
WHERE p.polname = 'tenant' AND a.attoptions IS DISTINCT FROM '{n_distinct=10}'
"""


def test_every_table_of_the_shops_expects_big_ones(production_like: Place) -> None:
    with psycopg.connect(production_like.owner) as owner:
        assert owner.execute(NOT_EXPECTED).fetchall() == []


def test_a_partition_that_is_made_later_expects_them_too(production_like: Place) -> None:
    with psycopg.connect(production_like.owner) as owner:
        before = owner.execute("SELECT count(*) FROM pg_inherits").fetchone()
        owner.execute("CALL app.create_partitions('messages', 12)")

        assert owner.execute("SELECT count(*) FROM pg_inherits").fetchone() != before
        assert owner.execute(NOT_EXPECTED).fetchall() == []
        owner.rollback()


def test_the_application_reads_no_table_whole(production_like: Place) -> None:
    with psycopg.connect(production_like.app) as application:
        assert application.execute("SHOW enable_seqscan").fetchone() == ("off",)
