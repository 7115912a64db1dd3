"""Dashboard and usage over the API: figures of what happened, and nothing where nothing is known."""

from datetime import timedelta
from typing import Any

import pytest

from auzap.insights.figures import count_days
from tests import factories
from tests.api.talking import Talk, open_talk, other_talk, talk
from tests.factories import new_wa_id

__all__ = ["open_talk", "other_talk", "talk"]


def show(talk: Talk, days: int = 7) -> dict[str, Any]:
    # What was shown a moment ago is shown again for a minute.
    talk.place.clock.move(timedelta(seconds=61))
    return talk.place.get(f"/v1/dashboard?days={days}")


def answered(talk: Talk, place: str, text: str = "O banho custa R$ 60,00.", *, intent: str = "prices") -> None:
    talk.write(
        """
        WITH turned AS (
          INSERT INTO turns (conversation_id, fence, state, message_ids, intent, sentiment, finished_at)
          SELECT m.conversation_id, 1, 'answered', ARRAY[m.id], %s, 'neutral', uuid_extract_timestamp(m.id) + interval '4 seconds'
          FROM messages m WHERE m.conversation_id = %s AND m.sender = 'customer' ORDER BY m.id DESC LIMIT 1
          RETURNING id, conversation_id
        )
        INSERT INTO messages (conversation_id, sender, kind, text, provider_at)
        SELECT conversation_id, 'agent', 'text', %s, app.now() FROM turned
        """,
        intent,
        place,
        text,
    )


def test_a_new_shop_has_zeros_for_what_was_counted_and_nothing_for_the_rest(talk: Talk) -> None:
    shown = show(talk)

    totals = shown["totals"]
    assert (totals["received"], totals["revenue_cents"], totals["visits"]) == (0, 0, 0)
    for share in (
        "automation",
        "resolved",
        "handed_over",
        "answered",
        "at_weekends",
        "when_closed",
        "returning",
        "mean_ticket_cents",
    ):
        assert totals[share] is None
    assert shown["now"]["mean_score"] is None
    assert shown["now"]["conversations"] == shown["intents"] == shown["services"] == shown["revenue_by_month"] == []
    assert shown["hand_off_reasons"] == []
    assert len(shown["by_day"]) == 7
    assert {day["answer_seconds_median"] for day in shown["by_day"]} == {None}
    assert shown["impact"]["value_cents"] == 0


def test_the_day_is_counted_from_what_was_said(talk: Talk) -> None:
    ana, bia = talk.say(wa_id=new_wa_id()), talk.say(wa_id=new_wa_id())
    answered(talk, ana)
    answered(talk, ana, intent="booking")
    answered(talk, bia, intent="booking")
    talk.place.post(f"/v1/conversations/{bia}/messages", {"type": "text", "text": "Oi, aqui é a Helena."})

    shown = show(talk)

    totals, today = shown["totals"], shown["by_day"][-1]
    assert (totals["received"], totals["by_agent"], totals["by_staff"], totals["conversations"]) == (2, 3, 1, 2)
    assert (totals["automation"], totals["answered"], totals["handed_over"]) == (0.75, 1, 0.5)
    assert totals["resolved"] == 0.5
    assert (today["received"], today["spoken_with"], today["answer_seconds_median"]) == (2, 2, 4)
    assert shown["intents"] == [{"name": "booking", "count": 2}, {"name": "prices", "count": 1}]
    assert shown["sentiments"] == [{"name": "neutral", "count": 3}]
    assert shown["now"]["conversations"] == [{"name": "ai", "count": 1}, {"name": "human", "count": 1}]
    assert shown["now"]["unread"] == 1
    assert [number["status"] for number in shown["now"]["numbers"]] == ["connected"]


def called(talk: Talk, place: str, reason: str, *, trigger: str | None = None) -> None:
    """A person is called; by a turn, which says why in a word of ours beside the agent's own words."""
    talk.write(
        """
        WITH handed AS (
          UPDATE conversations SET state = 'waiting_human', handoff_reason = %s, handoff_at = app.now()
          WHERE id = %s RETURNING id
        )
        UPDATE turns SET handoff_trigger = %s, finished_at = app.now()
        WHERE id = (SELECT t.id FROM turns t JOIN handed ON t.conversation_id = handed.id ORDER BY t.id DESC LIMIT 1)
        """,
        reason,
        place,
        trigger,
    )


def test_what_the_agent_carried_alone_and_why_people_were_called_are_told_of_the_period(talk: Talk) -> None:
    places = [talk.say(wa_id=new_wa_id()) for _ in range(8)]
    for place in places[:7]:
        answered(talk, place)
    called(talk, places[0], "Carla quer falar do Thor", trigger="emergency")
    called(talk, places[1], "quer desconto", trigger="agent")
    called(talk, places[2], "outra pergunta", trigger="agent")
    called(talk, places[3], "agent_off")
    # Whose turn it is to take it makes it no second call.
    talk.write("UPDATE conversations SET assigned_user_id = %s WHERE id = %s", talk.user_id, places[0])

    shown = show(talk)

    assert (shown["totals"]["resolved"], shown["totals"]["handed_over"], shown["totals"]["hand_offs"]) == (
        0.375,
        0.5,
        4,
    )
    assert shown["hand_off_reasons"] == [
        {"name": "agent", "count": 2},
        {"name": "agent_off", "count": 1},
        {"name": "emergency", "count": 1},
    ]


