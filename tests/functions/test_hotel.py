"""The hotel for the holiday: reserved on a phone, approved only by a proof that a person has seen, told every day."""

import json
from datetime import timedelta

from auzap.customers import health
from auzap.ids import ConversationId, PetId
from auzap.organizations.shop import find_shop
from auzap.stays import activities, reports, staying
from local.street.chats import Chat
from tests.factories_stays import ARRIVAL, DAY, make_room
from tests.functions.house import House
from tests.functions.outside.model import answer, call


def work(house: House) -> None:
    for queue in ("turns", "outbox"):
        for invocation in house.work(queue):
            assert invocation.failed == [], invocation.output


def said(house: House) -> list[str]:
    """What the shop has said to its customer, the last first."""
    return [
        text
        for (text,) in house.rows(
            "SELECT text FROM messages WHERE sender <> 'customer' ORDER BY provider_at DESC, id DESC"
        )
    ]


def results(house: House) -> str:
    """What the model was last told by the tools and the server."""
    return house.outside.model.asked[-1].text


def make_hotel(house: House) -> Chat:
    """A suite, and Ana with her dog Rex."""
    ana = house.person("Ana Souza")
    house.outside.model.script = [answer("Oi, Ana! Como posso ajudar?")]
    house.hear(ana, "Oi!")
    work(house)
    with house.database.transaction(house.organization_id, "test") as tx:
        make_room(tx, daily_cents=12000)
        tx.execute("INSERT INTO pets (contact_id, name, species, size) SELECT id, 'Rex', 'dog', 'small' FROM contacts")
    return ana


def reserve(house: House, ana: Chat) -> None:
    """Four nights in three weeks, with a yes."""
    today = house.one("SELECT (app.now() AT TIME ZONE 'America/Sao_Paulo')::date")
    days = {"from_day": str(today + 20 * DAY), "until_day": str(today + 24 * DAY)}
    house.outside.model.script = [
        call("find_stay", kind="hotel", pet="Rex", **days),
        call("propose_stay", stay_offers=["t1"], requests="dorme com a manta"),
        answer("Posso reservar a suíte para o Rex?"),
    ]
    house.hear(ana, "Quero deixar o Rex no hotel no feriado, as vacinas estão em dia")
    work(house)
    assert house.rows("SELECT FROM stays") == []
    house.outside.model.script = [
        answer("A suíte do Rex está reservada! Falta comprovar vacinas e vermífugo: me manda uma foto da carteirinha?")
    ]
    house.hear(ana, "sim")
    work(house)


def test_a_stay_without_proof_waits_until_a_person_has_seen_it(house: House) -> None:
    ana = make_hotel(house)

    reserve(house, ana)

    assert house.rows("SELECT state, vaccines_ok, deworming_ok, total_cents, source, requests FROM stays") == [
        ("awaiting_assessment", None, None, 48000, "agent", "dorme com a manta")
    ]
    assert "aguarda avaliação: falta comprovar vacinas; falta comprovar vermífugo" in results(house)
    assert said(house)[0].startswith("A suíte do Rex está reservada! Falta comprovar vacinas")
    assert house.rows("SELECT kind FROM notifications WHERE kind = 'stay_assessment'") == [("stay_assessment",)]

    verify(house)
    for invocation in house.work("outbox"):
        assert invocation.failed == [], invocation.output

    assert house.rows("SELECT state, assessed_by FROM stays") == [("approved", "health_record")]
    assert house.outside.texts[-1].startswith("Boa notícia! A reserva de Rex está aprovada: hotel (Suíte), de ")
    assert house.rows("SELECT to_state, actor FROM stay_moves ORDER BY id") == [
        ("awaiting_assessment", "agent"),
        ("approved", "user:bia"),
    ]


def verify(house: House) -> None:
    """Somebody of the shop has seen the card, writes down what it proves, and looks at the stays again."""
    pet_id = PetId(house.one("SELECT id FROM pets"))
    with house.database.transaction(house.organization_id, "user:bia") as tx:
        shop = find_shop(tx)
        today = shop.today(house.clock.now())
        for kind, name in (("vaccine", "V10"), ("deworming", "Vermífugo")):
            health.note(tx, pet_id, kind=kind, name=name, done_on=today - DAY, today=today, verified_by="user:bia")  # pyright: ignore[reportArgumentType]
        (approved,) = staying.look_again(tx, shop, pet_id)
    hint(house, approved.conversation_id)


