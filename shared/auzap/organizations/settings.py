"""What a shop sets for itself and its agent, in parts: read as a whole, changed field by field, held at once."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg import errors

from auzap import phone
from auzap.db.connection import Tx
from auzap.db.constraints import columns, refused
from auzap.errors import Refusal

# Every field that may be changed, by its part: the column it is kept in.
COLUMNS: dict[str, dict[str, str]] = {
    "shop": {
        "name": "shop_name",
        "time_zone": "time_zone",
        "locale": "locale",
        "about": "about",
        "address": "address",
        "payment_methods": "payment_methods",
    },
    "booking": {
        "minimum_notice_minutes": "minimum_notice",
        "horizon_days": "booking_horizon",
        "slot_grid_minutes": "slot_grid",
        "parallel_bookings": "parallel_bookings",
        "asks_before_booking": "asks_before_booking",
        "staff_confirms": "staff_confirms",
        "tells_of_changes": "tells_of_changes",
        "cancellation_notice_minutes": "cancellation_notice",
    },
    "agent": {
        "name": "agent_name",
        "style": "agent_style",
        "tone": "agent_tone",
        "emoji": "agent_emoji",
        "slang": "agent_slang",
        "empathy": "agent_empathy",
        "instructions": "instructions",
        "emergency_contact": "emergency_contact",
        "fallback_message": "fallback_message",
    },
    "aurora": {"style": "aurora_style", "tone": "aurora_tone", "manner": "aurora_manner"},
    "pace": {
        "human_delay_seconds": "human_delay",
        "burst_window_seconds": "burst_window",
        "burst_cap_seconds": "burst_cap",
    },
    "handoff": {
        "score": "handoff_score",
        "most_turns": "handoff_most_turns",
        "confidence": "handoff_confidence",
        "intents": "handoff_intents",
        "on_price": "handoff_on_price",
        "in_hours_only": "handoff_in_hours_only",
        "waiting_timeout_minutes": "waiting_timeout",
        "phone_pause_minutes": "phone_pause",
        "panel_pause_minutes": "panel_pause",
        "stale_after_days": "stale_after",
        "assignment": "assignment",
    },
    "escalation": {
        "phone": "escalation_phone",
        "reminder_minutes": "escalation_reminder",
        "expiry_minutes": "escalation_expiry",
    },
    "summaries": {
        "daily_at": "summary_at",
        "opportunities_at": "opportunities_at",
        "opportunities_every": "opportunities_every",
    },
    "training": {"sessions_a_day": "training_sessions_a_day"},
    "access": {"second_factor_required": "second_factor_required"},
}
UNITS = ("seconds", "minutes", "days")


class UnknownZone(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such time zone. Give one by its name, as America/Sao_Paulo.")


class UnfitPhone(Refusal):
    def __init__(self) -> None:
        super().__init__("This is no telephone number. Write it with its area code.")


class UnfitSettings(Refusal):
    def __init__(self) -> None:
        super().__init__("One of these values may not be. Look at the limits of each.")


def settings(tx: Tx) -> dict[str, Any]:
    """All parts, spans of time in the unit that each field names."""
    row = tx.execute(
        """
        SELECT jsonb_build_object(
          'shop', jsonb_build_object('name', shop_name, 'time_zone', time_zone, 'locale', locale, 'currency', currency,
            'about', about, 'address', address, 'payment_methods', payment_methods),
          'booking', jsonb_build_object('minimum_notice_minutes', extract(epoch FROM minimum_notice)::int / 60,
            'horizon_days', extract(epoch FROM booking_horizon)::int / 86400,
            'slot_grid_minutes', extract(epoch FROM slot_grid)::int / 60, 'parallel_bookings', parallel_bookings,
            'asks_before_booking', asks_before_booking, 'staff_confirms', staff_confirms, 'tells_of_changes', tells_of_changes,
            'cancellation_notice_minutes', extract(epoch FROM cancellation_notice)::int / 60),
          'agent', jsonb_build_object('name', agent_name, 'style', agent_style, 'tone', agent_tone, 'emoji', agent_emoji,
            'slang', agent_slang, 'empathy', agent_empathy, 'instructions', instructions,
            'emergency_contact', emergency_contact, 'fallback_message', fallback_message),
          'aurora', jsonb_build_object('style', aurora_style, 'tone', aurora_tone, 'manner', aurora_manner),
          'pace', jsonb_build_object('human_delay_seconds', extract(epoch FROM human_delay)::int,
            'burst_window_seconds', extract(epoch FROM burst_window)::int, 'burst_cap_seconds', extract(epoch FROM burst_cap)::int),
          'handoff', jsonb_build_object('score', handoff_score, 'most_turns', handoff_most_turns,
            'confidence', handoff_confidence, 'intents', handoff_intents, 'on_price', handoff_on_price,
            'in_hours_only', handoff_in_hours_only, 'waiting_timeout_minutes', extract(epoch FROM waiting_timeout)::int / 60,
            'phone_pause_minutes', extract(epoch FROM phone_pause)::int / 60,
            'panel_pause_minutes', extract(epoch FROM panel_pause)::int / 60,
            'stale_after_days', extract(epoch FROM stale_after)::int / 86400, 'assignment', assignment),
          'escalation', jsonb_build_object('phone', escalation_phone,
            'reminder_minutes', extract(epoch FROM escalation_reminder)::int / 60,
            'expiry_minutes', extract(epoch FROM escalation_expiry)::int / 60),
          'summaries', jsonb_build_object('daily_at', summary_at, 'opportunities_at', opportunities_at,
            'opportunities_every', opportunities_every),
          'training', jsonb_build_object('sessions_a_day', training_sessions_a_day),
          'access', jsonb_build_object('second_factor_required', second_factor_required),
          'limits', jsonb_build_object('turn_tokens', turn_token_cap, 'turn_cost_micros', turn_cost_cap_micros,
            'contact_daily_tokens', contact_daily_token_cap, 'daily_tokens', daily_token_cap,
            'daily_cost_micros', daily_cost_cap_micros, 'lead_allowance', lead_allowance))
        FROM organization_settings
        """
    ).fetchone()
    if row is None:
        raise LookupError("a shop without settings")
    return row[0]


def change(tx: Tx, parts: Mapping[str, Mapping[str, Any]]) -> None:
    """Whatever is not named stays as it is."""
    given = {
        COLUMNS[part][field]: _kept(field, value) for part, named in parts.items() for field, value in named.items()
    }
    if "time_zone" in given:
        _check_zone(tx, given["time_zone"])
    if given.get("escalation_phone"):
        given["escalation_phone"] = written_phone(given["escalation_phone"])
    with refused(tx, unfit=UnfitSettings):
        tx.execute(
            """
            UPDATE organization_settings s SET (
                shop_name, time_zone, locale, about, address, payment_methods, minimum_notice, booking_horizon, slot_grid,
                parallel_bookings, asks_before_booking, staff_confirms, cancellation_notice, agent_name, agent_style, agent_tone,
                agent_emoji, agent_slang, agent_empathy, instructions, emergency_contact, fallback_message, human_delay,
                burst_window, burst_cap, handoff_score, handoff_most_turns, handoff_confidence, handoff_intents, handoff_on_price,
                handoff_in_hours_only, waiting_timeout, phone_pause, panel_pause, stale_after, assignment, escalation_phone,
                escalation_reminder, escalation_expiry, summary_at, opportunities_at, opportunities_every, training_sessions_a_day,
                aurora_style, aurora_tone, aurora_manner, second_factor_required, tells_of_changes)
              = (SELECT
                n.shop_name, n.time_zone, n.locale, n.about, n.address, n.payment_methods, n.minimum_notice, n.booking_horizon,
                n.slot_grid, n.parallel_bookings, n.asks_before_booking, n.staff_confirms, n.cancellation_notice, n.agent_name,
                n.agent_style, n.agent_tone, n.agent_emoji, n.agent_slang, n.agent_empathy, n.instructions, n.emergency_contact,
                n.fallback_message, n.human_delay, n.burst_window, n.burst_cap, n.handoff_score, n.handoff_most_turns,
                n.handoff_confidence, n.handoff_intents, n.handoff_on_price, n.handoff_in_hours_only, n.waiting_timeout,
                n.phone_pause, n.panel_pause, n.stale_after, n.assignment, n.escalation_phone, n.escalation_reminder,
                n.escalation_expiry, n.summary_at, n.opportunities_at, n.opportunities_every, n.training_sessions_a_day,
                n.aurora_style, n.aurora_tone, n.aurora_manner, n.second_factor_required, n.tells_of_changes
              FROM jsonb_populate_record(s, %s) n)
            """,
            [columns(given)],
        )


def written_phone(text: str) -> str:
    """As numbers are kept, of one as people write it."""
    try:
        known = phone.written(text)
    except phone.NoArea:
        known = None
    if known is None:
        raise UnfitPhone
    return known


def _kept(field: str, value: Any) -> Any:
    """A span of time with the unit that its field names."""
    unit = field.rpartition("_")[2]
    return f"{value} {unit}" if unit in UNITS and value is not None else value


def _check_zone(tx: Tx, name: str) -> None:
    """The database and we each bring zones of our own: it must be in both."""
    try:
        ZoneInfo(name)
        with tx.savepoint():
            tx.execute("SELECT app.now() AT TIME ZONE %s", [name])
    except (ZoneInfoNotFoundError, ValueError, OSError, errors.DataError) as unknown:
        raise UnknownZone from unknown
