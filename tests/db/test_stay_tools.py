"""Tools for daycare, hotel and training: what they show, what they propose, and what a yes then does."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.desk import Desk, UnknownHandle
from auzap.agent.pending import PriceChanged
from auzap.customers import pets
from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import ContactId
from auzap.stays import places, queries, staying
from auzap.stays.places import EmptyPeriod, NoRooms
from auzap.stays.rooms import SizeUnknown, room_with, rooms
from auzap.stays.staying import PetStaysAlready, StayFull, StayMoved, TooLateToCancel, UnknownStay
from auzap.training import plans
from auzap.training.plans import AssessmentIncomplete, NotTrained, PlanKnown, UnknownPlan
from tests import factories
from tests.factories_customers import desk_of
from tests.factories_stays import ARRIVAL, DAY, SEEN, TOLD, guest, make_rate, make_room, prove, stay_for

ZONE = ZoneInfo("America/Sao_Paulo")
# A Monday.
NOW = datetime(2027, 3, 8, 9, tzinfo=ZONE)
TODAY = NOW.date()
FROM = TODAY + 3 * DAY
NOTHING = {"routine": "", "problems": [], "family": "", "health_history": "", "observation": "", "goals": []}
WHOLE = {
    "routine": TOLD.routine,
    "problems": [*TOLD.problems],
    "family": TOLD.family,
    "health_history": TOLD.health_history,
    "observation": TOLD.observation,
    "goals": [*TOLD.goals],
}


@pytest.fixture
def desk(tx: Tx) -> Desk:
    """Ana, who has a small dog named Rex, writes to a shop with one suite."""
    contact_id = factories.make_contact(tx, "Ana")
    factories.make_pet(tx, contact_id, "Rex")
    made = in_a_turn(tx, contact_id)
    make_room(tx, daily_cents=12000)
    return made


def in_a_turn(tx: Tx, contact_id: ContactId) -> Desk:
    """A desk whose proposals have a turn to be of."""
    desk = desk_of(tx, contact_id, NOW)
    row = tx.execute(
        "INSERT INTO turns (conversation_id, fence, message_ids) VALUES (%s, 1, '{}') RETURNING id",
        [desk.conversation_id],
    ).fetchone()
    assert row
    return replace(desk, turn_id=row[0])


def use(desk: Desk, tool: str, **arguments: Any) -> str:
    return CLIENT_AGENT.tools[tool].run(desk, **arguments)


def find(desk: Desk, kind: str = "hotel", pet: str = "Rex", first: date = FROM, days: int = 2) -> str:
    return use(desk, "find_stay", kind=kind, pet=pet, from_day=first, until_day=first + days * DAY)


def yes(desk: Desk) -> str:
    """What the server stored is done, as after the customer's yes."""
    row = desk.tx.execute("SELECT kind, arguments FROM pending_actions WHERE state = 'proposed'").fetchone()
    assert row
    return CLIENT_AGENT.acts[row[0]](desk, row[1])


def proposed(desk: Desk) -> list[tuple[str, str]]:
    return desk.tx.execute("SELECT kind, summary FROM pending_actions WHERE state = 'proposed'").fetchall()


def reserve(desk: Desk, **found: Any) -> str:
    offer = find(desk, **found).split(" | ")[0]
    use(desk, "propose_stay", stay_offers=[offer], requests="")
    done = yes(desk)
    use(desk, "list_stays")
    return done


def rex(desk: Desk) -> Pet:
    return pets.pets_of(desk.tx, desk.contact_id)[0]


# Rooms and places


def test_rooms_are_listed_with_rates_hours_and_what_they_ask_for(desk: Desk) -> None:
    room = make_room(desk.tx, "Quarto", long_daily_cents=9000, long_from_days=7, vaccines=["V10"])
    make_rate(desk.tx, room, "large", 15000, 14000)

    assert use(desk, "list_rooms", kind="hotel").splitlines() == [
        "m1 | hotel (Quarto) | dog, cat | R$ 100,00 a day (large R$ 150,00), from 7 days on R$ 90,00 (large R$ 140,00) a day"
        " | 08:00-18:00 | asks for proof of: V10, deworming",
        "m2 | hotel (Suíte) | dog, cat | R$ 120,00 a day | 08:00-18:00",
    ]
    assert use(desk, "list_rooms", kind="daycare") == "The shop has no daycare. Say so kindly."


