"""Shops in which there is one of everything that a route can be asked for, and everybody who may or may not ask for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb
from starlette.testclient import TestClient

from auzap.bookings import asking, booking
from auzap.bookings.asking import Item
from auzap.conversations import dead_letters
from auzap.customers import memory
from auzap.db.connection import Database, Tx
from auzap.identity import sessions, tokens
from auzap.identity.sessions import Session
from auzap.ids import ContactId, OrganizationId, PetId, ServiceId, UserId
from auzap.organizations.shop import Shop, find_shop
from tests import factories, factories_customers, factories_stays
from tests.api.people import Person
from tests.factories import PetShop
from tests.factories_bookings import make_row
from tests.factories_identity import HOME, KEYS, make_owner

DAY = timedelta(days=1)
TOLD: dict[str, Any] = {
    "routine": "passeia de manhã e à noite",
    "problems": ["puxa a guia"],
    "family": "casal com uma filha de seis anos",
    "health_history": "saudável, castrado, sem alergias",
    "observation": "aprende rápido com petisco",
    "goals": ["andar ao lado"],
}
ARRIVAL: dict[str, Any] = {
    "room": "Suíte 2",
    "meals": [{"at": "08:00", "food": "ração", "amount": "80 g"}],
    "emergency_contact": "Bia, irmã",
}
FILE = b"Nome;Telefone\nCarla;(11) 98765-0001\n"


def ask(person: Person, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Also with a file."""
    if not isinstance(body, bytes):
        return person.ask(method, path, body, **headers)
    usual = {
        "authorization": f"Bearer {person.token}",
        "idempotency-key": uuid4().hex,
        "content-type": "application/octet-stream",
    }
    return person.client.request(method, path, content=body, headers=usual | headers)


@dataclass(frozen=True)
class Furnished:
    """A shop with what is its own, each by a name; and who asks there, by what they are."""

    organization_id: OrganizationId
    own: dict[str, str]
    people: dict[str, Person]


@dataclass
class Furnisher:
    """Makes one of everything, by the API where it can be."""

    client: TestClient
    database: Database
    owner: psycopg.Connection
    now: datetime

    def shop(self) -> Furnished:
        made = make_owner(self.database)
        self.owner.execute("UPDATE organizations SET plan = 'enterprise' WHERE id = %s", [made.organization_id])
        with self.database.transaction(made.organization_id, "test") as tx:
            shop = factories.make_shop(tx)
            account = factories.make_account(tx)
        people = self._people(made.organization_id, made.user_id)
        room = Room(self, shop, PetShop(made.organization_id, account), people)
        room.ids |= {"organization": str(made.organization_id), "account": str(account.id)}
        room.furnish()
        return Furnished(made.organization_id, room.ids, people)

    def _people(self, organization_id: OrganizationId, first: UserId) -> dict[str, Person]:
        everybody = {"owner": first}
        for role in ("manager", "staff", "disabled", "signed_out"):
            everybody[role] = factories.make_member(self.owner, organization_id, role.capitalize())
        with self.database.transaction(organization_id, "test") as tx:
            tx.execute("UPDATE memberships SET role = 'manager' WHERE user_id = %s", [everybody["manager"]])
        begun = {
            name: sessions.begin(self.database, user_id, organization_id, HOME) for name, user_id in everybody.items()
        }
        begun["support"] = self._support(organization_id)
        with self.database.transaction(organization_id, "test") as tx:
            tx.execute("UPDATE memberships SET is_active = false WHERE user_id = %s", [everybody["disabled"]])
            sessions.end(tx, everybody["signed_out"], begun["signed_out"].bearer.session_id, "logout")
        return {name: self.asks(session) for name, session in begun.items()}

    def _support(self, organization_id: OrganizationId) -> Session:
        person = make_owner(self.database, "A própria casa").user_id
        self.owner.execute(
            "UPDATE users SET is_platform = true, totp_secret = 'sealed', totp_confirmed_at = app.now() WHERE id = %s",
            [person],
        )
        minutes = timedelta(minutes=30)
        return sessions.begin_support(
            self.database, person, organization_id, HOME, reason="Ajuda pedida", good_for=minutes
        )

    def asks(self, session: Session) -> Person:
        return Person(self.client, "", tokens.access_token(KEYS, session.bearer, now=self.now))


