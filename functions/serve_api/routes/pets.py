"""Pets: who they are, their photos, and their health record with its grade."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap.customers import farewell, health, listing, pets, profiles
from auzap.customers.health import AlertKind, Event, Kind, Record, Severity
from auzap.customers.listing import ListedPet, PetFilter
from auzap.customers.pets import Coat, Size, Species
from auzap.db.connection import Tx
from auzap.ids import ContactId, HealthAlertId, MediaId, PetId
from auzap.organizations.shop import known_shop
from functions.serve_api import paging
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Change, Day, Words
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.persons import who
from functions.serve_api.proofs import look_again

router = APIRouter(prefix="/v1/pets", tags=["pets"])

Degree = Literal["low", "medium", "high"]
Name = Annotated[str, Field(min_length=1, max_length=60, examples=["Mel"])]
Short = Annotated[str, Field(min_length=1, max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
Grams = Annotated[int, Field(ge=10, le=200_000, examples=[7200])]


class About(Change):
    """What is known of a pet, its name and species aside."""

    MAY_BE_EMPTY: ClassVar = frozenset(
        {
            "nickname", "breed", "size", "coat", "birth_date", "weight_grams", "colour", "gender", "is_neutered", "microchip",
            "temperament", "energy", "sociability", "fears", "likes", "allergies", "medication", "diet", "handling", "vet",
            "behaviour_score", "assessed_on",
        }
    )  # fmt: skip

    nickname: Short | None = None
    breed: Short | None = Field(default=None, examples=["Shih Tzu"])
    size: Size | None = None
    coat: Coat | None = None
    birth_date: Day | None = None
    weight_grams: Grams | None = None
    colour: Short | None = None
    gender: Literal["male", "female"] | None = None
    is_neutered: bool | None = None
    microchip: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    temperament: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    energy: Degree | None = None
    sociability: Degree | None = None
    fears: Text | None = None
    likes: Text | None = None
    allergies: Text | None = None
    medication: Text | None = None
    diet: Text | None = None
    # Muzzle, fear of the dryer, and what else whoever holds it should know.
    handling: Text | None = None
    medical_notes: Annotated[str, Field(max_length=4_000)] | None = None
    vet: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    behaviour_score: Annotated[int, Field(ge=0, le=100)] | None = None
    assessed_on: Day | None = None
    custom: dict[str, str | int | float | bool | None] | None = Field(default=None, max_length=60)


class NewPet(About):
    contact_id: ContactId
    name: Name
    species: Species


class PetChange(About):
    """What is given is changed. Null empties a field; `custom` changes the fields that it names."""

    name: Name | None = None


class Departure(Body):
    # Null: it is no longer this customer's, and lives.
    died_on: Day | None = None


class NewPhoto(Body):
    media_id: MediaId = Field(description="A picture that the pet's own customer has sent")
    is_main: bool = False


class ShownPhoto(BaseModel):
    media_id: MediaId
    is_main: bool
    content_type: str


class NewEvent(Body):
    kind: Kind
    name: Annotated[str, Field(min_length=1, max_length=80, examples=["V10"])]
    done_on: Day
    # When it is due again; where nobody says, as its kind usually is.
    due_on: Day | None = None
    # Whether a person of the shop has seen the proof.
    is_verified: bool = True
    notes: Annotated[str, Field(max_length=1_000)] = ""


class NewAlert(Body):
    kind: AlertKind
    severity: Severity
    description: Annotated[str, Field(min_length=1, max_length=1_000)]


class Raised(BaseModel):
    id: HealthAlertId


@router.get("")
def list_pets(
    begun: Request_,
    page: Paged,
    search: Annotated[Words, Query(description="A part of the pet's name or breed, or of its tutor's name")] = "",
    contact_id: Annotated[ContactId | None, Query(description="This customer's")] = None,
    species: Annotated[Species | None, Query(description="Of this species")] = None,
    is_active: Annotated[bool | None, Query(description="Whether it still comes; all, where not asked")] = None,
) -> List[ListedPet]:
    """The pets of the shop, by their names."""
    found = listing.pets(
        begun.tx,
        PetFilter(search, contact_id, species, is_active),
        after=paging.keys_of(page, paging.words, UUID),
        most=page.limit + 1,
    )
    return List[ListedPet].page(rows_of(found, page, lambda row: (row.name, row.id)))


@router.post("", status_code=status.HTTP_201_CREATED)
def make_pet(body: NewPet, once: DoneOnce, at: Now) -> Created[Record]:
    """Register a pet of a customer."""
    tx = once.begun.tx

    def make() -> Record:
        profiles.expect(tx, body.contact_id)
        pet = pets.register(tx, body.contact_id, name=body.name, species=body.species)
        more = {name: value for name, value in body.given().items() if name not in {"contact_id", "name", "species"}}
        _change(tx, body.contact_id, pet.id, more)
        return _shown(tx, pet.id, at)

    return once.answer(Created[Record], make)


@router.get("/{pet_id}")
def get_pet(pet_id: PetId, begun: Request_, at: Now) -> Answer[Record]:
    """All that is known of a pet: what it is, the last of each thing done for its health, and what that amounts to."""
    return Answer[Record].of(_shown(begun.tx, pet_id, at))


@router.patch("/{pet_id}")
def change_pet(pet_id: PetId, body: PetChange, begun: Request_, at: Now) -> Answer[Record]:
    """Change what is known of a pet."""
    known = pets.profile(begun.tx, pet_id)
    _change(begun.tx, known.contact_id, pet_id, body.given())
    return Answer[Record].of(_shown(begun.tx, pet_id, at))


@router.put("/{pet_id}/departure", status_code=status.HTTP_204_NO_CONTENT)
def let_pet_go(pet_id: PetId, body: Departure, begun: Request_, at: Now) -> None:
    """It has died, or is no longer this customer's: it is not offered any more, and what it was to come for is called off."""
    farewell.let_go(begun.tx, pet_id, now=at, died_on=body.died_on)


