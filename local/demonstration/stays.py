"""Hotel, daycare and training: the rooms, a guest who is there, one who is awaited, and a plan under way."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from auzap.ids import new_id
from local.demonstration.shop import ZONE


@dataclass(frozen=True)
class Room:
    kind: str
    name: str
    description: str
    features: tuple[str, ...]
    capacity: int
    species: tuple[str, ...]
    cents: int
    # Centavos by size, and what each day costs in a stay of at least so many.
    sizes: tuple[tuple[str, int, int | None], ...] = ()
    long: tuple[int, int] | None = None
    hours: tuple[time, time] = (time(8), time(18))
    vaccines: tuple[str, ...] = ("V10", "Antirrábica", "Gripe canina")


ROOMS = (
    Room(
        "hotel",
        "Quarto",
        "Quarto individual com passeio duas vezes ao dia.",
        ("cama lavável", "passeio duas vezes ao dia"),
        10,
        ("dog",),
        8000,
        (("small", 6000, 5500), ("medium", 8000, 7200), ("large", 12000, 10800), ("giant", 14000, 12600)),
        (7200, 7),
    ),
    Room(
        "hotel",
        "Suíte",
        "Suíte maior, com câmera e banho no último dia.",
        ("câmera", "banho no último dia"),
        3,
        ("dog",),
        18000,
        long=(16000, 7),
    ),
    Room(
        "hotel",
        "Gatil",
        "Ala só de gatos, com prateleiras e janela telada.",
        ("só gatos",),
        6,
        ("cat",),
        7000,
        vaccines=("Antirrábica",),
    ),
    Room(
        "daycare",
        "Creche",
        "Dia inteiro com recreação em grupo.",
        ("recreação em grupo", "soneca depois do almoço"),
        20,
        ("dog",),
        5000,
        (("small", 4000, None), ("medium", 5000, None), ("large", 7000, None), ("giant", 7000, None)),
        hours=(time(7), time(19)),
    ),
)


def make(connection: Connection[TupleRow], today: date) -> None:
    for position, room in enumerate(ROOMS):
        _make_room(connection, room, position)
    _make_plan(connection, today)


def renew(connection: Connection[TupleRow], today: date) -> None:
    """Somebody is there today, and somebody is awaited: made again when the last ones have left."""
    _end_what_is_over(connection, today)
    if not connection.execute("SELECT FROM stays WHERE state = 'staying'").rowcount:
        _make_stay(connection, "Pipoca", "Quarto", today - timedelta(days=1), 4, is_there=True)
    if not connection.execute("SELECT FROM stays WHERE state = 'awaiting_assessment'").rowcount:
        _make_stay(connection, "Bob", "Creche", _next_weekday(today), 1, is_there=False)


def _next_weekday(today: date) -> date:
    """From the day after tomorrow on."""
    return next(day for ahead in range(2, 6) if (day := today + timedelta(days=ahead)).weekday() < 5)


def _make_room(connection: Connection[TupleRow], room: Room, position: int) -> None:
    room_id = new_id()
    long_cents, long_days = room.long or (None, None)
    connection.execute(
        """
        INSERT INTO room_types (id, kind, name, description, features, capacity, species, daily_cents, long_daily_cents,
          long_from_days, opens, closes, vaccines, position)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            *(room_id, room.kind, room.name, room.description, list(room.features), room.capacity, list(room.species)),
            *(room.cents, long_cents, long_days, *room.hours, list(room.vaccines), position),
        ],
    )
    for size, cents, long_size_cents in room.sizes:
        connection.execute(
            "INSERT INTO room_rates (room_type_id, size, daily_cents, long_daily_cents) VALUES (%s, %s, %s, %s)",
            [room_id, size, cents, long_size_cents],
        )


def _end_what_is_over(connection: Connection[TupleRow], today: date) -> None:
    connection.execute(
        "UPDATE stays SET state = 'finished', left_at = app.now() WHERE state = 'staying' AND until_day <= %s", [today]
    )
    connection.execute(
        """
        UPDATE stays SET state = 'cancelled', state_reason = 'não veio'
        WHERE source = 'demonstration' AND state = 'awaiting_assessment' AND until_day <= %s
        """,
        [today],
    )