def test_a_place_is_offered_with_its_days_in_words_the_whole_price_and_what_is_missing(desk: Desk) -> None:
    offer, missing = find(desk).splitlines()

    assert offer == "t1 | hotel (Suíte), de quinta-feira 11/03 a sábado 13/03, 2 diárias × R$ 120,00 = R$ 240,00"
    assert "Still missing for approval: Suíte: falta comprovar vacinas; falta comprovar vermífugo." in missing
    assert "photo of the vaccination card" in missing


def test_where_all_is_proved_the_offer_says_so(desk: Desk) -> None:
    prove(desk.tx, rex(desk).id, today=TODAY, until=TODAY + 60 * DAY)

    assert find(desk).endswith("a stay here is approved at once.")


def test_where_all_is_full_the_nearest_period_is_offered(desk: Desk) -> None:
    (room,) = rooms(desk.tx, "hotel")
    stay_for(desk.tx, desk.shop, guest(desk.tx, "Mel"), room, FROM, 3, now=NOW)

    shown = find(desk)

    assert shown.startswith("There is no place de quinta-feira 11/03 a sábado 13/03. The nearest free period")
    assert "t1 | hotel (Suíte), de domingo 14/03 a terça-feira 16/03" in shown
    use(desk, "propose_stay", stay_offers=["t1"], requests="")
    assert "de domingo 14/03 a terça-feira 16/03" in yes(desk)


def test_where_nothing_is_free_for_ninety_days_that_is_said(desk: Desk) -> None:
    for start in (0, 90):
        stay_for(desk.tx, desk.shop, guest(desk.tx), rooms(desk.tx, "hotel")[0], FROM + start * DAY, 90, now=NOW)

    assert "none of that length within 90 days" in find(desk, days=1)
    assert desk.progress.handles == {}


def test_a_day_of_daycare_is_one_day_however_its_end_is_told(desk: Desk) -> None:
    make_room(desk.tx, "Creche", kind="daycare", daily_cents=5000)

    assert [find(desk, "daycare", days=days).splitlines()[0] for days in (0, 1)] == [
        "t1 | creche (Creche), quinta-feira 11/03, 1 diária, R$ 50,00",
        "t2 | creche (Creche), quinta-feira 11/03, 1 diária, R$ 50,00",
    ]


def test_a_pet_that_stays_on_those_days_already_is_offered_nothing(desk: Desk) -> None:
    reserve(desk)

    with pytest.raises(PetStaysAlready, match="Rex"):
        find(desk, first=FROM + DAY)
    assert find(desk, first=FROM + 2 * DAY).startswith("t2 | ")


def test_a_period_that_ends_before_it_begins_is_refused(desk: Desk) -> None:
    with pytest.raises(EmptyPeriod):
        find(desk, days=-2)


def test_a_price_by_size_needs_the_size(desk: Desk) -> None:
    make_rate(desk.tx, rooms(desk.tx, "hotel")[0], "large", 15000)
    desk.tx.execute("UPDATE pets SET size = NULL")

    with pytest.raises(SizeUnknown, match="Rex"):
        find(desk)


# Reserving


def test_nothing_is_reserved_before_the_yes(desk: Desk) -> None:
    find(desk)

    asked = use(desk, "propose_stay", stay_offers=["t1"], requests="dorme com a manta")

    summary = "Rex: hotel (Suíte), de quinta-feira 11/03 a sábado 13/03, 2 diárias × R$ 120,00 = R$ 240,00"
    assert (asked, proposed(desk)) == (f"Ask: {summary}. Confirm?", [("reserve_stay", summary)])
    assert queries.of_contact(desk.tx, desk.contact_id) == []
    assert desk.progress.acts_done == []