@router.delete("/{pet_id}/departure", status_code=status.HTTP_204_NO_CONTENT)
def bring_pet_back(pet_id: PetId, begun: Request_) -> None:
    """It is this customer's again."""
    pets.bring_back(begun.tx, pet_id)


@router.get("/{pet_id}/photos")
def list_photos(pet_id: PetId, begun: Request_) -> List[ShownPhoto]:
    """Its photos, the one that stands for it first."""
    pets.profile(begun.tx, pet_id)
    return List[ShownPhoto].of(_photos(begun.tx, pet_id))


@router.post("/{pet_id}/photos", status_code=status.HTTP_201_CREATED)
def add_photo(pet_id: PetId, body: NewPhoto, once: DoneOnce) -> Created[list[ShownPhoto]]:
    """Keep a picture that the customer has sent as the pet's; all of them then."""
    tx = once.begun.tx

    def make() -> list[ShownPhoto]:
        pets.add_photo(tx, pet_id, body.media_id)
        if body.is_main:
            pets.show_first(tx, pet_id, body.media_id)
        return _photos(tx, pet_id)

    return once.answer(Created[list[ShownPhoto]], make)


@router.put("/{pet_id}/photos/{media_id}/main", status_code=status.HTTP_204_NO_CONTENT)
def show_photo_first(pet_id: PetId, media_id: MediaId, begun: Request_) -> None:
    """The one that stands for the pet from now on."""
    pets.show_first(begun.tx, pet_id, media_id)


@router.delete("/{pet_id}/photos/{media_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_photo(pet_id: PetId, media_id: MediaId, begun: Request_) -> None:
    """Take it from the pet; the message that it came with keeps it."""
    pets.remove_photo(begun.tx, pet_id, media_id)


@router.get("/{pet_id}/health-events")
def list_health_events(pet_id: PetId, begun: Request_) -> List[Event]:
    """Everything that was ever done for its health, the latest first."""
    pets.profile(begun.tx, pet_id)
    return List[Event].of(health.history(begun.tx, pet_id))


@router.post("/{pet_id}/health-events", status_code=status.HTTP_201_CREATED)
def note_health_event(pet_id: PetId, body: NewEvent, once: DoneOnce, at: Now) -> Created[Event]:
    """Write down what was done. Told again it is the same entry, and a proof is added to it."""
    begun = once.begun

    def make() -> Event:
        shop = known_shop(begun.tx)
        noted = health.note(
            begun.tx,
            pet_id,
            kind=body.kind,
            name=health.vaccine_name(body.name) if body.kind == "vaccine" else body.name,
            done_on=body.done_on,
            due_on=body.due_on,
            today=shop.today(at),
            verified_by=who(begun) if body.is_verified else None,
            notes=body.notes,
        )
        look_again(begun, pet_id)
        return noted

    return once.answer(Created[Event], make)


@router.post("/{pet_id}/health-alerts", status_code=status.HTTP_201_CREATED)
def raise_health_alert(pet_id: PetId, body: NewAlert, once: DoneOnce, at: Now) -> Created[Raised]:
    """Somebody should look at this pet. Of a kind there is one open alert, to which is added what is told later."""
    tx = once.begun.tx

    def make() -> Raised:
        today = known_shop(tx).today(at)
        return Raised(id=health.raise_alert(tx, pet_id, today=today, **body.model_dump()))

    return once.answer(Created[Raised], make)


def _change(tx: Tx, contact_id: ContactId, pet_id: PetId, given: dict[Any, Any]) -> None:
    own = given.pop("custom", None)
    if given:
        pets.change(tx, contact_id, pet_id, given)
    if own:
        profiles.fill_in_pet(tx, pet_id, own)


def _shown(tx: Tx, pet_id: PetId, at: datetime) -> Record:
    return health.record_of(tx, pet_id, known_shop(tx).today(at))


def _photos(tx: Tx, pet_id: PetId) -> list[ShownPhoto]:
    return [
        ShownPhoto(media_id=each.media_id, is_main=each.is_main, content_type=each.content_type)
        for each in pets.photos(tx, pet_id)
    ]