@dataclass
class Room:
    """One shop while it is furnished."""

    house: Furnisher
    shop: Shop
    pet_shop: PetShop
    people: dict[str, Person]

    def __post_init__(self) -> None:
        self.ids: dict[str, str] = {}

    def furnish(self) -> None:
        days = {"today": 0, "day": 3, "full_day": 20, "next_month": 30, "special_day": 40}
        self.ids |= {name: self.day(days) for name, days in days.items()}
        self.ids |= {"later": self.at(9, 6), "much_later": self.at(11, 6)}
        self._people()
        self._talk()
        self._catalogue()
        self._customers()
        self._appointments()
        self._stays()
        self._training()
        self._knowledge()
        self._watching()
        self._programs()

    def day(self, days: int) -> str:
        return str(self.shop.today(self.house.now) + days * DAY)

    def at(self, hour: int, days: int) -> str:
        return self.shop.instant(date.fromisoformat(self.day(days)), time(hour)).isoformat()

    @contextmanager
    def tx(self) -> Iterator[Tx]:
        with self.house.database.transaction(self.pet_shop.organization_id, "test") as tx:
            yield tx

    def post(self, path: str, body: Any = None, *, by: str = "owner") -> Any:
        answer = ask(self.people[by], "POST", path, body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()["data"]

    def make(self, name: str, path: str, body: Any, *, by: str = "owner") -> str:
        self.ids[name] = self.post(path, body, by=by)["id"]
        return self.ids[name]

    def row(self, name: str, table: LiteralString, **columns: Any) -> UUID:
        with self.tx() as tx:
            made = make_row(tx, table, **columns)
        self.ids[name] = str(made)
        return made

    def _people(self) -> None:
        for name in ("owner", "manager", "staff"):
            self.ids[name] = self.people[name].get("/v1/me")["id"]
        elsewhere = sessions.begin(
            self.house.database, UserId(UUID(self.ids["staff"])), self.pet_shop.organization_id, HOME
        )
        self.ids["session"] = str(elsewhere.bearer.session_id)
        self.ids["invitation"] = self.post(
            "/v1/invitations", {"email": f"julia-{uuid4().hex[:8]}@example.com", "role": "staff"}
        )["id"]

    def _talk(self) -> None:
        """Five customers, each with a conversation that stands otherwise."""
        for name in ("conversation", "held", "waiting", "closed", "filed"):
            wa_id = factories.new_wa_id()
            said = factories.say(
                self.house.database, self.pet_shop, "Oi, tudo bem?", wa_id=wa_id, name="Ana", at=self.house.now
            )
            self.ids[name] = str(said.conversation_id)
        self.post(f"/v1/conversations/{self.ids['held']}/hold", by="staff")
        self.post(f"/v1/conversations/{self.ids['closed']}/closing", {}, by="staff")
        with self.tx() as tx:
            ((contact_id,),) = tx.execute(
                "SELECT contact_id FROM conversations WHERE id = %s", [self.ids["conversation"]]
            ).fetchall()
            tx.execute(
                "UPDATE conversations SET state = 'waiting_human', handoff_at = app.now() WHERE id = %s",
                [self.ids["waiting"]],
            )
            tx.execute(
                """
                INSERT INTO message_templates (business_id, name, language, category, status, body, parameters)
                VALUES (%s, 'lembrete', 'pt_BR', 'utility', 'approved', 'Oi, {{1}}!', '{1}')
                """,
                [self.pet_shop.account.external_id],
            )
            place: Any = UUID(self.ids["conversation"])
            self.ids["media"] = str(factories_customers.photo(tx, place))
            self.ids["photo"] = str(factories_customers.photo(tx, place))
            ((self.ids["message"],),) = (
                (str(found),)
                for (found,) in tx.execute("SELECT id FROM messages WHERE conversation_id = %s AND text <> ''", [place])
            )
        self.ids["contact"] = str(contact_id)
        self.make("note", f"/v1/conversations/{self.ids['conversation']}/notes", {"text": "Ligar amanhã"}, by="staff")

    def _catalogue(self) -> None:
        self.make("service", "/v1/services", {"name": "Banho", "duration_minutes": 60, "price_cents": 7000})
        self.make(
            "addon",
            "/v1/services",
            {"name": "Hidratação", "duration_minutes": 10, "price_cents": 2000, "is_addon": True},
        )
        self.make("all_day", "/v1/services", {"name": "Dia de spa", "duration_minutes": 590, "price_cents": 30000})
        for name in ("service", "all_day"):
            answer = self.people["owner"].ask(
                "PUT", f"/v1/services/{self.ids[name]}/add-ons", {"addon_ids": [self.ids["addon"]]}
            )
            assert answer.status_code == 200, answer.text
        self.make("product", "/v1/products", {"name": "Ração", "price_cents": 15000, "stock": 10})
        self.make("resource", "/v1/resources", {"name": "Mesa 1", "kind": "table"})
        self.make("staff_member", "/v1/staff-members", {"name": "Bia"})
        self.make(
            "room_type", "/v1/room-types", {"kind": "hotel", "name": "Suíte", "capacity": 20, "daily_cents": 10000}
        )
        self.make(
            "field", "/v1/custom-fields", {"subject": "contact", "name": "plano", "label": "Plano", "kind": "text"}
        )
        self.make("wording", "/v1/wordings", {"kind": "greeting", "text": "Oi, {customer}!"})
        self.make("blocked", "/v1/blocked-times", {"starts_at": self.at(12, 30), "ends_at": self.at(13, 30)})
        self.ids["stage"] = self.post("/v1/pipeline-stages", {"name": "Orçamento enviado"})[-1]["stage"]["id"]
        answer = self.people["owner"].ask("PUT", f"/v1/special-days/{self.ids['special_day']}", {"label": "Feriado"})
        assert answer.status_code == 200, answer.text

    def _customers(self) -> None:
        self.make_contact("other_contact", "Bruno")
        self.make_contact("leaver", "Davi")
        self.make("export", "/v1/exports", {"kind": "contacts"})
        self.make("erasure", "/v1/erasures", {"contact_id": self.ids["leaver"]})
        pet = {"contact_id": self.ids["contact"], "species": "dog"}
        for name, called in (
            ("pet", "Mel"),
            ("other_pet", "Thor"),
            ("third", "Nina"),
            ("guest", "Luna"),
            ("trained", "Bob"),
        ):
            self.ids[name] = self.post("/v1/pets", pet | {"name": called, "size": "small"})["pet"]["id"]
        self.post(f"/v1/pets/{self.ids['pet']}/photos", {"media_id": self.ids["photo"]})
        event = {"kind": "checkup", "name": "Consulta", "done_on": self.day(-10), "is_verified": False}
        self.make("event", f"/v1/pets/{self.ids['pet']}/health-events", event)
        alert = {"kind": "urgent_health", "severity": "low", "description": "Manca um pouco"}
        self.make("alert", f"/v1/pets/{self.ids['pet']}/health-alerts", alert)
        with self.tx() as tx:
            contact_id = ContactId(UUID(self.ids["contact"]))
            memory.remember(tx, contact_id, key="preferred_period", value="manhã", source="said", now=self.house.now)
            ((self.ids["memory"],),) = ((str(found),) for (found,) in tx.execute("SELECT id FROM memories"))
            tx.execute("INSERT INTO leads (contact_id, stage, score) VALUES (%s, 'new', 10)", [contact_id])
            factories_stays.prove(
                tx,
                PetId(UUID(self.ids["guest"])),
                today=date.fromisoformat(self.day(0)),
                until=date.fromisoformat(self.day(200)),
            )
        self.make("import", "/v1/imports?file_name=clientes.csv", FILE)

    def make_contact(self, name: str, called: str) -> None:
        phone = f"+{factories.new_wa_id()}"
        self.ids[name] = self.post("/v1/contacts", {"phone": phone, "name": called})["profile"]["id"]

    def _appointments(self) -> None:
        """One of each state, and a day that is full."""
        self.ids["booking"] = self._book(self.at(10, 2))
        self.ids["running"] = self._book(self.at(14, 2))
        self.post(f"/v1/bookings/{self.ids['running']}/start")
        self.ids["repeatable"] = self._book(self.at(10, 4), pet="other_pet", service="service")
        repeated = self._book(self.at(10, 3))
        series = {"booking_id": repeated, "every": 12, "unit": "month"}
        self.ids["series"] = self.post("/v1/booking-series", series)["series"]["id"]
        for pet in ("pet", "other_pet"):
            self._book(self.at(8, 20), pet=pet, service="all_day")
        with self.tx() as tx:
            contact_id, pet_id = ContactId(UUID(self.ids["contact"])), PetId(UUID(self.ids["pet"]))
            missed = factories_customers.visit(tx, contact_id, pet_id, self.house.now - 2 * DAY, status="confirmed")
            self.ids["missed"] = str(missed)
            tx.execute("UPDATE organization_settings SET staff_confirms = true")
            (requested,) = booking.book(
                tx,
                find_shop(tx),
                contact_id=contact_id,
                asked=asking.asked_for(tx, [Item(pet_id, ServiceId(UUID(self.ids["service"])), ())]),
                starts=[datetime.fromisoformat(self.at(16, 9))],
                now=self.house.now,
                source="agent",
            )
            self.ids["requested"] = str(requested)
            tx.execute("UPDATE organization_settings SET staff_confirms = false")
        self.row(
            "entry",
            "waitlist_entries",
            contact_id=UUID(self.ids["contact"]),
            conversation_id=UUID(self.ids["conversation"]),
            pet_id=UUID(self.ids["guest"]),
            service_id=UUID(self.ids["all_day"]),
            from_day=date.fromisoformat(self.day(20)),
            until_day=date.fromisoformat(self.day(20)),
        )

    def _book(self, starts_at: str, *, pet: str = "pet", service: str = "service") -> str:
        item = {"pet_id": self.ids[pet], "service_id": self.ids[service], "starts_at": starts_at}
        return self.post("/v1/bookings", {"contact_id": self.ids["contact"], "items": [item]})[0]["id"]

    def _stays(self) -> None:
        """One that waits to be assessed, one that may be approved, one that is approved, one that is there."""
        self.ids["stay"] = self._reserve("pet", 5)
        self.ids["assessed"] = self._reserve("other_pet", 5)
        proofs = {"vaccines_ok": True, "deworming_ok": True}
        self.post(f"/v1/stays/{self.ids['assessed']}/assessment", proofs)
        self.ids["arriving"] = self._reserve("guest", 0)
        self.ids["there"] = self._reserve("trained", 0)
        self.post(f"/v1/stays/{self.ids['there']}/assessment", proofs)
        self.post(f"/v1/stays/{self.ids['there']}/approval")
        self.post(f"/v1/stays/{self.ids['there']}/arrival", ARRIVAL)
        self.post(f"/v1/stays/{self.ids['there']}/activities", {"kind": "recreation", "text": "Brincou com a bola"})
        self.post(f"/v1/stays/{self.ids['stay']}/extras", {"service_id": self.ids["service"]})

    def _reserve(self, pet: str, first: int) -> str:
        days = {"from_day": self.day(first), "until_day": self.day(first + 2)}
        given = {"pet_id": self.ids[pet], "room_type_id": self.ids["room_type"], **days}
        return self.post("/v1/stays", given)["id"]

    def _training(self) -> None:
        """A plan to be made, one to begin, one that runs, and one whose sessions are over but for the last."""
        self.ids["told"] = self._assess("pet")
        self.ids["plan"] = self._plan("other_pet")
        self.ids["running_plan"], (self.ids["training"], _) = self._begin("trained", 10)
        self.ids["held_plan"], (self.ids["held_session"], last) = self._begin("guest", 11)
        with self.tx() as tx:
            for row, days in ((self.ids["held_session"], -8), (last, -1)):
                tx.execute(
                    "UPDATE training_sessions SET day = %s, starts_at = %s WHERE id = %s",
                    [self.day(days), self.at(11, days), row],
                )
        self.ids["over_plan"], over = self._begin("third", 15)
        for row in over:
            self.post(f"/v1/training-sessions/{row}/cancellation")

    def _assess(self, pet: str) -> str:
        return self.post("/v1/training-plans", TOLD | {"pet_id": self.ids[pet]})["id"]

    def _plan(self, pet: str) -> str:
        plan = self._assess(pet)
        self.post(f"/v1/training-plans/{plan}/rhythm", {"sessions_a_week": 1, "weeks": 2})
        return plan

    def _begin(self, pet: str, hour: int) -> tuple[str, list[str]]:
        plan = self._plan(pet)
        begun = self.post(f"/v1/training-plans/{plan}/start", {"starts_on": self.day(1), "at": f"{hour}:00"})
        return plan, [row["id"] for row in begun["sessions"]]

    def _knowledge(self) -> None:
        entry = {"question": "Vocês têm estacionamento?", "answer": "Sim, três vagas."}
        self.make("answer", "/v1/knowledge/entries", entry)
        document = {"kind": "text", "title": "Regulamento", "text": "Aceitamos cães e gatos."}
        self.make("document", "/v1/knowledge/documents", document)
        self.row(
            "question", "escalations", conversation_id=UUID(self.ids["conversation"]), question="Vocês atendem coelhos?"
        )

    def _watching(self) -> None:
        place = UUID(self.ids["conversation"])
        self.row("task", "staff_tasks", conversation_id=place, kind="call_back", detail="asked")
        self.row("notification", "notifications", kind="support_session", conversation_id=place)
        self.row(
            "incident",
            "security_incidents",
            conversation_id=place,
            kind="prompt_leak",
            severity="low",
            layer="input",
            action="flagged",
            rules=["ignore_previous"],
        )
        turn = self.row("turn", "turns", conversation_id=place, fence=1, state="answered", message_ids=[])
        self.row(
            "proposal",
            "pending_actions",
            conversation_id=place,
            contact_id=UUID(self.ids["contact"]),
            turn_id=turn,
            kind="book_service",
            arguments=Jsonb({}),
            summary="Banho do Rex",
        )
        body = {"organization_id": str(self.pet_shop.organization_id), "conversation_id": self.ids["conversation"]}
        for name in ("letter", "asked_letter"):
            dead_letters.keep(
                self.house.database, queue="turns-dead", message_id=str(uuid4()), body=json.dumps(body), receives=12
            )
            with self.tx() as tx:
                ((found,),) = tx.execute("SELECT id FROM dead_letters ORDER BY id DESC LIMIT 1").fetchall()
                self.ids[name] = str(found)

    def _programs(self) -> None:
        """Two programs, so that for each resource there is one that may not; and one whose key is revoked."""
        for name, scope in (("reader", "tasks:read"), ("writer", "pets:write"), ("revoked", "pets:read")):
            made = self.post("/v1/api-keys", {"name": name, "scopes": [scope]})
            self.ids[f"{name}_key"] = made["id"]
            self.people[name] = Person(self.house.client, "", made["secret"])
            # The day on which a key was used last is written with its first request.
            self.people[name].ask("GET", "/v1/tasks")
        self.make("key", "/v1/api-keys", {"name": "Site", "scopes": ["pets:read"]})
        answer = self.people["owner"].ask("DELETE", f"/v1/api-keys/{self.ids['revoked_key']}")
        assert answer.status_code == 204, answer.text