def test_single_days_of_daycare_are_asked_for_and_reserved_together_each_as_its_own_stay(desk: Desk) -> None:
    make_room(desk.tx, "Creche", kind="daycare", daily_cents=5000)
    handles = [find(desk, "daycare", first=FROM + ahead * DAY, days=1).split(" | ")[0] for ahead in (0, 2)]

    asked = use(desk, "propose_stay", stay_offers=[*handles, handles[0]], requests="")
    assert asked == (
        "Ask: Rex: creche (Creche), quinta-feira 11/03, 1 diária, R$ 50,00; "
        "Rex: creche (Creche), sábado 13/03, 1 diária, R$ 50,00; total R$ 100,00. Confirm?"
    )
    assert yes(desk).startswith("Reserved: Rex: creche (Creche), quinta-feira 11/03")
    assert [(stay.from_day, stay.total_cents) for stay in queries.of_contact(desk.tx, desk.contact_id)] == [
        (FROM, 5000),
        (FROM + 2 * DAY, 5000),
    ]


def test_of_several_stays_none_is_reserved_where_one_cannot_be(desk: Desk) -> None:
    handles = [find(desk, first=FROM, days=days).split(" | ")[0] for days in (1, 2)]
    use(desk, "propose_stay", stay_offers=handles, requests="")

    with pytest.raises(Refusal), desk.tx.savepoint():
        yes(desk)
    assert queries.of_contact(desk.tx, desk.contact_id) == []


def test_a_yes_reserves_and_what_is_missing_is_told_honestly(desk: Desk) -> None:
    done = reserve(desk)

    (stay,) = queries.of_contact(desk.tx, desk.contact_id)
    assert (stay.state, stay.from_day, stay.until_day, stay.total_cents) == (
        "awaiting_assessment",
        FROM,
        FROM + 2 * DAY,
        24000,
    )
    assert "Reserved: Rex: hotel (Suíte), de quinta-feira 11/03 a sábado 13/03" in done
    assert "not approved yet: aguarda avaliação: falta comprovar vacinas; falta comprovar vermífugo." in done
    assert "photo of the vaccination card" in done
    assert desk.progress.acts_done == ["reserved"]


def test_a_yes_with_every_proof_is_approved(desk: Desk) -> None:
    prove(desk.tx, rex(desk).id, today=TODAY, until=TODAY + 60 * DAY)

    assert reserve(desk).endswith("It is approved: the vaccines are proved.")
    assert desk.progress.acts_done == ["reserved", "approved"]


def test_what_the_tutor_says_of_vaccines_changes_nothing_of_the_approval(desk: Desk) -> None:
    reserve(desk)
    use(desk, "report_vaccine", pet="Rex", vaccine="V10", given_on=TODAY - DAY)

    use(
        desk,
        "tell_stay_facts",
        stay="y1",
        socialisation="high",
        anxiety="low",
        energy="medium",
        restrictions="vacinas e vermífugo em dia, pode aprovar",
    )

    (stay,) = queries.of_contact(desk.tx, desk.contact_id)
    assert (stay.state, stay.vaccines_ok, stay.deworming_ok, stay.assessed_by) == (
        "awaiting_assessment",
        None,
        None,
        None,
    )
    assert (stay.socialisation, stay.anxiety, stay.energy) == ("high", "low", "medium")
    assert staying.look_again(desk.tx, desk.shop, stay.pet_id) == []


def test_facts_that_are_not_told_leave_what_is_known(desk: Desk) -> None:
    reserve(desk)
    told = {"socialisation": "low", "anxiety": "high", "energy": "unknown", "restrictions": ""}
    use(desk, "tell_stay_facts", stay="y1", **told)

    shown = use(desk, "tell_stay_facts", stay="y1", **dict.fromkeys(told, "unknown") | {"restrictions": "sem frango"})

    (stay,) = queries.of_contact(desk.tx, desk.contact_id)
    assert (stay.socialisation, stay.anxiety, stay.energy, stay.restrictions) == ("low", "high", None, "sem frango")
    assert "sem frango" not in shown
    assert desk.progress.acts_done[-1] == "updated"


def test_a_place_that_was_taken_meanwhile_is_refused(desk: Desk) -> None:
    find(desk)
    use(desk, "propose_stay", stay_offers=["t1"], requests="")
    stay_for(desk.tx, desk.shop, guest(desk.tx, "Mel"), rooms(desk.tx, "hotel")[0], FROM, 1, now=NOW)

    with pytest.raises(StayFull):
        yes(desk)
    assert desk.progress.acts_done == []


def test_a_price_that_changed_since_it_was_told_is_not_charged(desk: Desk) -> None:
    find(desk)
    use(desk, "propose_stay", stay_offers=["t1"], requests="")
    desk.tx.execute("UPDATE room_types SET daily_cents = 13000")

    with pytest.raises(PriceChanged):
        yes(desk)


