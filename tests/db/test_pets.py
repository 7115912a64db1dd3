"""The pets of a customer: registered once, described by what is told, shown with the photos that the customer sent."""

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest

from auzap.customers import pets
from auzap.customers.pets import NoName, NoSuchPhoto, PetKnown, UnfitValue, UnknownPet
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId, MediaId, PetId
from tests import factories, factories_customers
from tests.factories_customers import pet, photo

TODAY = date(2027, 3, 10)


@pytest.fixture
def ana(tx: Tx) -> ContactId:
    return factories.make_contact(tx, "Ana")


def registered(tx: Tx, contact_id: ContactId, **told: Any) -> pets.Pet:
    return pets.register(tx, contact_id, **{"name": "Rex", "species": "dog", **told})


def test_a_pet_is_kept_as_it_was_told(tx: Tx, ana: ContactId) -> None:
    born = pets.months_later(TODAY, -26)

    made = registered(tx, ana, breed="SRD", size="medium", coat="long", birth_date=born, temperament="calmo")

    assert pets.pets_of(tx, ana) == [made]
    assert (made.size, made.coat, made.age_in_months(TODAY)) == ("medium", "long", 26)
    assert pets.profile(tx, made.id).temperament == "calmo"


def test_a_known_pet_is_completed_and_never_overwritten(tx: Tx, ana: ContactId) -> None:
    first = registered(tx, ana, size="small")

    again = registered(tx, ana, name="rex", breed="Poodle", size="giant", coat="short", temperament="dócil")

    assert (again.id, again.name, again.breed, again.size, again.coat) == (first.id, "Rex", "Poodle", "small", "short")


@pytest.mark.parametrize("told", [{}, {"size": "giant"}, {"species": "cat", "breed": "Persa"}])
def test_what_is_known_already_or_another_animal_of_that_name_is_refused(
    tx: Tx, ana: ContactId, told: dict[str, Any]
) -> None:
    registered(tx, ana, size="small")

    with pytest.raises(PetKnown):
        registered(tx, ana, **told)

    assert tx.execute("SELECT species, size, breed FROM pets").fetchall() == [("dog", "small", None)]


@pytest.mark.parametrize("name", ["cachorro", "Gato", "Poodle", "não sei"])
def test_a_species_or_a_breed_is_not_registered_as_a_name(tx: Tx, ana: ContactId, name: str) -> None:
    with pytest.raises(NoName):
        registered(tx, ana, name=name)
    with pytest.raises(NoName):
        registered(tx, ana, name="Basset Griffon", breed="basset griffon")

    assert pets.pets_of(tx, ana) == []


def test_fields_change_one_by_one_and_the_others_stay(tx: Tx, ana: ContactId) -> None:
    pet_id = pet(tx, ana, size=None)

    pets.change(tx, ana, pet_id, {"allergies": "frango", "birth_date": date(2025, 1, 2), "is_neutered": True})
    pets.change(tx, ana, pet_id, {"colour": "caramelo"})
    pets.change(tx, ana, pet_id, {"allergies": None})

    known = pets.profile(tx, pet_id)
    assert (known.allergies, known.birth_date, known.is_neutered, known.colour) == (
        *(None, date(2025, 1, 2), True, "caramelo"),
    )


def test_a_weight_gives_the_size_only_where_nobody_has_said_one(tx: Tx, ana: ContactId) -> None:
    unknown, known = pet(tx, ana, "Rex", size=None), pet(tx, ana, "Thor", size="giant")

    for pet_id in (unknown, known):
        pets.change(tx, ana, pet_id, {"weight_grams": 12_500})

    assert [found.size for found in pets.pets_of(tx, ana)] == ["medium", "giant"]


@pytest.mark.parametrize(
    "changes",
    [{"size": "enormous"}, {"weight_grams": 0}, {"birth_date": "ontem"}, {"name": None}, {"behaviour_score": 101}],
)
def test_a_value_that_does_not_fit_is_refused_and_leaves_the_transaction_alive(
    tx: Tx, ana: ContactId, changes: dict[pets.Field, Any]
) -> None:
    pet_id = pet(tx, ana)

    with pytest.raises(UnfitValue):
        pets.change(tx, ana, pet_id, changes)

    assert pets.profile(tx, pet_id).name == "Rex"


def test_two_pets_do_not_get_one_name(tx: Tx, ana: ContactId) -> None:
    pet(tx, ana, "Rex")
    other = pet(tx, ana, "Thor")

    with pytest.raises(PetKnown):
        pets.change(tx, ana, other, {"name": "REX"})


