"""What the shop has stored, as lines to be read and compared: one query for each kind of row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import LiteralString

from tests.functions.house import House

type Lines = Mapping[str, Sequence[str]]

LOCAL = "AT TIME ZONE 'America/Sao_Paulo'"
QUERIES: dict[str, LiteralString] = {
    "bookings": f"""
        SELECT coalesce(c.name, c.profile_name, '?') || ': ' || p.name || ' | ' || concat_ws(' + ', s.name, extra.names) || ' | '
          || to_char(b.starts_at {LOCAL}, 'YYYY-MM-DD HH24:MI') || ' | '
          || extract(epoch FROM b.ends_at - b.starts_at)::integer / 60 || ' min | '
          || b.price_cents || ' | ' || b.status || ' | ' || b.source
          || CASE WHEN b.attendance_confirmed_at IS NOT NULL THEN ' | attendance confirmed' ELSE '' END
        FROM bookings b JOIN contacts c ON c.id = b.contact_id JOIN pets p ON p.id = b.pet_id
        JOIN services s ON s.id = b.service_id
        LEFT JOIN LATERAL (
          SELECT string_agg(e.name, ' + ' ORDER BY e.name) AS names
          FROM booking_addons a JOIN services e ON e.id = a.service_id WHERE a.booking_id = b.id) extra ON true
        """,
    "stays": """
        SELECT coalesce(c.name, c.profile_name, '?') || ': ' || p.name || ' | ' || t.kind || ' ' || t.name || ' | '
          || s.from_day || '..' || s.until_day || ' | ' || s.total_cents || ' | ' || s.state
          || coalesce(' | ' || nullif(s.requests, ''), '')
        FROM stays s JOIN contacts c ON c.id = s.contact_id JOIN pets p ON p.id = s.pet_id
        JOIN room_types t ON t.id = s.room_type_id
        """,
    "extras": """
        SELECT p.name || ' | ' || e.name || ' | ' || x.price_cents
        FROM stay_extras x JOIN stays s ON s.id = x.stay_id JOIN pets p ON p.id = s.pet_id JOIN services e ON e.id = x.service_id
        """,
    "plans": """
        SELECT p.name || ' | ' || t.state || ' | ' || coalesce(t.sessions_a_week::text, '?') || ' a week | '
          || coalesce(t.weeks::text, '?') || ' weeks | ' || array_to_string(t.goals, ', ')
        FROM training_plans t JOIN pets p ON p.id = t.pet_id
        """,
    "waitlist": """
        SELECT coalesce(c.name, c.profile_name, '?') || ': ' || p.name || ' | ' || s.name || ' | '
          || w.from_day || '..' || w.until_day || ' | ' || w.period || ' | ' || w.state
        FROM waitlist_entries w JOIN contacts c ON c.id = w.contact_id JOIN pets p ON p.id = w.pet_id
        JOIN services s ON s.id = w.service_id
        """,
    "series": """
        SELECT p.name || ' | ' || s.name || ' | every ' || r.every || ' ' || r.unit || ' | ' || r.state
        FROM booking_series r JOIN pets p ON p.id = r.pet_id JOIN services s ON s.id = r.service_id
        """,
    "pets": """
        SELECT p.name || ' | ' || p.species || ' | ' || coalesce(p.breed, '?') || ' | ' || coalesce(p.size, '?')
          || ' | ' || coalesce(p.coat, '?') || CASE WHEN p.is_active THEN '' ELSE ' | inactive' END
        FROM pets p
        """,
    "pet_notes": """
        SELECT p.name || ' | ' || concat_ws(' | ', p.temperament, p.allergies, p.handling, p.medication, p.diet, p.fears)
        FROM pets p
        """,
    "contacts": "SELECT coalesce(c.name, c.profile_name, '?') FROM contacts c",
    "memories": """
        SELECT m.key || ' | ' || m.value || CASE WHEN m.forgotten_at IS NULL THEN '' ELSE ' | forgotten' END FROM memories m
        """,
    "consents": "SELECT n.purpose || ' | ' || n.is_given || ' | ' || n.source FROM consents n",
    "health": """
        SELECT p.name || ' | ' || h.kind || ' | ' || h.name || ' | ' || h.done_on
          || CASE WHEN h.is_verified THEN ' | verified' ELSE ' | said' END
        FROM health_events h JOIN pets p ON p.id = h.pet_id
        """,
    "alerts": """
        SELECT p.name || ' | ' || a.kind || ' | ' || a.severity || ' | ' || a.state
        FROM health_alerts a JOIN pets p ON p.id = a.pet_id
        """,
    "escalations": "SELECT e.kind || ' | ' || e.state || ' | ' || e.question || coalesce(' | ' || e.answer, '') FROM escalations e",
    "knowledge": "SELECT k.question || ' | ' || k.answer || ' | ' || k.source FROM knowledge_entries k",
    "tasks": "SELECT t.kind FROM staff_tasks t",
    "urgencies": "SELECT coalesce(t.urgency, '?') FROM turns t",
}
# What binds the shop: nothing of it changes unless the scenario says so.
BINDING = frozenset({"bookings", "stays", "extras", "plans", "waitlist", "series", "pets"})


def lines(house: House) -> Lines:
    return {kind: [str(row[0]) for row in house.rows(query)] for kind, query in QUERIES.items()}


def new_lines(before: Lines, after: Lines) -> dict[str, list[str]]:
    """Rows that are new or other than they were."""
    return {kind: sorted((Counter(after[kind]) - Counter(before[kind])).elements()) for kind in QUERIES}


PRICES: LiteralString = """
    SELECT price_cents FROM services UNION SELECT price_cents FROM service_prices UNION SELECT price_cents FROM products
    UNION SELECT daily_cents FROM room_types UNION SELECT long_daily_cents FROM room_types
    UNION SELECT daily_cents FROM room_rates UNION SELECT long_daily_cents FROM room_rates
    UNION SELECT price_cents FROM bookings UNION SELECT deposit_cents FROM bookings UNION SELECT total_cents FROM stays
    """


def prices(house: House) -> set[int]:
    """Every price that the shop's rows hold, in centavos."""
    return {row[0] for row in house.rows(PRICES) if row[0] is not None}


def told_amounts(house: House) -> str:
    """Where totals come from: what was proposed, what tools answered, and what the shop has taught."""
    found = house.rows(
        """
        SELECT summary FROM pending_actions UNION ALL SELECT content ->> 'result' FROM turn_steps WHERE kind <> 'model'
        UNION ALL SELECT answer FROM knowledge_entries
        """
    )
    return "\n".join(row[0] or "" for row in found)
