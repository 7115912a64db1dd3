"""A customer who asks what the agent does not know, and whoever of the shop is asked."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from auzap.db.connection import Database
from auzap.escalations import reminding
from auzap.ids import ConversationId, EscalationId
from tests.db.committed import write
from tests.db.scripted_model import answer, call
from tests.db.talk import Talk
from tests.factories import PetShop, say

OWNER = "+5511988887777"
OWNER_WA_ID = "5511988887777"
QUESTION = "Vocês atendem coelhos?"
ASKING = (call("search_knowledge", question=QUESTION), call("ask_the_team", question=QUESTION))
OFFERED = "Quer que eu use essa resposta quando outra pessoa perguntar o mesmo?"


@dataclass(frozen=True)
class Team(Talk):
    def move(self, states: str) -> None:
        """The customer's conversation goes from state to state, by the statements of factories."""
        for move in states.split(";"):
            self.write(f"{move} AND id = '{self.conversation_id}'")

    def asks(self, place: ConversationId | None = None) -> list[ConversationId]:
        """The agent does not know, and asks; the conversations that are to be sent from."""
        told = answer("Vou perguntar à equipe, que te responde por aqui.")
        return self.turn(place or self.conversation_id, *ASKING, told).wakes

    def says(self, text: str, **said: Any) -> ConversationId:
        """Somebody writes, and it is time to answer."""
        recorded = say(self.database, self.shop, text, **{"at": self.clock.now()} | said)
        self.clock.move(timedelta(seconds=3))
        return recorded.conversation_id

    def customer_says(self, text: str, **said: Any) -> ConversationId:
        return self.says(text, wa_id=self.wa_id, **said)

    def owner_says(
        self, text: str, *, quoting: str | None = None, wa_id: str = OWNER_WA_ID, **said: Any
    ) -> ConversationId:
        context = {"context": {"id": quoting}} if quoting else {}
        return self.says(text, wa_id=wa_id, **context | said)

    def answers(self, text: str = "Sim, às terças.") -> None:
        self.turn(self.owner_says(text, quoting=self.question()))

    def presses(self, button: str, *, wa_id: str = OWNER_WA_ID) -> ConversationId:
        pressed = {"type": "button_reply", "button_reply": {"id": button, "title": "Ensinar"}}
        return self.says("", wa_id=wa_id, kind="interactive", content=pressed)

    def sent_to(self, place: ConversationId) -> list[str]:
        query = "SELECT content ->> 'text' FROM outbox WHERE conversation_id = %s ORDER BY id"
        return [row[0] for row in self.read(query, place)]

    def told(self) -> list[str]:
        """All that the customer was sent."""
        return self.sent_to(self.conversation_id)

    def buttons(self, place: ConversationId) -> list[dict[str, str]]:
        query = "SELECT content -> 'buttons' FROM outbox WHERE conversation_id = %s ORDER BY id DESC LIMIT 1"
        return self.read(query, place)[0][0]

    def deliver_all(self) -> None:
        """As the sender does it: every message has a provider's id, by which it can be quoted."""
        self.write(
            """
            WITH sent AS (
              UPDATE outbox SET state = 'sent', provider_id = 'wamid.' || id, sent_at = app.now() WHERE state = 'queued'
              RETURNING id, provider_id
            ), known AS (
              UPDATE messages m SET provider_id = sent.provider_id FROM sent WHERE m.outbox_id = sent.id
              RETURNING m.id, m.provider_id, m.conversation_id
            )
            INSERT INTO message_keys (channel_account_id, provider_id, message_id)
            SELECT c.channel_account_id, known.provider_id, known.id FROM known JOIN conversations c ON c.id = known.conversation_id
            """
        )

    def question(self) -> str:
        """The provider's id of the message that asked the owner."""
        self.deliver_all()
        ((asked,),) = self.read("SELECT o.provider_id FROM escalations e JOIN outbox o ON o.id = e.asked_outbox_id")
        return asked

    def escalation_id(self) -> EscalationId:
        ((found,),) = self.read("SELECT id FROM escalations")
        return found

    def state(self) -> str:
        ((found,),) = self.read("SELECT state FROM escalations")
        return found

    def learned(self) -> list[str]:
        return [row[0] for row in self.read("SELECT answer FROM knowledge_entries")]

    def look(self) -> reminding.Looked:
        return reminding.look_after(self.database, self.shop.organization_id, self.escalation_id())


def give_owner(database: Database, shop: PetShop, phone: str = OWNER) -> None:
    statement = "INSERT INTO authorized_owner_numbers (phone, name, is_primary) VALUES (%s, 'Helena', true)"
    write(database, shop, statement, phone)