def test_what_the_agent_wrote_of_a_customer_is_no_figure(talk: Talk) -> None:
    called(talk, talk.say(), "Carla quer falar do Thor")

    assert show(talk)["hand_off_reasons"] == [{"name": "agent", "count": 1}]


def test_the_five_most_frequent_reasons_are_told(talk: Talk) -> None:
    reasons = ["person", "turns", "score", "price", "confidence", "intent"]
    for reason in [*reasons, "intent"]:
        called(talk, talk.say(wa_id=new_wa_id()), reason)

    told = show(talk)["hand_off_reasons"]

    assert [each["name"] for each in told] == ["intent", "confidence", "person", "price", "score"]


def test_people_called_on_days_that_are_over_are_added_to_those_of_today(talk: Talk) -> None:
    talk.write(
        """
        INSERT INTO daily_figures (day, metric, amount)
        SELECT %s::date - 1, metric, 1 FROM unnest(ARRAY['counted', 'spoken_with', 'called', 'called_for:person']) metric
        """,
        talk.place.today,
    )
    called(talk, talk.say(wa_id=new_wa_id()), "person")
    talk.say(wa_id=new_wa_id())
    answered(talk, talk.say(wa_id=new_wa_id()))

    shown = show(talk)

    assert shown["hand_off_reasons"] == [{"name": "person", "count": 2}]
    assert (shown["totals"]["resolved"], shown["totals"]["handed_over"]) == (0.25, 0.5)


def test_what_the_owner_says_to_the_agent_is_not_counted(talk: Talk) -> None:
    talk.write("INSERT INTO authorized_owner_numbers (phone, name) VALUES ('+5511987654321', 'Helena')")
    answered(talk, talk.say(wa_id="5511987654321"))

    totals = show(talk)["totals"]

    assert (totals["received"], totals["by_agent"], totals["conversations"]) == (0, 0, 0)


def visited(talk: Talk, *, hours_ago: int, cents: int = 6000, source: str = "staff") -> None:
    place = talk.place
    contact = place.contact()
    pet = place.pet(contact)
    with place.tx() as tx:
        service = factories.make_service(tx, f"Banho {hours_ago} {cents}", price_cents=cents)
        tx.execute(
            """
            INSERT INTO bookings (contact_id, pet_id, service_id, lane, starts_at, ends_at, price_cents, source, status,
              completed_at)
            VALUES (%(contact)s, %(pet)s, %(service)s, 1, %(at)s, %(at)s + interval '1 hour', %(cents)s, %(source)s, 'completed',
              app.now())
            """,
            {
                "contact": contact,
                "pet": pet,
                "service": service.id,
                "at": place.now - timedelta(hours=hours_ago),
                "cents": cents,
                "source": source,
            },
        )


def test_revenue_is_what_was_done_and_not_what_is_promised(talk: Talk) -> None:
    visited(talk, hours_ago=30, cents=6000)
    visited(talk, hours_ago=54, cents=9000, source="agent")
    visited(talk, hours_ago=24 * 10, cents=5000)

    week, month = show(talk), show(talk, 30)

    assert (week["totals"]["revenue_cents"], week["totals"]["visits"]) == (15000, 2)
    assert week["totals"]["mean_ticket_cents"] == 7500
    assert sum(week["revenue_by_weekday_cents"]) == sum(day["revenue_cents"] for day in week["by_day"]) == 15000
    assert month["totals"]["revenue_cents"] == 20000
    assert sum(each["revenue_cents"] for each in week["revenue_by_month"]) == 20000
    by_agent = {service["name"]: (service["booked"], service["by_agent"]) for service in week["services"]}
    assert by_agent["Banho 54 9000"] == (1, 1)
    assert by_agent["Banho 30 6000"] == (1, 0)


def test_the_estimate_says_what_it_is_made_from(talk: Talk) -> None:
    place = talk.say()
    for _ in range(3):
        answered(talk, place)
    talk.place.put("/v1/dashboard/assumptions", {"seconds_per_message": 600, "hour_value_cents": 6000})

    # A changed setting is seen at once.
    impact = talk.place.get("/v1/dashboard?days=7")["impact"]

    assert impact == {
        "seconds_per_message": 600,
        "hour_value_cents": 6000,
        "messages": 3,
        "hours": 0.5,
        "days": 0.1,
        "value_cents": 3000,
        "bookings": 0,
    }


