"""SQL of a merge: two pets of one name are one animal, with all that was kept of either."""

from typing import LiteralString

from auzap.db.connection import Tx
from auzap.ids import ContactId

# What refers to a pet goes to the one that stays, in this order. What would put one animal in two places at once, or
# twice in one plan, stays with its double, for people to see.
CARRIED: tuple[LiteralString, ...] = (
    """
    UPDATE bookings b SET pet_id = %(pet)s WHERE b.pet_id = %(double)s AND (
      b.status IN ('cancelled', 'no_show') OR NOT EXISTS (
        SELECT FROM bookings other WHERE other.pet_id = %(pet)s AND other.status NOT IN ('cancelled', 'no_show')
          AND tstzrange(other.starts_at, other.ends_at) && tstzrange(b.starts_at, b.ends_at)))
    """,
    """
    UPDATE booking_series s SET pet_id = %(pet)s, state = CASE WHEN EXISTS (
        SELECT FROM booking_series other
        WHERE other.pet_id = %(pet)s AND other.service_id = s.service_id AND other.state = 'active') THEN 'ended' ELSE s.state END
    WHERE s.pet_id = %(double)s
    """,
    """
    UPDATE waitlist_entries w SET pet_id = %(pet)s, state = CASE WHEN w.state IN ('waiting', 'offered') AND EXISTS (
        SELECT FROM waitlist_entries other WHERE other.pet_id = %(pet)s AND other.service_id = w.service_id
          AND other.state IN ('waiting', 'offered')) THEN 'cancelled' ELSE w.state END
    WHERE w.pet_id = %(double)s
    """,
    """
    UPDATE stays s SET pet_id = %(pet)s WHERE s.pet_id = %(double)s AND (s.state = 'cancelled' OR NOT EXISTS (
      SELECT FROM stays other WHERE other.pet_id = %(pet)s AND other.state <> 'cancelled'
        AND daterange(other.from_day, other.until_day) && daterange(s.from_day, s.until_day)))
    """,
    """
    UPDATE training_plans t SET pet_id = %(pet)s WHERE t.pet_id = %(double)s AND (
      t.state IN ('completed', 'cancelled') OR NOT EXISTS (
        SELECT FROM training_plans other WHERE other.pet_id = %(pet)s AND other.state NOT IN ('completed', 'cancelled')))
    """,
    """
    DELETE FROM pet_photos f USING pet_photos same
    WHERE f.pet_id = %(double)s AND same.pet_id = %(pet)s AND same.media_id = f.media_id
    """,
    """
    UPDATE pet_photos f SET pet_id = %(pet)s, is_main = f.is_main AND NOT EXISTS (
      SELECT FROM pet_photos other WHERE other.pet_id = %(pet)s AND other.is_main)
    WHERE f.pet_id = %(double)s
    """,
    # The same thing written down twice is one entry, and a proof of either is its proof.
    """
    UPDATE health_events e SET is_verified = true, verified_by = same.verified_by, due_on = same.due_on
    FROM health_events same
    WHERE e.pet_id = %(pet)s AND NOT e.is_verified AND same.pet_id = %(double)s AND same.is_verified
      AND same.kind = e.kind AND lower(same.name) = lower(e.name) AND same.done_on = e.done_on
    """,
    """
    DELETE FROM health_events e USING health_events same
    WHERE e.pet_id = %(double)s AND same.pet_id = %(pet)s AND same.kind = e.kind AND lower(same.name) = lower(e.name)
      AND same.done_on = e.done_on
    """,
    "UPDATE health_events SET pet_id = %(pet)s WHERE pet_id = %(double)s",
    # One alert of a kind is open: the worse of two, with the words of both.
    """
    UPDATE health_alerts a SET description = right(a.description || chr(10) || same.description, 1000),
      severity = CASE WHEN array_position(ARRAY['low', 'medium', 'high', 'critical'], same.severity)
        > array_position(ARRAY['low', 'medium', 'high', 'critical'], a.severity) THEN same.severity ELSE a.severity END
    FROM health_alerts same
    WHERE a.pet_id = %(pet)s AND a.state = 'open' AND same.pet_id = %(double)s AND same.state = 'open' AND same.kind = a.kind
    """,
    """
    UPDATE health_alerts a SET state = 'resolved', resolved_at = app.now(), resolved_by = app.current_actor()
    FROM health_alerts same
    WHERE a.pet_id = %(double)s AND a.state = 'open' AND same.pet_id = %(pet)s AND same.state = 'open' AND same.kind = a.kind
    """,
    "UPDATE health_alerts SET pet_id = %(pet)s WHERE pet_id = %(double)s",
    "UPDATE memories SET pet_id = %(pet)s WHERE pet_id = %(double)s",
    "UPDATE escalations SET pet_id = %(pet)s WHERE pet_id = %(double)s",
    """
    UPDATE pets p SET
      nickname = coalesce(p.nickname, same.nickname), breed = coalesce(p.breed, same.breed), size = coalesce(p.size, same.size),
      coat = coalesce(p.coat, same.coat), birth_date = coalesce(p.birth_date, same.birth_date),
      weight_grams = coalesce(p.weight_grams, same.weight_grams), colour = coalesce(p.colour, same.colour),
      gender = coalesce(p.gender, same.gender), is_neutered = coalesce(p.is_neutered, same.is_neutered),
      microchip = coalesce(p.microchip, same.microchip), temperament = coalesce(p.temperament, same.temperament),
      energy = coalesce(p.energy, same.energy), sociability = coalesce(p.sociability, same.sociability),
      fears = coalesce(p.fears, same.fears), likes = coalesce(p.likes, same.likes),
      allergies = coalesce(p.allergies, same.allergies), medication = coalesce(p.medication, same.medication),
      diet = coalesce(p.diet, same.diet), handling = coalesce(p.handling, same.handling), vet = coalesce(p.vet, same.vet),
      medical_notes = right(concat_ws(chr(10), nullif(p.medical_notes, ''), nullif(same.medical_notes, '')), 4000),
      behaviour_score = coalesce(p.behaviour_score, same.behaviour_score), assessed_on = coalesce(p.assessed_on, same.assessed_on),
      created_at = least(p.created_at, same.created_at), custom = same.custom || p.custom
    FROM pets same WHERE p.id = %(pet)s AND same.id = %(double)s
    """,
    "UPDATE pets SET is_active = false WHERE id = %(double)s",
)


def unite(tx: Tx, kept: ContactId, merged: ContactId) -> None:
    both = {"kept": kept, "merged": merged}
    rows = tx.execute(
        """
        SELECT k.id, m.id FROM pets m JOIN pets k ON lower(k.name) = lower(m.name) AND k.species = m.species
        WHERE m.contact_id = %(merged)s AND m.is_active AND k.contact_id = %(kept)s AND k.is_active ORDER BY k.id
        """,
        both,
    )
    for pet, double in rows.fetchall():
        for statement in CARRIED:
            tx.execute(statement, {"pet": pet, "double": double})
    # Of two animals with one name, which one is meant must be told.
    tx.execute(
        """
        UPDATE pets m SET name = left(m.name, 50) || ' (' || m.species || ')' FROM pets k
        WHERE m.contact_id = %(merged)s AND m.is_active AND k.contact_id = %(kept)s AND k.is_active
          AND lower(k.name) = lower(m.name)
        """,
        both,
    )