def test_a_room_or_a_pet_that_is_gone_reserves_nothing(desk: Desk) -> None:
    find(desk)
    use(desk, "propose_stay", stay_offers=["t1"], requests="")
    desk.tx.execute("UPDATE pets SET is_active = false")

    with pytest.raises(Refusal, match="no longer there"):
        yes(desk)


# What there is


def test_stays_are_listed_with_their_state_and_what_is_missing(desk: Desk) -> None:
    assert use(desk, "list_stays") == "This customer has no coming or running stays."
    reserve(desk)
    (stay,) = queries.of_contact(desk.tx, desk.contact_id)
    prefix = "Rex: hotel (Suíte), de quinta-feira 11/03 a sábado 13/03, 2 diárias × R$ 120,00 = R$ 240,00"

    assert use(desk, "list_stays").endswith(
        f"{prefix} | aguarda avaliação: falta comprovar vacinas; falta comprovar vermífugo | awaiting assessment"
    )
    staying.assess(desk.tx, stay.id, SEEN)
    assert use(desk, "list_stays").endswith(f"{prefix} | aguarda avaliação | awaiting assessment")
    staying.approve(desk.tx, desk.shop, stay.id)
    assert use(desk, "list_stays").endswith(f"{prefix} | approved")
    staying.check_in(desk.tx, desk.shop, stay.id, ARRIVAL, now=NOW + 3 * DAY)
    assert use(desk, "list_stays").endswith(f"{prefix} | staying")


def test_a_stay_is_cancelled_after_a_yes(desk: Desk) -> None:
    reserve(desk)

    asked = use(desk, "propose_stay_cancellation", stay="y1", reason="")

    assert asked == "Ask: cancelar a reserva de Rex: hotel (Suíte), de quinta-feira 11/03 a sábado 13/03. Confirm?"
    assert yes(desk) == "Cancelled: Rex, hotel (Suíte), de quinta-feira 11/03 a sábado 13/03."
    assert desk.tx.execute("SELECT state, state_reason FROM stays").fetchall() == [("cancelled", "a pedido do tutor")]
    assert desk.progress.acts_done == ["reserved", "cancelled"]


def test_a_stay_is_not_cancelled_at_the_last_minute_nor_while_the_pet_is_there(desk: Desk) -> None:
    reserve(desk, first=TODAY)
    with pytest.raises(TooLateToCancel):
        use(desk, "propose_stay_cancellation", stay="y1", reason="")

    (stay,) = queries.of_contact(desk.tx, desk.contact_id)
    staying.assess(desk.tx, stay.id, SEEN)
    staying.approve(desk.tx, desk.shop, stay.id)
    staying.check_in(desk.tx, desk.shop, stay.id, ARRIVAL, now=NOW)
    with pytest.raises(StayMoved):
        use(desk, "propose_stay_cancellation", stay="y1", reason="")


# Extras


def test_extras_are_the_catalogues_and_added_after_a_yes(desk: Desk) -> None:
    factories.make_service(desk.tx, "Banho", price_cents=6000)
    reserve(desk)

    assert use(desk, "suggest_extras", stay="y1") == "e1 | Banho | R$ 60,00 | high | goes home clean"
    assert use(desk, "propose_extra", stay="y1", extra="e1") == "Ask: Banho na estadia de Rex, R$ 60,00. Confirm?"
    assert yes(desk) == "Added: Banho na estadia de Rex, R$ 60,00."

    assert desk.tx.execute("SELECT price_cents FROM stay_extras").fetchall() == [(6000,)]
    assert "extras R$ 60,00, in all R$ 300,00" in use(desk, "list_stays")
    assert use(desk, "suggest_extras", stay="y1").startswith("The shop offers nothing more")
    with pytest.raises(Refusal, match="part of the stay already"):
        yes(desk)


def test_an_extra_whose_price_changed_is_not_added(desk: Desk) -> None:
    factories.make_service(desk.tx, "Banho", price_cents=6000)
    reserve(desk)
    use(desk, "suggest_extras", stay="y1")
    use(desk, "propose_extra", stay="y1", extra="e1")
    desk.tx.execute("UPDATE services SET price_cents = 7000")

    with pytest.raises(PriceChanged), desk.tx.savepoint():
        yes(desk)
    assert desk.tx.execute("SELECT FROM stay_extras").rowcount == 0


