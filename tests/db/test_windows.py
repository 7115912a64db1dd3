"""A customer who has not written for a day is asked to by a template, and hears the rest when they have."""

from datetime import timedelta

import pytest

from auzap.ids import ConversationId
from auzap.outbox.sending import Sent
from tests import factories
from tests.db.outside import accepted_as, refused
from tests.db.posting import HOUR, MINUTE, Post
from tests.factories import PetShop, new_wa_id

DAY = timedelta(days=1)
BODY = "Oi, {{1}}! A {{2}} tem uma mensagem para você."


def approve(post: Post, name: str = "auzap_reopen", *, language: str = "pt_BR", body: str = BODY, **known: str) -> None:
    parameters = [] if "{{" not in body else ["customer_name"] if "{{customer_name}}" in body else ["1", "2"]
    columns = {"category": "utility", "status": "approved", "purpose": "reopen"} | known
    post.change(
        """
        INSERT INTO message_templates (business_id, name, language, purpose, category, status, body, parameters, buttons)
        SELECT business_id, %s, %s, %s, %s, %s, %s, %s, '["Ver mensagem"]' FROM channel_accounts
        """,
        name,
        language,
        columns["purpose"],
        columns["category"],
        columns["status"],
        body,
        parameters,
    )


@pytest.fixture
def wa_id() -> str:
    return new_wa_id()


@pytest.fixture
def silent(post: Post, wa_id: str) -> ConversationId:
    """Of somebody who wrote more than a day ago."""
    conversation_id = post.hear(wa_id, name="Ana Souza")
    post.change("UPDATE messages SET awaits_answer = false")
    post.clock.move(DAY)
    return conversation_id


def test_a_window_is_open_until_the_last_minute_of_the_day(post: Post, wa_id: str) -> None:
    conversation_id = post.hear(wa_id)
    post.clock.move(DAY - 2 * MINUTE)
    post.queue(conversation_id, "Ainda dá.")
    assert post.send_all(conversation_id) == ["sent"]

    post.clock.move(MINUTE)
    post.queue(conversation_id, "Já não dá.")

    assert post.send_all(conversation_id) == ["window_closed", "empty"]
    assert post.states == ["sent", "failed"]
    assert post.tasks == [("window_closed", "window_closed")]
    assert post.rows("SELECT delivery, error_code FROM messages WHERE text = 'Já não dá.'") == [("failed", 131047)]


def test_a_template_asks_the_customer_and_the_rest_waits(post: Post, silent: ConversationId) -> None:
    approve(post)
    post.queue(silent, "Seu horário mudou.", "É às 15h agora.")

    assert post.send_all(silent) == ["held", "sent"]

    (asked,) = post.outside.asked
    assert asked["template"] == {
        "name": "auzap_reopen",
        "language": {"code": "pt_BR"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "Pet Feliz"}]},
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "0",
                "parameters": [{"type": "payload", "payload": "reopen"}],
            },
        ],
    }
    assert post.states == ["held", "held", "sent"]
    assert post.rows("SELECT kind, sender, text, delivery FROM messages WHERE kind = 'template'") == [
        ("template", "system", "Oi, Ana! A Pet Feliz tem uma mensagem para você.", "sent")
    ]
    assert post.tasks == []


def test_the_press_of_its_button_lets_the_rest_through_in_order_and_asks_for_nothing_else(
    post: Post, silent: ConversationId, wa_id: str
) -> None:
    approve(post)
    post.queue(silent, "Seu horário mudou.", "É às 15h agora.")
    post.send_all(silent)
    post.clock.move(HOUR)

    recorded = factories.say(
        post.database,
        post.shop,
        wa_id=wa_id,
        at=post.clock.now(),
        kind="button",
        content={"payload": "reopen", "text": "Ver mensagem"},
    )
    assert recorded.has_held
    assert post.send_all(silent) == ["sent", "sent"]

    assert post.outside.texts == ["Seu horário mudou.", "É às 15h agora."]
    assert post.rows("SELECT awaits_answer FROM messages WHERE kind = 'button'") == [(False,)]


def test_whatever_the_customer_writes_opens_the_window_and_is_answered_too(
    post: Post, silent: ConversationId, wa_id: str
) -> None:
    approve(post)
    post.queue(silent, "Seu horário mudou.")
    post.send_all(silent)

    post.hear(wa_id, "Mudou para quando?")
    post.send_all(silent)

    assert post.outside.texts == ["Seu horário mudou."]
    assert post.rows("SELECT awaits_answer FROM messages WHERE text = 'Mudou para quando?'") == [(True,)]


