"""The customers: who they are, what they write and when, and what the provider does to it on the way. By seed."""

import heapq
import itertools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from auzap.channels.whatsapp.signature import sign
from tests.chaos.outside.graph import Accepted
from tests.chaos.outside.model import BOOK, GREEDY, PERSON, POISON, PRICES
from tests.chaos.sim.clock import Clock

APP_SECRET = "the app secret of the chaos runs"
# The provider's own tries, while it gets no 200.
RETRIES = (1.0, 3.0, 10.0, 20.0, 40.0, 60.0)
BURST = 0.15
STATUSES = ("sent", "delivered", "read")


@dataclass(frozen=True, slots=True)
class Mix:
    """What a run consists of. Shares are of the messages."""

    messages: int
    conversations: int
    tenants: int
    # Virtual seconds over which the customers write.
    span: float
    duplicated: float = 0.10
    reordered: float = 0.05
    silent: float = 0.03
    media: float = 0.01
    booking: float = 0.02
    prices: float = 0.01
    person: float = 0.002
    greedy: float = 0.0
    echo: float = 0.002
    poison: float = 0.0
    owners: bool = True
    # Of each status, where another of the same message remains.
    status_lost: float = 0.2
    status_twice: float = 0.05


@dataclass(frozen=True, slots=True)
class Tenant:
    number: int
    organization_id: str
    account: str


@dataclass(slots=True)
class Person:
    number: int
    tenant: Tenant
    wa_id: str
    name: str
    said: int = 0


@dataclass(slots=True)
class Said:
    """One message of a customer, as the provider knows it."""

    wamid: str
    token: str
    person: Person
    kind: str
    written_at: int
    body: dict[str, Any]
    acked_at: float | None = None
    deliveries: int = 0


