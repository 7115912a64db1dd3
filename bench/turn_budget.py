"""What a turn without tools costs the database, and whether it holds a transaction while the model thinks."""

import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from auzap.agent.model import Completion, Model
from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.turns import answering
from auzap.turns.claiming import NotNow, claim
from bench import shop
from bench.result import Result
from tests import factories
from tests.db.counting_proxy import counting
from tests.db.scripted_model import answer, open_transactions

TURNS = 40


@dataclass(slots=True)
class Watching:
    """A model that answers at once, and first looks who holds a transaction."""

    opened: shop.Shop
    database: Database
    held: int = 0
    looked_ms: float = 0

    def ask(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]], *, deadline: float) -> Completion:
        started = time.perf_counter()
        self.held += len(open_transactions(self.opened.place)) + self.database.in_transaction
        self.looked_ms = (time.perf_counter() - started) * 1000
        return answer("Oi! Como posso ajudar?")


def measure(opened: shop.Shop) -> list[Result]:
    statements: list[int] = []
    round_trips: list[int] = []
    took_ms: list[float] = []
    with counting(opened.place.app) as proxy, closing(Database(lambda: proxy.conninfo)) as database:
        model = Watching(opened, database)
        for number in range(TURNS + 1):
            conversation_id = factories.say(opened.database, opened.shop, wa_id=factories.new_wa_id()).conversation_id
            proxy.reset()
            started = time.perf_counter()
            _answer(database, opened, conversation_id, model)
            # The first turn connects.
            if number:
                took_ms.append((time.perf_counter() - started) * 1000 - model.looked_ms)
                statements.append(proxy.statements)
                round_trips.append(proxy.round_trips)
    return [
        _counted("statements", max(statements), goal=12),
        _counted("round trips", max(round_trips), goal=3),
        _counted("transactions open while the model is asked", model.held, goal=0),
        _counted("p95 in milliseconds", statistics.quantiles(took_ms, n=20)[-1], goal=150),
    ]


def _answer(database: Database, opened: shop.Shop, conversation_id: ConversationId, model: Watching) -> None:
    turn = claim(database, opened.shop.organization_id, conversation_id)
    assert not isinstance(turn, NotNow), turn
    assert answering.answer(turn, cast(Model, model), seconds=20).outcome == "replied"


def _counted(what: str, most: float, *, goal: float) -> Result:
    return Result("G9", f"turn without tools, {what}", "", f"{most:.3g}", [most], goal)