def test_who_writes_before_the_template_leaves_is_not_asked_to(post: Post, silent: ConversationId, wa_id: str) -> None:
    approve(post)
    post.queue(silent, "Seu horário mudou.")
    assert post.send(silent) == Sent("held", again_in=0)

    post.hear(wa_id)

    assert post.send_all(silent) == ["sent"]
    assert post.outside.texts == ["Seu horário mudou."]
    assert len(post.outside.asked) == 1
    assert post.states == ["sent", "cancelled"]


def test_one_window_is_asked_about_once(post: Post, silent: ConversationId) -> None:
    approve(post)
    post.queue(silent, "Um.")
    post.send_all(silent)
    post.queue(silent, "Dois.")

    assert post.send_all(silent) == ["held", "empty"]
    assert len(post.outside.asked) == 1
    assert post.states == ["held", "sent", "held"]


def test_a_person_waits_for_the_customer_like_everybody_and_the_agents_words_are_dropped(
    post: Post, silent: ConversationId, wa_id: str
) -> None:
    approve(post)
    post.queue(silent, "Do robô.")
    post.send(silent)
    post.change(factories.TAKE)
    post.queue(silent, "Aqui é a Rosa.", kind="staff", author="person")

    assert post.send_all(silent) == ["held", "sent"]
    assert post.states == ["cancelled", "cancelled", "held", "sent"]
    post.hear(wa_id)
    post.send_all(silent)

    assert post.outside.texts == ["Aqui é a Rosa."]


def test_nothing_is_hinted_for_a_held_message_until_its_customer_has_written(
    post: Post, silent: ConversationId, wa_id: str
) -> None:
    approve(post)
    post.queue(silent, "Seu horário mudou.", kind="staff", author="person")
    post.send_all(silent)
    post.clock.move(5 * MINUTE)
    mine = (post.shop.organization_id, silent)
    assert mine not in post.database.lookup("SELECT * FROM app.unhinted_outbox(1000)")

    post.hear(wa_id)

    assert mine in post.database.lookup("SELECT * FROM app.unhinted_outbox(1000)")
    assert mine not in post.database.lookup("SELECT * FROM app.unhinted_outbox(1000)")


def test_a_held_message_is_hinted_when_it_is_worth_nothing_any_more(post: Post, silent: ConversationId) -> None:
    approve(post)
    post.queue(silent, "Bom dia!")
    post.send_all(silent)
    post.clock.move(12 * HOUR)

    assert (post.shop.organization_id, silent) in post.database.lookup("SELECT * FROM app.unhinted_outbox(1000)")
    post.send_all(silent)
    assert post.states == ["expired", "sent"]
    assert post.tasks == [("expired", "expired")]


@pytest.mark.parametrize("known", [{"status": "paused"}, {"status": "pending"}])
def test_a_template_that_is_not_approved_asks_nobody(post: Post, silent: ConversationId, known: dict[str, str]) -> None:
    approve(post, **known)
    post.queue(silent, "Oi!")

    assert post.send_all(silent) == ["window_closed", "empty"]
    assert post.outside.asked == []


def test_a_template_of_another_business_or_shop_asks_nobody(
    post: Post, silent: ConversationId, other_shop: PetShop
) -> None:
    approve(post)
    post.change("UPDATE message_templates SET business_id = 'of another'")
    approve(Post(post.database, other_shop, post.outside, post.clock))
    post.queue(silent, "Oi!")

    assert post.send_all(silent) == ["window_closed", "empty"]


def test_who_has_opted_out_is_not_asked(post: Post, silent: ConversationId) -> None:
    approve(post)
    post.change("UPDATE contacts SET opted_out_at = app.now()")
    post.queue(silent, "Oi!")

    assert post.send_all(silent) == ["window_closed", "empty"]
    assert (post.outside.asked, post.tasks) == ([], [("window_closed", "window_closed")])


def test_who_opts_out_before_the_template_leaves_is_not_asked(post: Post, silent: ConversationId) -> None:
    approve(post)
    post.queue(silent, "Oi!")
    post.send(silent)
    post.change("UPDATE contacts SET opted_out_at = app.now()")

    post.send_all(silent)

    assert (post.outside.asked, post.states) == ([], ["failed", "cancelled"])
    assert post.tasks == [("window_closed", "window_closed")]