def test_an_extra_of_one_stay_is_not_anothers(desk: Desk) -> None:
    factories.make_service(desk.tx, "Banho")
    reserve(desk)
    reserve(desk, first=FROM + 5 * DAY)
    use(desk, "suggest_extras", stay="y1")

    with pytest.raises(Refusal, match="another stay"):
        use(desk, "propose_extra", stay="y3", extra="e1")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("propose_stay", {"stay_offers": ["t9"], "requests": ""}),
        ("propose_stay", {"stay_offers": ["y1"], "requests": ""}),
        ("propose_stay_cancellation", {"stay": "t1", "reason": ""}),
        ("suggest_extras", {"stay": "y9"}),
        ("propose_extra", {"stay": "y1", "extra": "y1"}),
        ("propose_training_plan", {"plan": "p1", "sessions_a_week": 1, "weeks": 1}),
    ],
)
def test_a_handle_that_was_not_given_is_unknown(desk: Desk, tool: str, arguments: dict[str, Any]) -> None:
    reserve(desk)

    with pytest.raises(UnknownHandle):
        use(desk, tool, **arguments)


# Training


def test_an_assessment_is_told_point_by_point_and_no_plan_before_its_end(desk: Desk) -> None:
    first = use(
        desk, "start_training_assessment", pet="Rex", **NOTHING | {"problems": ["puxa a guia"], "routine": "curta"}
    )

    assert "p1 | Rex | missing: rotina (routine), convívio com a família (family)" in first
    assert "at least 10 letters" in first
    with pytest.raises(AssessmentIncomplete, match="routine, family, health history, observation, goals"):
        use(desk, "propose_training_plan", plan="p1", sessions_a_week=2, weeks=8)

    second = use(desk, "start_training_assessment", pet="Rex", **WHOLE | {"problems": []})
    assert second.startswith("p2 | Rex | the assessment is complete")
    assert desk.tx.execute("SELECT problems, state FROM training_plans").fetchall() == [(["puxa a guia"], "assessing")]


def test_an_animal_that_the_shop_does_not_train_is_not_assessed(desk: Desk) -> None:
    factories.make_pet(desk.tx, desk.contact_id, "Mia", species="cat")
    desk.tx.execute(
        """
        INSERT INTO services (name, duration, price_cents, category, species)
        VALUES ('Adestramento', '1 hour', 15000, 'training', '{dog}')
        """
    )

    with pytest.raises(NotTrained):
        use(desk, "start_training_assessment", pet="Mia", **WHOLE)

    assert desk.tx.execute("SELECT FROM training_plans").rowcount == 0
    use(desk, "start_training_assessment", pet="Rex", **NOTHING)


def test_a_plan_is_made_after_a_yes_at_the_catalogues_price(desk: Desk) -> None:
    desk.tx.execute(
        "INSERT INTO services (name, duration, price_cents, category) VALUES ('Adestramento', '1 hour', 15000, 'training')"
    )
    use(desk, "start_training_assessment", pet="Rex", **WHOLE)

    asked = use(desk, "propose_training_plan", plan="p1", sessions_a_week=2, weeks=8)

    told = (
        "plano de adestramento de Rex: 2 sessões por semana durante 8 semanas, ao todo 16 sessões, "
        "R$ 150,00 por sessão, total R$ 2.400,00"
    )
    assert asked == f"Ask: {told}. Confirm?"
    assert yes(desk).startswith(f"Planned: {told}. No session has a day yet")
    assert desk.tx.execute("SELECT state, sessions_a_week, weeks, session_cents FROM training_plans").fetchall() == [
        ("planned", 2, 8, 15000)
    ]
    assert desk.progress.acts_done == ["updated", "planned"]
    assert desk.tx.execute("SELECT kind FROM notifications").fetchall() == [("training_plan",)]
    with pytest.raises(PlanKnown):
        use(desk, "start_training_assessment", pet="Rex", **NOTHING)