def hint(house: House, conversation_id: ConversationId | None) -> None:
    shop, place = str(house.organization_id), str(conversation_id)
    house.traffic.put("outbox", json.dumps({"organization_id": shop, "conversation_id": place}))


def test_what_the_tutor_says_of_vaccines_approves_nothing(house: House) -> None:
    ana = make_hotel(house)
    reserve(house, ana)
    given = house.one("SELECT (app.now() AT TIME ZONE 'America/Sao_Paulo')::date - 30")
    house.outside.model.script = [
        call("report_vaccine", pet="Rex", vaccine="V10", given_on=str(given)),
        call("list_stays"),
        call(
            "tell_stay_facts",
            stay="y1",
            socialisation="high",
            anxiety="low",
            energy="medium",
            restrictions="vacinas em dia, aprove",
        ),
        answer("Anotei tudo! A equipe ainda precisa ver a carteirinha: me manda uma foto?"),
    ]

    house.hear(ana, "Ele tomou a V10 mês passado e o vermífugo também, pode aprovar!")
    work(house)

    assert house.rows("SELECT state, vaccines_ok, deworming_ok, assessed_by FROM stays") == [
        ("awaiting_assessment", None, None, None)
    ]
    assert "aguarda avaliação: falta comprovar vacinas; falta comprovar vermífugo" in results(house)
    assert said(house)[0].startswith("Anotei tudo!")


def test_a_reply_that_calls_it_approved_is_not_sent(house: House) -> None:
    ana = make_hotel(house)
    reserve(house, ana)
    house.outside.model.script = [call("list_stays"), answer("A estadia do Rex já está aprovada, vacinas conferidas!")]

    house.hear(ana, "Então está aprovado?")
    work(house)

    assert not any("aprovada" in text for text in said(house))
    assert house.rows("SELECT rules FROM security_incidents WHERE action = 'blocked'") != []


def test_the_day_at_the_hotel_is_reminded_of_at_six_and_read_on_the_phone(house: House) -> None:
    ana = make_hotel(house)
    reserve(house, ana)
    verify(house)
    house.work("outbox")
    with house.database.transaction(house.organization_id, "user:bia") as tx:
        ((stay_id, first),) = tx.execute("SELECT id, from_day FROM stays").fetchall()
        shop = find_shop(tx)
        now = house.clock.now()
        house.clock.move(shop.local(now).replace(hour=12) + (first - shop.today(now)) - now)
        staying.check_in(tx, shop, stay_id, ARRIVAL, now=house.clock.now())
    house.clock.move(timedelta(hours=6))
    at = house.clock.now().replace(minute=0, second=0, microsecond=0).isoformat()
    work_asked = {"organization_id": str(house.organization_id), "subject": str(house.organization_id), "at": at}
    house.traffic.put("automations", json.dumps(work_asked | {"job": "stay_reports_pending"}))
    (invocation,) = house.work("automations")

    assert invocation.failed == [], invocation.output
    assert '"StayReportsPending": 1' in invocation.output
    assert house.rows("SELECT detail ->> 'count' FROM notifications WHERE kind = 'stay_reports_pending'") == [("1",)]

    # The tutor has written today.
    house.change("UPDATE conversations SET last_inbound_at = app.now() - interval '1 hour'")
    with house.database.transaction(house.organization_id, "user:bia") as tx:
        now = house.clock.now()
        activities.log(tx, stay_id, "feeding", "comeu tudo", at=now - timedelta(hours=1), now=now)
        place = reports.send(tx, find_shop(tx), stay_id, now=now)
    hint(house, place)
    house.work("outbox")

    assert house.outside.texts[-1].splitlines()[0].startswith("🐾 O dia de Rex, ")
    assert "Alimentação: comeu tudo" in house.outside.texts[-1]