def _make_stay(
    connection: Connection[TupleRow], pet: str, room: str, from_day: date, days: int, *, is_there: bool
) -> None:
    stay_id, arrived_at = new_id(), datetime.combine(from_day, time(8, 30), ZONE)
    connection.execute(
        """
        INSERT INTO stays (id, contact_id, pet_id, room_type_id, from_day, until_day, state, daily_cents, total_cents,
          source, vaccines_ok, deworming_ok, socialisation, anxiety, energy, assessed_by, assessed_at, arrived_at, arrival)
        SELECT %(id)s, p.contact_id, p.id, t.id, %(from_day)s, %(until_day)s, %(state)s, coalesce(r.daily_cents, t.daily_cents),
          coalesce(r.daily_cents, t.daily_cents) * %(days)s, 'demonstration', %(is_there)s, %(is_there)s,
          CASE WHEN %(is_there)s THEN 'high' END, CASE WHEN %(is_there)s THEN 'low' END,
          CASE WHEN %(is_there)s THEN 'medium' END, CASE WHEN %(is_there)s THEN 'Marcos' END,
          CASE WHEN %(is_there)s THEN %(arrived_at)s::timestamptz END,
          CASE WHEN %(is_there)s THEN %(arrived_at)s::timestamptz END,
          CASE WHEN %(is_there)s THEN '{"food": "ração própria, 80 g", "hours": "8h e 18h"}'::jsonb ELSE '{}' END
        FROM pets p, room_types t LEFT JOIN room_rates r ON r.room_type_id = t.id AND r.size = 'small'
        WHERE p.name = %(pet)s AND t.name = %(room)s
        """,
        {
            "id": stay_id,
            "pet": pet,
            "room": room,
            "from_day": from_day,
            "until_day": from_day + timedelta(days=days),
            "state": "staying" if is_there else "awaiting_assessment",
            "days": days,
            "is_there": is_there,
            "arrived_at": arrived_at,
        },
    )
    for offset in range(days):
        _take_place(connection, stay_id, from_day + timedelta(days=offset))
    if is_there:
        connection.execute(
            "INSERT INTO stay_activities (stay_id, kind, text, at) VALUES (%s, 'feeding', 'Comeu tudo no café da manhã.', %s)",
            [stay_id, arrived_at + timedelta(hours=1)],
        )


def _take_place(connection: Connection[TupleRow], stay_id: UUID, day: date) -> None:
    connection.execute(
        """
        INSERT INTO stay_days (stay_id, room_type_id, day, number)
        SELECT s.id, s.room_type_id, %(day)s, (
          SELECT min(n) FROM room_types t, generate_series(1, t.capacity) n
          WHERE t.id = s.room_type_id AND NOT EXISTS (
            SELECT FROM stay_days d WHERE d.room_type_id = s.room_type_id AND d.day = %(day)s AND d.number = n))
        FROM stays s WHERE s.id = %(stay)s
        """,
        {"stay": stay_id, "day": day},
    )


def _make_plan(connection: Connection[TupleRow], today: date) -> None:
    plan_id, first = new_id(), today - timedelta(days=14)
    connection.execute(
        """
        INSERT INTO training_plans (id, contact_id, pet_id, routine, problems, family, health_history, observation, goals,
          sessions_a_week, weeks, service_id, starts_on, state, source)
        SELECT %s, p.contact_id, p.id, 'Passeia duas vezes ao dia e fica só à tarde.', '{puxa a guia, late para visitas}',
          'Casal com uma filha de oito anos.', 'Sem doenças; vacinas em dia.', 'Responde bem a petiscos, distrai-se com cães.',
          '{andar ao lado, esperar na porta}', 1, 6, s.id, %s, 'running', 'demonstration'
        FROM pets p, services s WHERE p.name = 'Zeus' AND s.name = 'Sessão de adestramento'
        """,
        [plan_id, first],
    )
    for number in range(1, 7):
        day = first + timedelta(weeks=number - 1)
        connection.execute(
            """
            INSERT INTO training_sessions (plan_id, number, day, place_no, starts_at, state, completed_at, topics, rating)
            VALUES (%s, %s, %s, 1, %s, %s, %s, %s, %s)
            """,
            [
                *(plan_id, number, day, datetime.combine(day, time(10), ZONE)),
                *(
                    ("completed", datetime.combine(day, time(11), ZONE), ["andar ao lado"], 4)
                    if day < today
                    else ("scheduled", None, [], None)
                ),
            ],
        )
