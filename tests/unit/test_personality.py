"""How the agent speaks: what the model is told of it, and what is enforced whatever the model writes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.agent import personality
from auzap.agent.personality import UnknownPlaceholder, manner, part_of_day, preview, sample, with_emoji
from auzap.organizations.shop import Shop
from tests.unit.known_shop import known_shop

# Ten in the morning in São Paulo.
NOON_UTC = datetime(2026, 11, 21, 13, tzinfo=UTC)


@pytest.fixture
def shop() -> Shop:
    return known_shop()


def voiced(shop: Shop, **voice: Any) -> Shop:
    return replace(shop, voice=replace(shop.voice, **voice))


@pytest.mark.parametrize(
    ("voice", "told"),
    [
        ({"style": "professional"}, "professional and warm"),
        ({"style": "energetic"}, "enthusiastic"),
        ({"tone": "formal"}, "formal: senhor, senhora"),
        ({"emoji": "none"}, "no emoji"),
        ({"emoji": "medium"}, "at most 3 emoji"),
        ({"slang": True}, "light slang is welcome"),
        ({"empathy": 3}, "empathy 3 of 10"),
        ({"instructions": "Fale do  banho\nterapêutico."}, "Fale do banho terapêutico."),
    ],
)
def test_the_model_is_told_how_the_shop_wants_it_to_speak(shop: Shop, voice: dict[str, Any], told: str) -> None:
    assert told in manner(voiced(shop, **voice))


def test_what_the_shop_asks_stands_below_the_rules(shop: Shop) -> None:
    assert "only as far as the rules above allow: Seja breve" in manner(voiced(shop, instructions="Seja breve"))
    assert "The shop asks" not in manner(shop)


@pytest.mark.parametrize(
    ("level", "text", "shown"),
    [
        ("none", "Oi! 🐾 Tudo bem? 😊", "Oi! Tudo bem?"),
        ("none", "Pronto 🐶, marcado!\n🎉\nAté lá", "Pronto, marcado!\n\nAté lá"),
        ("none", "👩🏽‍⚕️ A veterinária 🇧🇷 atende 1️⃣ por vez ✂️", "A veterinária atende por vez"),
        ("none", "Das 8 às 18 → R$ 60,00 • Tosa nº 2 © 100%", "Das 8 às 18 → R$ 60,00 • Tosa nº 2 © 100%"),
        ("low", "A 🐾 b 😊 c 🎉 d", "A 🐾 b 😊 c d"),
        ("medium", "🐾🐾🐾🐾🐾", "🐾🐾🐾"),
        ("high", "🐾😊🎉", "🐾😊🎉"),
        ("low", "Linha um  com espaços\n\n\n\nduas", "Linha um  com espaços\n\n\n\nduas"),
    ],
)
def test_no_more_emoji_than_the_shop_wants(level: str, text: str, shown: str) -> None:
    assert with_emoji(text, level) == shown


@given(st.text(max_size=300))
def test_without_emoji_letters_and_figures_stay(text: str) -> None:
    kept = with_emoji(text, "none")

    assert [c for c in kept if c.isalnum() and c.isascii()] == [
        c for c in personality.compiled(personality.EMOJI).sub("", text) if c.isalnum() and c.isascii()
    ]
    assert with_emoji(kept, "none") == kept


@pytest.mark.parametrize(
    ("hour_utc", "part"),
    [(7, "night"), (8, "morning"), (14, "morning"), (15, "afternoon"), (20, "afternoon"), (21, "night")],
)
def test_the_part_of_the_day_is_the_shops_own(shop: Shop, hour_utc: int, part: str) -> None:
    assert part_of_day(shop, NOON_UTC.replace(hour=hour_utc)) == part


def test_a_wording_is_previewed_with_names_in_it(shop: Shop) -> None:
    wording = "Oi, {customer}! {agent} da {shop} já espera o {pet_name} dia {date} às {time}. 🐾🐾🐾"

    assert (
        preview(shop, wording, now=NOON_UTC) == "Oi, Ana! Luna da Pet Feliz já espera o Thor dia 21/11 às 10:00. 🐾🐾"
    )


@pytest.mark.parametrize(
    "wording", ["Oi, {client}!", "Oi, {}!", "Oi {Customer}", "Oi, {nome do cliente}!", "{customer.name}"]
)
def test_a_wording_with_an_unknown_placeholder_is_refused(shop: Shop, wording: str) -> None:
    with pytest.raises(UnknownPlaceholder, match=r"\{customer\}"):
        preview(shop, wording, now=NOON_UTC)


def test_a_sample_shows_style_customer_hour_and_emoji(shop: Shop) -> None:
    warm = sample(shop, shop.voice, "new", now=NOON_UTC)
    cool = sample(shop, replace(shop.voice, style="professional", emoji="none"), "vip", now=NOON_UTC.replace(hour=20))

    assert (
        warm
        == "Bom dia, Ana! Aqui é Luna, assistente virtual da Pet Feliz. Como vai o seu pet? Me conta no que posso ajudar. 🐾😊"
    )
    assert cool == "Boa tarde, Ana! Que bom falar com você de novo. Em que posso ajudar hoje?"