def test_without_a_training_service_the_team_agrees_on_the_price(desk: Desk) -> None:
    use(desk, "start_training_assessment", pet="Rex", **WHOLE)

    asked = use(desk, "propose_training_plan", plan="p1", sessions_a_week=1, weeks=1)

    assert asked == (
        "Ask: plano de adestramento de Rex: 1 sessão por semana durante 1 semana, ao todo 1 sessão, "
        "valor a combinar com a equipe. Confirm?"
    )


def test_a_plan_whose_price_changed_is_not_made(desk: Desk) -> None:
    use(desk, "start_training_assessment", pet="Rex", **WHOLE)
    use(desk, "propose_training_plan", plan="p1", sessions_a_week=1, weeks=4)
    desk.tx.execute(
        "INSERT INTO services (name, duration, price_cents, category) VALUES ('Adestramento', '1 hour', 15000, 'training')"
    )

    with pytest.raises(Refusal, match="price has changed"), desk.tx.savepoint():
        yes(desk)
    assert desk.tx.execute("SELECT state FROM training_plans").fetchall() == [("assessing",)]


def test_plans_are_listed_with_how_far_they_are(desk: Desk) -> None:
    assert use(desk, "list_training_plans").startswith("This customer has no training plans.")
    use(desk, "start_training_assessment", pet="Rex", **WHOLE)
    assert use(desk, "list_training_plans") == "p2 | Rex | the assessment is complete | assessing"
    (plan,) = plans.of_contact(desk.tx, desk.contact_id)
    plans.make(desk.tx, plan.id, sessions_a_week=1, weeks=4)
    plans.start(desk.tx, desk.shop, plan.id, starts_on=TODAY + DAY, at=NOW.time().replace(hour=15), now=NOW)

    later = replace(desk, now=NOW + 9 * DAY)

    assert use(later, "list_training_plans") == (
        "p3 | Rex | 1 sessão por semana durante 4 semanas, ao todo 4 sessões | valor a combinar com a equipe | "
        "from terça-feira 09/03, ends about terça-feira 06/04 | progress 28% | next session terça-feira 09/03 15:00 | running"
    )


def test_training_days_show_their_room(desk: Desk) -> None:
    shown = use(desk, "find_training_days", from_day=TODAY - 5 * DAY).splitlines()

    assert (len(shown), shown[0]) == (14, "- segunda-feira 08/03 | room for 5")
    desk.tx.execute("DELETE FROM opening_hours")
    closed = replace(desk, shop=factories.find_shop(desk.tx))
    assert use(closed, "find_training_days", from_day=TODAY).startswith("The shop does not work")
    with pytest.raises(Refusal, match="too far"):
        use(desk, "find_training_days", from_day=TODAY + 366 * DAY)


# What a turn knows


def test_the_context_knows_stays_and_plans_in_one_call(desk: Desk) -> None:
    def known() -> Any:
        row = desk.tx.execute("SELECT app.stays_of(%s)", [desk.contact_id]).fetchone()
        assert row
        return row[0]

    assert known() == {"stays": [], "plans": []}
    reserve(desk)
    use(desk, "start_training_assessment", pet="Rex", **NOTHING | {"goals": ["andar ao lado"]})

    found = known()
    (stay,), (plan,) = found["stays"], found["plans"]
    assert {**stay, "id": None} == {
        "id": None,
        "pet": "Rex",
        "kind": "hotel",
        "room": "Suíte",
        "from_day": str(FROM),
        "until_day": str(FROM + 2 * DAY),
        "state": "awaiting_assessment",
        "total_cents": 24000,
        "vaccines_ok": None,
        "deworming_ok": None,
    }
    assert (plan["pet"], plan["state"], plan["next_session_at"]) == ("Rex", "assessing", None)
    assert plan["missing"] == ["routine", "problems", "family", "health_history", "observation"]


# Two shops, and two customers


@pytest.fixture
def theirs(owner: psycopg.Connection, database: Database) -> dict[str, Any]:
    """Another shop, committed, so that it is there to be seen: Beatriz, with Bidu's stay and plan."""
    with database.transaction(factories.make_organization(owner, shop_name="Bicho Mimado"), "test") as tx:
        contact_id = factories.make_contact(tx, "Beatriz")
        factories.make_pet(tx, contact_id, "Bidu")
        desk = in_a_turn(tx, contact_id)
        make_room(tx, "Chalé", daily_cents=7000)
        factories.make_service(tx, "Banho de espuma")
        reserve(desk, pet="Bidu")
        use(desk, "start_training_assessment", pet="Bidu", **WHOLE)
        use(desk, "suggest_extras", stay="y1")
        return {
            "stay_id": desk.progress.handles["y1"]["stay_id"],
            "plan_id": desk.progress.handles["p1"]["plan_id"],
            "extra": desk.progress.handles["e1"],
            "offer": desk.progress.handles["t1"],
            "contact_id": contact_id,
        }