def test_a_dashboard_is_kept_for_a_minute(talk: Talk) -> None:
    first = talk.place.get("/v1/dashboard?days=7")
    talk.say()
    assert talk.place.get("/v1/dashboard?days=7")["totals"] == first["totals"]

    assert show(talk)["totals"]["received"] == 1


def test_the_last_actions_are_what_the_agent_did_and_not_what_it_read(talk: Talk) -> None:
    place = talk.say()
    answered(talk, place)
    steps = [
        ("tool", '{"name": "list_services", "result": "Banho"}'),
        ("tool", '{"name": "register_pet", "result": "Rex is registered."}'),
        ("tool", '{"name": "book_service", "result": "wrong", "is_wrong": true}'),
        ("confirmation", '{"state": "done", "result": "Booked."}'),
        ("confirmation", '{"state": "declined", "result": "Nothing was done."}'),
    ]
    for number, (kind, content) in enumerate(steps):
        talk.write(
            "INSERT INTO turn_steps (turn_id, step, kind, content) SELECT id, %s, %s, %s FROM turns",
            number,
            kind,
            content,
        )

    actions = show(talk)["now"]["last_actions"]

    assert [(action["name"], action["result"], action["conversation_id"]) for action in actions] == [
        ("confirmed", "Booked.", place),
        ("register_pet", "Rex is registered.", place),
    ]


def test_a_day_that_is_over_is_counted_once_and_shown_as_counted(talk: Talk) -> None:
    answered(talk, talk.say())
    talk.let_a_day_pass()

    with talk.place.tx() as tx:
        assert [count_days(tx), count_days(tx)] == [1, 0]

    yesterday = show(talk)["by_day"][-2]
    assert (yesterday["received"], yesterday["by_agent"], yesterday["turns_answered"]) == (1, 1, 1)
    assert talk.one("SELECT amount FROM daily_figures WHERE metric = 'received'") == 1


def test_another_shop_is_in_no_figure(talk: Talk, other_talk: Talk) -> None:
    answered(other_talk, other_talk.say())
    visited(other_talk, hours_ago=5)

    shown = show(talk)

    assert (shown["totals"]["received"], shown["totals"]["revenue_cents"]) == (0, 0)
    assert shown["now"]["last_actions"] == shown["services"] == []


def test_a_period_is_one_of_those_there_are(talk: Talk) -> None:
    assert talk.place.refused("GET", "/v1/dashboard?days=5") == (422, "invalid")
    assert talk.place.details("GET", "/v1/dashboard?days=5")[0]["field"] == "days"


# Usage


def test_usage_stands_beside_what_the_plan_allows(talk: Talk) -> None:
    place = talk.say()
    answered(talk, place)
    talk.write(
        """
        UPDATE turns SET input_tokens = 900, output_tokens = 100, cost_micros = 2500
        """
    )
    talk.write(
        """
        INSERT INTO usage_counters (day, metric, amount)
        SELECT date_trunc('month', app.now() AT TIME ZONE time_zone)::date, 'leads', 4 FROM organization_settings
        ON CONFLICT (organization_id, day, metric) DO UPDATE SET amount = 4
        """
    )

    used = talk.place.get("/v1/usage")

    assert (used["plan"]["code"], used["plan"]["messages_a_month"], used["plan"]["leads_a_month"]) == ("free", 1000, 50)
    assert (used["numbers"], used["people"], used["lead_allowance"]) == (1, 1, None)
    month = used["this_month"]
    assert (month["messages"], month["leads"], month["tokens"], month["cost_micros"]) == (2, 4, 1000, 2500)
    assert len(used["days"]) == 30
    assert (used["days"][-1]["received"], used["days"][-1]["sent"]) == (1, 1)
    assert sum(day["tokens"] for day in used["days"]) in {0, 1000}
    assert used["months"] == [month]


def test_usage_of_a_new_shop_is_nothing(talk: Talk) -> None:
    used = talk.place.get("/v1/usage")

    assert (used["this_month"]["messages"], used["this_month"]["tokens"], used["months"]) == (0, 0, [])
    assert {day["received"] for day in used["days"]} == {0}


def test_usage_is_of_the_days_that_are_asked_for(talk: Talk) -> None:
    today = talk.place.today
    used = talk.place.get(f"/v1/usage?from_day={today - timedelta(days=2)}&until_day={today}")

    assert [day["day"] for day in used["days"]] == [str(today - timedelta(days=back)) for back in (2, 1, 0)]


@pytest.mark.parametrize("query", ["until_day=2099-01-01", "from_day=2099-01-01", "from_day=2020-01-01"])
def test_days_that_cannot_be_are_refused(talk: Talk, query: str) -> None:
    assert talk.place.refused("GET", f"/v1/usage?{query}") == (422, "bad_days")


def test_another_shops_usage_is_its_own(talk: Talk, other_talk: Talk) -> None:
    answered(other_talk, other_talk.say())
    other_talk.write("UPDATE turns SET input_tokens = 900")

    used = talk.place.get("/v1/usage")

    assert (used["this_month"]["messages"], used["this_month"]["tokens"]) == (0, 0)