def test_a_template_that_is_refused_gives_what_waits_to_the_staff(post: Post, silent: ConversationId) -> None:
    approve(post)
    post.queue(silent, "Um.", "Dois.")
    post.outside.script = [refused(132015)]

    assert post.send_all(silent) == ["held", "failed", "empty"]
    assert post.states == ["failed", "failed", "failed"]
    assert post.tasks == [("send_failed", "template_paused"), ("window_closed", "window_closed")]


def test_a_template_that_fails_later_gives_what_waits_to_the_staff(post: Post, silent: ConversationId) -> None:
    approve(post)
    post.queue(silent, "Um.")
    post.outside.script = [accepted_as("wamid.template")]
    post.send_all(silent)

    applied = post.tell("failed", wamid="wamid.template", code=131026)
    assert applied.look_at == silent
    post.send_all(silent)

    assert post.states == ["failed", "failed"]
    assert post.tasks == [("send_failed", "undeliverable"), ("window_closed", "window_closed")]


def test_the_customers_language_is_spoken_before_the_shops(post: Post, silent: ConversationId) -> None:
    approve(post)
    approve(post, language="en", body="Hi, {{customer_name}}! There is news for you.")
    post.change("UPDATE contacts SET locale = 'en', name = NULL, profile_name = NULL")
    post.queue(silent, "Your appointment has moved.")

    post.send_all(silent)

    (asked,) = post.outside.asked
    assert asked["template"]["language"] == {"code": "en"}
    assert asked["template"]["components"][0]["parameters"] == [
        {"type": "text", "parameter_name": "customer_name", "text": "customer"}
    ]
    assert post.rows("SELECT text FROM messages WHERE kind = 'template'") == [("Hi, customer! There is news for you.",)]


# The provider knows best


def test_a_window_that_the_provider_calls_closed_is_closed(post: Post, wa_id: str) -> None:
    approve(post)
    conversation_id = post.hear(wa_id)
    post.queue(conversation_id, "Um.", "Dois.")
    post.outside.script = [refused(131047)]

    assert post.send_all(conversation_id) == ["window_closed", "held", "sent"]
    assert post.states == ["held", "held", "sent"]
    post.clock.move(MINUTE)
    post.hear(wa_id)
    post.send_all(conversation_id)

    assert post.outside.texts == ["Um.", "Um.", "Dois."]
    assert post.states == ["sent", "sent", "sent"]


def test_without_a_template_a_window_that_the_provider_calls_closed_is_one_task(post: Post, wa_id: str) -> None:
    conversation_id = post.hear(wa_id)
    post.queue(conversation_id, "Um.", "Dois.")
    post.outside.script = [refused(131047)]

    assert post.send_all(conversation_id) == ["window_closed", "window_closed", "empty"]
    assert post.states == ["failed", "failed"]
    assert post.tasks == [("window_closed", "window_closed")]


def test_a_message_refused_for_its_window_after_it_was_accepted_is_said_again_once(post: Post, wa_id: str) -> None:
    approve(post)
    conversation_id = post.hear(wa_id)
    post.queue(conversation_id, "Seu horário mudou.")
    post.outside.script = [accepted_as("wamid.refused-later")]
    post.send_all(conversation_id)

    for _ in range(2):
        post.tell("failed", wamid="wamid.refused-later", code=131047)
    assert post.send_all(conversation_id) == ["held", "sent"]
    post.clock.move(MINUTE)
    post.hear(wa_id)
    post.send_all(conversation_id)
    post.tell("failed", wamid="wamid.refused-later", code=131047)

    assert post.outside.texts == ["Seu horário mudou.", "Seu horário mudou."]
    assert post.states == ["failed", "sent", "sent"]
    assert post.tasks == []
    assert post.rows(
        "SELECT delivery FROM messages WHERE text = 'Seu horário mudou.' AND outbox_id IS NOT NULL ORDER BY id"
    ) == [("failed",), ("sent",)]


def test_who_wrote_while_the_refusal_was_on_its_way_is_not_asked_to(post: Post, wa_id: str) -> None:
    approve(post)
    conversation_id = post.hear(wa_id)
    post.queue(conversation_id, "Seu horário mudou.")
    post.outside.script = [accepted_as("wamid.refused-later")]
    post.send_all(conversation_id)
    post.clock.move(MINUTE)
    post.hear(wa_id)

    post.tell("failed", wamid="wamid.refused-later", code=131047)

    assert post.send_all(conversation_id) == ["sent"]
    assert post.outside.texts == ["Seu horário mudou.", "Seu horário mudou."]