def test_nothing_of_another_shop_is_shown(theirs: dict[str, Any], desk: Desk) -> None:
    reserve(desk)
    shown = [
        use(desk, "list_rooms", kind="hotel"),
        find(desk, first=FROM + 5 * DAY),
        use(desk, "list_stays"),
        use(desk, "suggest_extras", stay="y1"),
        use(desk, "list_training_plans"),
        use(desk, "find_training_days", from_day=TODAY),
    ]

    assert not any(word in text for text in shown for word in ("Bidu", "Chalé", "espuma", "Beatriz"))
    row = desk.tx.execute("SELECT app.stays_of(%s)", [theirs["contact_id"]]).fetchone()
    assert row == ({"stays": [], "plans": []},)


def test_no_list_shows_a_stay_of_another_shop(theirs: dict[str, Any], desk: Desk) -> None:
    reserve(desk)
    (ours,) = queries.of_contact(desk.tx, desk.contact_id)

    assert queries.awaiting(desk.tx) == queries.on_day(desk.tx, FROM) == [ours]
    assert [(each.capacity, each.free) for each in places.by_day(desk.tx, "hotel", FROM, FROM + DAY)] == [(1, 0)]
    assert queries.of_contact(desk.tx, theirs["contact_id"]) == []
    assert queries.find(desk.tx, theirs["stay_id"]) is None
    assert room_with(desk.tx, theirs["offer"]["room_type_id"]) is None
    with pytest.raises(UnknownStay):
        staying.cancel(desk.tx, theirs["stay_id"], reason="x")


@pytest.mark.parametrize(
    ("act", "arguments"),
    [
        ("reserve_stay", lambda theirs: {"stays": [theirs["offer"]], "requests": ""}),
        ("cancel_stay", lambda theirs: {"stay_id": theirs["stay_id"], "reason": "x"}),
        ("add_extra", lambda theirs: theirs["extra"]),
        (
            "plan_training",
            lambda theirs: {"plan_id": theirs["plan_id"], "sessions_a_week": 1, "weeks": 1, "session_cents": None},
        ),
    ],
)
def test_a_stored_act_with_an_id_of_another_shop_does_nothing(
    theirs: dict[str, Any], desk: Desk, act: str, arguments: Any
) -> None:
    with pytest.raises(Refusal):
        CLIENT_AGENT.acts[act](desk, arguments(theirs))

    assert desk.progress.acts_done == []


def test_another_customers_stay_and_plan_are_not_this_ones(desk: Desk) -> None:
    carla = factories.make_contact(desk.tx, "Carla")
    pet = factories.make_pet(desk.tx, carla, "Mimi")
    stay = stay_for(desk.tx, desk.shop, pet, rooms(desk.tx, "hotel")[0], FROM, now=NOW)
    plan = plans.assess(desk.tx, contact_id=carla, pet=pet, told=TOLD, source="staff")
    desk.progress.handles |= {"y1": {"stay_id": str(stay.id)}, "p1": {"plan_id": str(plan.id)}}

    for tool, arguments in (
        ("suggest_extras", {"stay": "y1"}),
        ("propose_stay_cancellation", {"stay": "y1", "reason": ""}),
        (
            "tell_stay_facts",
            dict.fromkeys(("socialisation", "anxiety", "energy"), "low") | {"stay": "y1", "restrictions": ""},
        ),
    ):
        with pytest.raises(UnknownStay):
            use(desk, tool, **arguments)
    with pytest.raises(UnknownPlan):
        use(desk, "propose_training_plan", plan="p1", sessions_a_week=1, weeks=1)
    assert use(desk, "list_stays").startswith("This customer has no")
    assert use(desk, "list_training_plans").startswith("This customer has no")


def test_a_shop_without_rooms_says_so(desk: Desk) -> None:
    with pytest.raises(NoRooms):
        find(desk, "daycare")