def test_nobody_changes_a_pet_of_somebody_else(tx: Tx, ana: ContactId) -> None:
    theirs = pet(tx, factories.make_contact(tx, "Carla"))

    with pytest.raises(UnknownPet):
        pets.change(tx, ana, theirs, {"colour": "preto"})


def test_a_pet_that_has_died_is_offered_no_more_and_its_alerts_are_settled(tx: Tx, ana: ContactId) -> None:
    pet_id = pet(tx, ana)
    tx.execute(
        "INSERT INTO health_alerts (pet_id, kind, severity, description) VALUES (%s, 'urgent_health', 'high', 'x')",
        [pet_id],
    )

    pets.let_go(tx, pet_id, died_on=TODAY)

    assert pets.pets_of(tx, ana) == []
    assert (pets.profile(tx, pet_id).is_active, pets.profile(tx, pet_id).died_on) == (False, TODAY)
    assert tx.execute("SELECT state, resolved_by FROM health_alerts").fetchall() == [("resolved", "test")]


def test_a_pet_that_was_given_away_comes_back_unless_its_name_is_taken(tx: Tx, ana: ContactId) -> None:
    gone = pet(tx, ana)
    pets.let_go(tx, gone)
    pets.bring_back(tx, gone)
    assert [found.id for found in pets.pets_of(tx, ana)] == [gone]

    pets.let_go(tx, gone)
    pet(tx, ana, "rex")
    with pytest.raises(PetKnown):
        pets.bring_back(tx, gone)


@pytest.fixture
def theirs(owner: psycopg.Connection, connect: Callable[[], Database]) -> PetId:
    """A pet of another shop, committed, so that it is there to be seen."""
    with connect().transaction(factories.make_organization(owner), "test") as tx:
        return pet(tx, factories.make_contact(tx))


def test_another_shops_pet_is_unknown(theirs: PetId, tx: Tx) -> None:
    for act in (pets.profile, pets.let_go, pets.bring_back):
        with pytest.raises(UnknownPet):
            act(tx, theirs)


# Photos


@pytest.fixture
def album(tx: Tx, ana: ContactId) -> tuple[PetId, list[MediaId]]:
    """A pet, and two photos that its customer has sent."""
    conversation_id = factories.make_conversation(tx, factories.make_account(tx), ana)
    return pet(tx, ana), [photo(tx, conversation_id) for _ in range(2)]


def test_the_first_photo_stands_for_the_pet_until_another_does(tx: Tx, album: tuple[PetId, list[MediaId]]) -> None:
    pet_id, (first, second) = album
    assert pets.photos(tx, pet_id) == []

    for media_id in (first, second, first):
        pets.add_photo(tx, pet_id, media_id)
    assert [(shown.media_id, shown.is_main) for shown in pets.photos(tx, pet_id)] == [(first, True), (second, False)]

    pets.show_first(tx, pet_id, second)
    assert [(shown.media_id, shown.is_main) for shown in pets.photos(tx, pet_id)] == [(second, True), (first, False)]

    pets.remove_photo(tx, pet_id, second)
    assert [shown.media_id for shown in pets.photos(tx, pet_id)] == [first]


@pytest.mark.parametrize("kept", [{"kind": "audio"}, {"state": "waiting"}, {"sender": "staff"}])
def test_only_a_stored_photo_of_the_customers_own_is_kept(
    tx: Tx, ana: ContactId, album: tuple[PetId, list[MediaId]], kept: dict[str, str]
) -> None:
    pet_id, _ = album
    conversation_id = tx.execute("SELECT id FROM conversations").fetchone()
    assert conversation_id
    media_id = photo(tx, conversation_id[0], **kept)

    with pytest.raises(NoSuchPhoto):
        pets.add_photo(tx, pet_id, media_id)
    with pytest.raises(NoSuchPhoto):
        pets.show_first(tx, pet_id, media_id)


def test_a_photo_from_another_customers_conversation_is_not_this_pets(
    tx: Tx, album: tuple[PetId, list[MediaId]]
) -> None:
    _, (media_id, _) = album
    stranger = factories_customers.pet(tx, factories.make_contact(tx, "Carla"))

    with pytest.raises(NoSuchPhoto):
        pets.add_photo(tx, stranger, media_id)


def test_a_photo_that_its_sender_deleted_is_not_shown(tx: Tx, album: tuple[PetId, list[MediaId]]) -> None:
    pet_id, (media_id, _) = album
    pets.add_photo(tx, pet_id, media_id)
    tx.execute("UPDATE media SET state = 'refused', object_key = NULL WHERE id = %s", [media_id])

    assert pets.photos(tx, pet_id) == []