@dataclass(slots=True)
class Crowd:
    clock: Clock
    mix: Mix
    chance: random.Random
    tenants: Sequence[Tenant]
    # Takes the body of a webhook, and says whether it was acknowledged.
    post: Callable[[dict[str, Any], Callable[[bool], None]], None]
    # Whether the house has as much on its hands as the crowd may give it.
    is_full: Callable[[], bool] = lambda: False
    # Whether the provider will tell nothing of a message.
    is_silent: Callable[[str], bool] = lambda _: False
    # Where it is not 0, everybody writes at one of so many moments.
    rushes: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    in_flight: int = 0
    statuses_due: int = 0
    refused: int = 0
    _deliveries: list[tuple[float, int, Said]] = field(default_factory=list)
    _statuses: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def plan(self, begin: float) -> None:
        """Everything that will be written, before the first message is."""
        per_person = self._shares()
        for number in range(self.mix.conversations):
            tenant = self.tenants[number % len(self.tenants)]
            name = f"Canary{tenant.number} Pessoa"
            person = Person(number, tenant, crowd_wa_id(number), name)
            self.people[person.wa_id] = person
            self._plan_person(person, per_person[number], begin)

    @property
    def is_done(self) -> bool:
        return not self._deliveries and not self.in_flight and not self._statuses and not self.statuses_due

    def next_due(self) -> float | None:
        return self._deliveries[0][0] if self._deliveries and not self.is_full() else None

    def pump(self) -> None:
        now = self.clock.now()
        while self._deliveries and self._deliveries[0][0] <= now and not self.is_full():
            due, _, said = heapq.heappop(self._deliveries)
            together = [said]
            while self._deliveries and self._deliveries[0][0] <= now and len(together) < 3:
                together.append(heapq.heappop(self._deliveries)[2])
            self._deliver(together)
            del due

    def say(self, person: Person, text: str, at: float, **more: Any) -> Said:
        """Something beyond the plan."""
        said = self._compose(person, at, text, **more)
        self._put(at, said)
        return said

    def hear(self, accepted: Accepted) -> None:
        """A message reached a customer: statuses follow, and a question with buttons is answered."""
        if not self.is_silent(accepted.tracker):
            self._plan_statuses(accepted)
        person = self.people.get(accepted.to)
        if person is not None and accepted.buttons:
            at = self.clock.now() + self.chance.uniform(3, 8)
            if self.chance.random() < 0.8:
                reply = {"type": "button_reply", "button_reply": {"id": accepted.buttons[0], "title": "Sim"}}
                self._put(at, self._compose(person, at, "Sim", kind="interactive", content=reply))
            else:
                self.say(person, "Deixa pra lá", at)

    def _shares(self) -> list[int]:
        each, rest = divmod(self.mix.messages, self.mix.conversations)
        return [each + (number < rest) for number in range(self.mix.conversations)]

    def _plan_person(self, person: Person, messages: int, begin: float) -> None:
        mix, chance = self.mix, self.chance
        gap = mix.span / max(1, messages)
        at = begin + (mix.span * (person.number % self.rushes) / self.rushes if self.rushes else chance.uniform(0, gap))
        planned: list[tuple[float, Said]] = []
        for _ in range(messages):
            planned.append((at, self._compose(person, at, *self._words())))
            at += chance.uniform(0.3, 1.5) if chance.random() < BURST else chance.uniform(0.5, 1.7) * gap
        for place, (due, said) in enumerate(planned):
            late = due
            if chance.random() < mix.reordered and place + 1 < len(planned):
                # Behind the next one, which was written later.
                late = planned[place + 1][0] + 0.2
            self._put(late, said)
            if chance.random() < mix.duplicated:
                self._put(late + (chance.uniform(0.1, 60) if chance.random() < 0.5 else chance.uniform(301, 420)), said)

    def _words(self) -> tuple[str, str]:
        """What is written, and of what kind."""
        mix, chosen = self.mix, self.chance.random()
        for share, text, kind in (
            (mix.poison, POISON, "text"),
            (mix.greedy, GREEDY, "text"),
            (mix.person, PERSON, "text"),
            (mix.echo, "aqui é da loja", "echo"),
            (mix.booking, f"quero um {BOOK}", "text"),
            (mix.prices, f"qual a {PRICES}?", "text"),
            (mix.silent, "👍", "reaction"),
            (mix.media, "", "sticker"),
        ):
            if chosen < share:
                return text, kind
            chosen -= share
        return "oi, tudo bem?", "text"

    def _compose(
        self, person: Person, at: float, text: str, kind: str = "text", content: dict[str, Any] | None = None
    ) -> Said:
        person.said += 1
        token = f"k{person.number}x{person.said}"
        wamid = f"wamid.in{person.number}x{person.said}"
        written_at = int(at)
        element: dict[str, Any] = {"id": wamid, "timestamp": str(written_at)}
        match kind:
            case "echo":
                element |= {"to": person.wa_id, "from": "5511300000000", "type": "text", "text": {"body": text}}
            case "reaction":
                element |= {"from": person.wa_id, "type": "reaction", "reaction": {"message_id": wamid, "emoji": text}}
            case "sticker":
                sticker = {"id": f"media{person.number}x{person.said}", "mime_type": "image/webp"}
                element |= {"from": person.wa_id, "type": "sticker", "sticker": sticker}
            case "interactive":
                element |= {"from": person.wa_id, "type": "interactive", "interactive": content}
            case _:
                element |= {"from": person.wa_id, "type": "text", "text": {"body": f"{text} {token}"}}
        said = Said(wamid, token, person, kind, written_at, element)
        self.said[wamid] = said
        return said

    def _put(self, due: float, said: Said) -> None:
        heapq.heappush(self._deliveries, (due, next(self._numbers), said))

    def _deliver(self, together: Sequence[Said]) -> None:
        """One webhook of several entries, said again until it is acknowledged."""
        entries = [_entry(said) for said in together]
        for said in together:
            said.deliveries += 1

        def acked() -> None:
            for said in together:
                said.acked_at = said.acked_at or self.clock.now()

        self._post({"object": "whatsapp_business_account", "entry": entries}, acked)

    def _post(self, payload: dict[str, Any], acked: Callable[[], None], tried: int = 0) -> None:
        self.in_flight += 1
        body = json.dumps(payload)
        event = {
            "requestContext": {"http": {"method": "POST"}},
            "headers": {"x-hub-signature-256": sign(body.encode(), APP_SECRET)},
            "body": body,
        }

        def heard(is_ok: bool) -> None:
            if is_ok:
                self.in_flight -= 1
                acked()
                return
            self.refused += 1
            self.clock.after(RETRIES[min(tried, len(RETRIES) - 1)], again)

        def again() -> None:
            self.in_flight -= 1
            self._post(payload, acked, tried + 1)

        self.post(event, heard)

    def _plan_statuses(self, accepted: Accepted) -> None:
        chance = self.chance
        kept = [state for state in STATUSES if chance.random() >= self.mix.status_lost] or ["delivered"]
        for state in kept:
            for _ in range(2 if chance.random() < self.mix.status_twice else 1):
                self.statuses_due += 1
                delay = chance.uniform(0.2, 4.0)
                status = {
                    "id": accepted.wamid,
                    "status": state,
                    "timestamp": str(int(self.clock.now() + delay)),
                    "recipient_id": accepted.to,
                    "biz_opaque_callback_data": accepted.tracker,
                }
                self.clock.after(delay, lambda status=status: self._tell(accepted.account, status))

    def _tell(self, account: str, status: dict[str, Any]) -> None:
        """Statuses of a moment share a webhook."""
        self.statuses_due -= 1
        if not self._statuses:
            self.clock.after(0.2, self._tell_all)
        self._statuses.append((account, status))

    def _tell_all(self) -> None:
        told, self._statuses = self._statuses, []
        entries = [_change(account, "messages", {"statuses": [status]}) for account, status in told]
        for start in range(0, len(entries), 10):
            payload = {"object": "whatsapp_business_account", "entry": entries[start : start + 10]}
            self._post(payload, lambda: None)


def crowd_wa_id(number: int) -> str:
    """A Brazilian mobile, with its ninth digit."""
    return f"55119{80_000_000 + number:08d}"


def _entry(said: Said) -> dict[str, Any]:
    account = said.person.tenant.account
    if said.kind == "echo":
        return _change(account, "smb_message_echoes", {"message_echoes": [said.body]})
    contact = {"wa_id": said.person.wa_id, "profile": {"name": said.person.name}}
    return _change(account, "messages", {"messages": [said.body], "contacts": [contact]})


def _change(account: str, field_name: str, value: dict[str, Any]) -> dict[str, Any]:
    metadata = {"display_phone_number": "551130000000", "phone_number_id": account}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {"id": account, "changes": [{"field": field_name, "value": whole}]}
