"""A database that refuses, and a worker that dies in the middle of a batch: nothing is half done, and all of it comes again."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
from psycopg import sql

from tests.functions.house import House
from tests.functions.outside.model import answer


def texts(house: House) -> list[str]:
    return [text for (text,) in house.rows("SELECT text FROM messages ORDER BY id")]


@contextmanager
def no_more_connections(house: House) -> Generator[None]:
    """All that the database admits are taken; whoever has one keeps it."""
    limit = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
    with psycopg.connect(house.place.admin, autocommit=True) as administrator:
        administrator.execute(limit.format(sql.Identifier(house.place.name), 0))
        yield
        administrator.execute(limit.format(sql.Identifier(house.place.name), -1))


@contextmanager
def a_full_disk(house: House) -> Generator[None]:
    """The last of a message's rows finds no place any more."""
    with psycopg.connect(house.place.owner, autocommit=True) as owner:
        owner.execute(
            """
            CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN RAISE EXCEPTION ''could not extend file: No space left on device'' USING ERRCODE = ''53100''; END';
            GRANT EXECUTE ON FUNCTION public.full_disk() TO auzap_app;
            CREATE TRIGGER full_disk BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION public.full_disk();
            """
        )
        yield
        owner.execute("DROP FUNCTION public.full_disk() CASCADE")


type Fault = Callable[[House], AbstractContextManager[None]]

FAULTS = pytest.mark.parametrize("fault", [no_more_connections, a_full_disk])


@FAULTS
def test_a_message_waits_for_a_database_that_has_no_room(lonely_house: House, fault: Fault) -> None:
    house = lonely_house
    ana = house.person()
    house.hear(ana, "primeira")
    house.says(ana, "segunda")

    with fault(house):
        refused = [invocation for _ in range(6) for invocation in house.work("inbound")]
        assert [len(invocation.failed) for invocation in refused] == [1] * 6
        assert texts(house) == ["primeira"]
        assert house.rows("SELECT count(*) FROM message_keys") == [(1,)]
    (stored,) = house.work("inbound")

    assert stored.failed == []
    assert texts(house) == ["primeira", "segunda"]
    assert house.one("SELECT unread_count FROM conversations") == 2
    assert not house.installation.aws.of("PUT object")


@FAULTS
def test_a_customer_is_answered_once_when_there_is_room_again(lonely_house: House, fault: Fault) -> None:
    house = lonely_house
    house.outside.model.script = [answer("Pode sim!")]
    house.hear(house.person(), "Posso levar meu gato?")

    with fault(house):
        (refused,) = house.work("turns")
        assert len(refused.failed) == 1
        assert house.rows("SELECT kind FROM outbox") == []
    for queue in ("turns", "outbox"):
        assert [invocation.failed for invocation in house.work(queue)] == [[]]

    assert house.outside.texts == ["Pode sim!"]
    assert house.rows("SELECT kind FROM staff_tasks") == []


def test_a_worker_that_dies_over_a_batch_is_given_all_of_it_again(house: House) -> None:
    for name in ("Ana", "Bruno", "Carla"):
        house.says(house.person(name), f"Oi, aqui é {name}")
    house.failpoint = "after_record"

    (died,) = house.work("inbound")
    assert died.was_killed
    assert texts(house) == ["Oi, aqui é Ana"]
    (again,) = house.work("inbound")

    assert again.failed == []
    assert texts(house) == ["Oi, aqui é Ana", "Oi, aqui é Bruno", "Oi, aqui é Carla"]
    assert house.rows("SELECT count(*) FROM conversations WHERE unread_count = 1") == [(3,)]
    assert len(house.traffic.hints("turns")) == 3
