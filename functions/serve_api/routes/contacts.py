"""Customers: who they are, what they have been to the shop, what they agreed to, and what the agent remembers of them."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from auzap import phone
from auzap.conversations import leaving, merging
from auzap.customers import consents, duplicates, listing, memory, profiles
from auzap.customers.consents import Consent, Purpose
from auzap.customers.duplicates import Duplicate
from auzap.customers.listing import ContactFilter, ListedContact, Sort, Tag
from auzap.customers.memory import Memory
from auzap.customers.profiles import ClientType, ContactProfile, Source, Statistics, Status
from auzap.db.connection import Tx
from auzap.ids import ContactId, UserId
from auzap.organizations.shop import known_shop
from functions.serve_api import hints, paging
from functions.serve_api.answers import Answer, Created, Done, List
from functions.serve_api.bodies import Body, Change, Day, Email, Words
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/contacts", tags=["contacts"])

Locale = Literal["pt-BR", "en"]
TagName = Annotated[str, StringConstraints(min_length=1, max_length=profiles.LONGEST_TAG, strip_whitespace=True)]


def _written(given: str) -> str:
    try:
        found = phone.written(given)
    except phone.NoArea:
        raise PydanticCustomError("phone_without_area", "Write it with its area code") from None
    if found is None:
        raise PydanticCustomError("phone_unfit", "This is no telephone number")
    return found


# As people write it down; kept as E.164.
Phone = Annotated[str, Field(max_length=40, examples=["(11) 98765-4321"]), AfterValidator(_written)]
Name = Annotated[str, Field(min_length=1, max_length=120, examples=["Ana Souza"])]
Address = Annotated[str, Field(min_length=1, max_length=300, examples=["Rua das Flores, 12"])]
Notes = Annotated[str, Field(max_length=4_000)]


class NewContact(Body):
    phone: Phone
    name: Name | None = None
    source: Source = "staff"
    email: Email | None = None
    birth_date: Day | None = None
    address: Address | None = None
    notes: Notes = ""
    tags: list[TagName] = Field(default=[], max_length=profiles.MOST_TAGS, examples=[["vip", "banho quinzenal"]])
    keeper_user_id: UserId | None = None


class ContactChange(Change):
    """What is given is changed. Null empties a field; `custom` changes the fields that it names."""

    MAY_BE_EMPTY: ClassVar = frozenset({"name", "email", "birth_date", "address", "is_vip", "keeper_user_id"})

    name: Name | None = None
    email: Email | None = None
    birth_date: Day | None = None
    address: Address | None = None
    notes: Notes | None = None
    source: Source | None = None
    locale: Locale | None = None
    # Null: as the figures say.
    is_vip: bool | None = None
    # Who of the team looks after them; null: everybody.
    keeper_user_id: UserId | None = None
    custom: dict[str, str | int | float | bool | None] | None = Field(default=None, max_length=60)


class Tags(Body):
    tags: list[TagName] = Field(min_length=1, max_length=profiles.MOST_TAGS, examples=[["vip"]])


class Agreement(Body):
    purpose: Purpose
    is_given: bool
    source: Literal["staff", "form"] = "staff"


class Merged(Body):
    merged_id: ContactId = Field(description="Who is gone afterwards; all that they have is the other one's")


class ShownContact(BaseModel):
    """A customer with what they have been to the shop."""

    profile: ContactProfile
    status: Status
    visits: int
    mean_ticket_cents: int | None
    loyalty_points: int


class Agreements(BaseModel):
    """The last word on each purpose that was spoken of, and all that was ever said, the latest first."""

    standing: dict[Purpose, Consent]
    history: list[Consent]


@router.get("")
def list_contacts(
    begun: Request_,
    page: Paged,
    search: Annotated[Words, Query(description="A part of a name, a telephone or an e-mail address")] = "",
    tag: Annotated[Words | None, Query(description="Who has this tag")] = None,
    kind: Annotated[ClientType | None, Query(alias="type", description="What they have been to the shop")] = None,
    keeper_user_id: Annotated[UserId | None, Query(description="Who of the team looks after them")] = None,
    is_blocked: Annotated[bool | None, Query(description="Whether the shop has blocked them")] = None,
    agent_off: Annotated[bool | None, Query(description="Whether the agent leaves them to people")] = None,
    sort: Annotated[Sort, Query(description="The newest first, or by their names")] = "newest",
) -> List[ListedContact]:
    """The customers of the shop, by page."""
    wanted = ContactFilter(search, tag.lower() if tag else None, kind, keeper_user_id, is_blocked, agent_off)
    after = paging.keys_of(page, UUID) if sort == "newest" else paging.keys_of(page, paging.words, UUID)
    found = listing.contacts(begun.tx, wanted, sort=sort, after=after, most=page.limit + 1)
    return List[ListedContact].page(
        rows_of(found, page, lambda row: (row.id,) if sort == "newest" else (row.shown_name, row.id))
    )


@router.post("", status_code=status.HTTP_201_CREATED)
def make_contact(body: NewContact, once: DoneOnce, at: Now) -> Created[ShownContact]:
    """Somebody who has not written yet. Their first message from this telephone finds them."""
    tx = once.begun.tx

    def make() -> ShownContact:
        made = profiles.create(tx, phone=body.phone, name=body.name, source=body.source)
        more: Any = body.model_dump(include={"email", "birth_date", "address", "notes"}, exclude_defaults=True)
        if more:
            profiles.change(tx, made, more)
        if body.tags:
            profiles.tag(tx, made, body.tags)
        if body.keeper_user_id:
            profiles.keep(tx, made, body.keeper_user_id)
        return _shown(tx, made, at)

    return once.answer(Created[ShownContact], make)


@router.get("/statistics")
def count_contacts(begun: Request_) -> Answer[Statistics]:
    """The customers of the shop in numbers."""
    return Answer[Statistics].of(profiles.statistics(begun.tx))


@router.get("/tags")
def list_tags(begun: Request_) -> List[Tag]:
    """The tags in use, with how many customers have each."""
    return List[Tag].of(listing.tags(begun.tx))


@router.get("/duplicates")
def list_duplicates(begun: Request_) -> List[Duplicate]:
    """Pairs that are probably one person, the surest first; at most 200. The older one of each is named first."""
    return List[Duplicate].of(duplicates.likely(begun.tx))


@router.get("/{contact_id}")
def get_contact(contact_id: ContactId, begun: Request_, at: Now) -> Answer[ShownContact]:
    """A customer with what they have been to the shop."""
    return Answer[ShownContact].of(_shown(begun.tx, contact_id, at))


@router.patch("/{contact_id}")
def change_contact(contact_id: ContactId, body: ContactChange, begun: Request_, at: Now) -> Answer[ShownContact]:
    """Change what the shop writes down of a customer."""
    given: dict[Any, Any] = body.given()
    own = given.pop("custom", None)
    if "keeper_user_id" in given:
        profiles.keep(begun.tx, contact_id, given.pop("keeper_user_id"))
    if given:
        profiles.change(begun.tx, contact_id, given)
    if own:
        profiles.fill_in(begun.tx, contact_id, own)
    return Answer[ShownContact].of(_shown(begun.tx, contact_id, at))


@router.put("/{contact_id}/block", status_code=status.HTTP_204_NO_CONTENT)
def block_contact(contact_id: ContactId, begun: Request_) -> None:
    """Block them: what they write is kept, and no bot answers it."""
    leaving.block(begun.tx, contact_id)


@router.delete("/{contact_id}/block", status_code=status.HTTP_204_NO_CONTENT)
def unblock_contact(contact_id: ContactId, begun: Request_) -> None:
    """Block them no more."""
    leaving.unblock(begun.tx, contact_id)


@router.put("/{contact_id}/agent-off", status_code=status.HTTP_204_NO_CONTENT)
def leave_contact_to_people(contact_id: ContactId, begun: Request_) -> None:
    """Keep the agent away from them: what they have asked waits for a person from now on."""
    leaving.leave_to_people(begun.tx, contact_id)


@router.delete("/{contact_id}/agent-off", status_code=status.HTTP_204_NO_CONTENT)
def return_contact_to_agent(contact_id: ContactId, begun: Request_) -> None:
    """The agent answers them again, from their next message on."""
    leaving.return_to_agent(begun.tx, contact_id)


@router.post("/{contact_id}/tags")
def tag_contact(contact_id: ContactId, body: Tags, once: DoneOnce) -> Answer[list[str]]:
    """Give them these tags too; all that they have then."""
    return once.answer(Answer[list[str]], lambda: profiles.tag(once.begun.tx, contact_id, body.tags))


@router.delete("/{contact_id}/tags", status_code=status.HTTP_204_NO_CONTENT)
def untag_contact(
    contact_id: ContactId,
    tag: Annotated[list[Words], Query(min_length=1, max_length=20, description="Which of them")],
    begun: Request_,
) -> None:
    """Take these tags from them."""
    profiles.untag(begun.tx, contact_id, tag)


@router.get("/{contact_id}/consents")
def list_consents(contact_id: ContactId, begun: Request_) -> Answer[Agreements]:
    """What they agreed to and took back."""
    profiles.expect(begun.tx, contact_id)
    history = consents.history(begun.tx, contact_id)
    standing: dict[Purpose, Consent] = {consent.purpose: consent for consent in reversed(history)}
    return Answer[Agreements].of(Agreements(standing=standing, history=history))


@router.post("/{contact_id}/consents", status_code=status.HTTP_201_CREATED)
def record_consent(contact_id: ContactId, body: Agreement, once: DoneOnce, at: Now) -> Done:
    """Write down what they have agreed to, or taken back. What is said of marketing counts at once."""

    def make() -> None:
        consents.record(
            once.begun.tx,
            contact_id,
            purpose=body.purpose,
            is_given=body.is_given,
            source=body.source,
            now=at,
        )

    return once.answer(Done, make)


@router.get("/{contact_id}/memories")
def list_memories(contact_id: ContactId, begun: Request_, at: Now) -> List[Memory]:
    """What the agent remembers of them, the surest first."""
    profiles.expect(begun.tx, contact_id)
    return List[Memory].of(memory.remembered(begun.tx, contact_id, now=at))


@router.delete("/{contact_id}/memories/{memory_id}", status_code=status.HTTP_204_NO_CONTENT)
def forget_memory(contact_id: ContactId, memory_id: UUID, begun: Request_, at: Now) -> None:
    """Make the agent forget it."""
    if not memory.forget_one(begun.tx, contact_id, memory_id, now=at):
        raise NotFound


@router.post("/{contact_id}/merge")
def merge_contacts(contact_id: ContactId, body: Merged, once: DoneOnce, at: Now) -> Answer[ShownContact]:
    """Make two customers one: this one stays, with all that either has, and the other is gone."""
    tx = once.begun.tx

    def make() -> ShownContact:
        if not merging.merge(tx, contact_id, body.merged_id, "by_staff"):
            raise NotFound
        hints.something_to_answer(once.begun, merging.awaiting_answer(tx, contact_id))
        return _shown(tx, contact_id, at)

    return once.answer(Answer[ShownContact], make)


def _shown(tx: Tx, contact_id: ContactId, at: datetime) -> ShownContact:
    today = known_shop(tx).today(at)
    found = profiles.find(tx, contact_id, today=today)
    return ShownContact(
        profile=found,
        status=found.status,
        visits=found.visits,
        mean_ticket_cents=found.mean_ticket_cents,
        loyalty_points=found.loyalty(today),
    )
