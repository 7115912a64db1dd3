"""Whoever listens loses nothing, hears nothing twice and all in order, however often their socket breaks."""

import json
import random
import threading
import time
from contextlib import closing

from auzap.db.connection import Database
from auzap.realtime.entering import enter, leave
from auzap.realtime.hearing import hear
from auzap.realtime.publishing import publish
from tests.functions.house import House
from tests.functions.live import Live, Person
from tests.functions.panel import Panel

WRITERS = 4
EACH = 250
DROPS = 50
# The client asks without pausing.
MORE_THAN_EVER = 100_000


class Writer(threading.Thread):
    """Of two transactions at a time, the one that began first is committed last."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.failure: BaseException | None = None

    def _connect(self) -> Database:
        return Database(lambda: self.house.place.app)

    def run(self) -> None:
        try:
            with closing(self._connect()) as first, closing(self._connect()) as second:
                for _ in range(EACH // 2):
                    with first.transaction(self.house.organization_id, "test") as early:
                        early.execute("INSERT INTO contacts (name) VALUES ('begun first')")
                        with second.transaction(self.house.organization_id, "test") as late:
                            late.execute("INSERT INTO contacts (name) VALUES ('committed first')")
        except BaseException as failed:
            self.failure = failed
            raise


class Publisher(threading.Thread):
    """As sandboxes are woken by hints: again and again, two at once."""

    def __init__(self, live: Live, done: threading.Event) -> None:
        super().__init__()
        self.live = live
        self.done = done
        self.failure: BaseException | None = None

    def run(self) -> None:
        house = self.live.house
        try:
            with closing(Database(lambda: house.place.app)) as database:
                audience = self.live.audience(database)
                while not self.done.wait(0.005):
                    publish(audience, house.organization_id, now=time.time())
        except BaseException as failed:
            self.failure = failed
            raise


class Client:
    """A panel whose socket breaks, sometimes without a word."""

    def __init__(self, live: Live, person: Person, chance: random.Random) -> None:
        self.live = live
        self.audience = live.audience(most_frames=MORE_THAN_EVER)
        self.person = person
        self.chance = chance
        self.panel = Panel()
        self.drops = 0
        self.place = self._come()

    def listen(self) -> None:
        """What has come is heard, as far as the socket holds."""
        for frame in self.live.sockets.take(self.place):
            if question := self.panel.hear(frame):
                self._say(question)

    def heartbeat(self) -> None:
        self._say({"action": "ping"})

    def drop(self) -> None:
        """With what was on its way. The house learns of it by a word, by the next thing it tells, or when they are back."""
        self.drops += 1
        self.live.sockets.drop(self.place)
        if self.chance.random() < 0.5:
            leave(self.audience, self.place, now=time.time())
        self.place = self._come()

    def _come(self) -> str:
        place = f"c{self.drops}"
        assert enter(self.audience, place, self.live.ticket(self.person), now=time.time())
        self.live.sockets.open(place)
        self._say(self.panel.open(), place)
        return place

    def _say(self, said: dict[str, object], place: str = "") -> None:
        hear(self.audience, place or self.place, json.dumps(said), now=time.time())


def test_a_thousand_changes_are_heard_once_each_and_in_order_over_fifty_broken_sockets(live: Live) -> None:
    chance = random.Random(7)
    client = Client(live, live.person(), chance)
    client.listen()
    start = client.panel.position or 0
    done = threading.Event()
    writers = [Writer(live.house) for _ in range(WRITERS)]
    publishers = [Publisher(live, done) for _ in range(2)]
    for thread in (*writers, *publishers):
        thread.start()

    deadline = time.monotonic() + 120
    while client.drops < DROPS or client.panel.position != start + WRITERS * EACH:
        assert time.monotonic() < deadline, (client.drops, client.panel.position)
        if chance.random() < 0.5 and client.drops < DROPS:
            client.drop()
        client.listen()
        client.heartbeat()
    for writer in writers:
        writer.join()
    done.set()
    for publisher in publishers:
        publisher.join()

    assert [thread.failure for thread in (*writers, *publishers)] == [None] * (WRITERS + 2)
    heard = client.panel.events
    assert [event["position"] for event in heard] == list(range(start + 1, start + 1 + WRITERS * EACH))
    made = {str(row[0]) for row in live.house.rows("SELECT id FROM contacts WHERE name LIKE '%% first'")}
    assert {event["id"] for event in heard} == made
    assert len(made) == len(heard) == WRITERS * EACH
    assert client.panel.times_resynced == 0
    # What it was all about: some were committed in another order than they were begun in.
    order = [row[0] for row in live.house.rows("SELECT id FROM changes ORDER BY position")]
    assert order != sorted(order)
