"""A shop with a customer who waits for an answer, for tests that commit."""

from datetime import timedelta

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.ids import ConversationId
from tests import factories
from tests.db.hands import Hands
from tests.db.long_work import bucket, s3
from tests.db.posting import post, served
from tests.db.scripted_model import ScriptedModel
from tests.db.talk import Talk
from tests.db.team import Team, give_owner
from tests.factories import PetShop, new_wa_id, say
from tests.postgres import Clock, Place

__all__ = ["bucket", "post", "s3", "served"]


@pytest.fixture
def shop(owner: psycopg.Connection, database: Database) -> PetShop:
    return factories.make_pet_shop(owner, database)


@pytest.fixture
def other_shop(owner: psycopg.Connection, database: Database) -> PetShop:
    return factories.make_pet_shop(owner, database)


@pytest.fixture
def wa_id() -> str:
    return new_wa_id()


@pytest.fixture
def conversation_id(database: Database, shop: PetShop, wa_id: str, clock: Clock) -> ConversationId:
    """A customer has said something, and it is time to answer."""
    recorded = say(database, shop, "Oi!", wa_id=wa_id)
    clock.move(timedelta(seconds=3))
    return recorded.conversation_id


@pytest.fixture
def hands(owner: psycopg.Connection, database: Database, shop: PetShop, conversation_id: ConversationId) -> Hands:
    """The same customer's conversation, and two people of the shop."""
    bia, caio = (factories.make_member(owner, shop.organization_id, name) for name in ("Bia", "Caio"))
    return Hands(database, shop, conversation_id, bia, caio)


@pytest.fixture
def model(shared_database: Place, database: Database) -> ScriptedModel:
    return ScriptedModel(shared_database, database)


@pytest.fixture
def talk(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> Talk:
    return Talk(database, shop, conversation_id, wa_id, model, clock)


@pytest.fixture
def team(talk: Talk) -> Team:
    give_owner(talk.database, talk.shop)
    return Team(talk.database, talk.shop, talk.conversation_id, talk.wa_id, talk.model, talk.clock)


@pytest.fixture
def asked(team: Team) -> ConversationId:
    """Where the owner was asked."""
    (place,) = team.asks()
    return place
