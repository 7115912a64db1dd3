"""A shop as a database would tell of it, for tests that have none."""

from typing import Any

from auzap.ids import OrganizationId, new_id
from auzap.organizations.shop import Shop

KNOWN: dict[str, Any] = {
    "shop_name": "Pet Feliz",
    "time_zone": "America/Sao_Paulo",
    "locale": "pt-BR",
    "agent_name": "Luna",
    "about": "Pet shop de bairro.",
    "address": "Rua das Acácias, 120",
    "minimum_notice": 7200,
    "booking_horizon": 7776000,
    "slot_grid": 1800,
    "human_delay": 0.0,
    "parallel_bookings": 2,
    "asks_before_booking": True,
    "staff_confirms": False,
    "cancellation_notice": 0,
    "payment_methods": [],
    "offers": ["lodging", "products", "training"],
    "voice": {
        "style": "friendly",
        "tone": "casual",
        "emoji": "low",
        "slang": False,
        "empathy": 8,
        "instructions": "",
        "emergency_contact": "",
    },
    "aurora": {"style": "partner", "tone": "friend", "manner": "proactive"},
    "handoff_score": None,
    "handoff_most_turns": 15,
    "handoff_confidence": 70,
    "handoff_intents": ["complaint"],
    "handoff_on_price": False,
    "handoff_in_hours_only": False,
    "fallback_message": None,
    "turn_token_cap": 100_000,
    "turn_cost_cap_micros": 100_000,
    "contact_daily_token_cap": 100_000,
    "daily_token_cap": 100_000,
    "daily_cost_cap_micros": 100_000,
    "openings": [{"weekday": weekday, "opens": "08:00:00", "closes": "18:00:00"} for weekday in range(6)],
    "special_days": [],
}


def known_shop(**known: Any) -> Shop:
    return Shop.from_json(OrganizationId(new_id()), KNOWN | known)
