"""What the shop sells: services by size and coat, with what they need, and products with their stock."""

from dataclasses import dataclass
from datetime import time, timedelta
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from auzap.ids import new_id

type Sizes = dict[str, tuple[int, int]]

DOGS_AND_CATS = ("dog", "cat")
BY_SIZE = ("small", "medium", "large", "giant")


@dataclass(frozen=True)
class Service:
    name: str
    minutes: int
    cents: int
    # Minutes and centavos where a size differs.
    sizes: Sizes
    category: str = "grooming"
    species: tuple[str, ...] | None = DOGS_AND_CATS
    youngest_months: int | None = None
    resource: str | None = "tub"
    by: tuple[str, ...] = ()
    needs_vet: bool = False
    is_addon: bool = False
    # Long hair costs so many centavos and minutes more.
    long_coat: tuple[int, int] | None = None
    is_bookable_by_agent: bool = True
    prerequisite: str | None = None
    prerequisite_days: int | None = None
    deposit_percent: int = 0
    buffer_minutes: int = 0
    description: str = ""


def sizes(*prices: tuple[int, int]) -> Sizes:
    return dict(zip(BY_SIZE, prices, strict=True))


GROOMERS = ("Paula", "Rafael")
VET = "Dra. Camila"

SERVICES = (
    Service(
        "Banho",
        60,
        7000,
        sizes((45, 5000), (60, 7000), (90, 12000), (120, 15000)),
        by=GROOMERS,
        long_coat=(1500, 15),
        description="Banho com secagem sem gaiola e perfume opcional.",
    ),
    Service(
        "Banho e tosa",
        120,
        11000,
        sizes((90, 8000), (120, 11000), (150, 18000), (180, 23000)),
        by=GROOMERS,
        youngest_months=4,
        long_coat=(2000, 30),
        description="Banho e tosa completa no mesmo horário.",
    ),
    Service(
        "Tosa higiênica", 30, 5000, sizes((30, 4000), (30, 5000), (45, 7000), (60, 9000)), by=GROOMERS, resource="table"
    ),
    Service(
        "Tosa completa",
        90,
        9000,
        sizes((60, 7000), (90, 9000), (120, 15000), (150, 19000)),
        by=GROOMERS,
        resource="table",
        long_coat=(2000, 30),
    ),
    Service("Hidratação", 30, 3500, sizes((30, 2500), (30, 3500), (45, 5000), (45, 6500)), is_addon=True),
    Service("Corte de unhas", 15, 2500, {}, species=None, is_addon=True),
    Service("Limpeza de ouvido", 15, 2000, {}, is_addon=True),
    Service("Escovação de dentes", 20, 2000, {}, by=GROOMERS, resource="table"),
    Service(
        "Consulta veterinária",
        30,
        15000,
        {},
        category="veterinary",
        species=None,
        resource="room",
        needs_vet=True,
        by=(VET,),
        buffer_minutes=10,
        description="Consulta clínica geral com a veterinária da loja.",
    ),
    Service(
        "Vacina",
        20,
        8000,
        {},
        category="veterinary",
        resource="room",
        needs_vet=True,
        by=(VET,),
        prerequisite="Consulta veterinária",
        prerequisite_days=365,
        description="V8, V10, antirrábica, gripe ou giárdia, depois de uma consulta.",
    ),
    Service(
        "Castração",
        180,
        60000,
        sizes((120, 60000), (150, 75000), (180, 95000), (240, 120000)),
        category="veterinary",
        resource="room",
        needs_vet=True,
        by=(VET,),
        is_bookable_by_agent=False,
        prerequisite="Consulta veterinária",
        prerequisite_days=90,
        deposit_percent=30,
    ),
    Service("Sessão de adestramento", 60, 15000, {}, category="training", species=("dog",), resource=None),
    Service(
        "Passeio extra",
        30,
        3000,
        {},
        category="other",
        species=("dog",),
        resource=None,
        description="Meia hora de passeio durante a estadia.",
    ),
)
# What may go beside each service.
ADDONS = {
    "Banho": ("Hidratação", "Corte de unhas", "Limpeza de ouvido"),
    "Banho e tosa": ("Hidratação", "Corte de unhas", "Limpeza de ouvido"),
    "Tosa higiênica": ("Corte de unhas", "Limpeza de ouvido"),
    "Tosa completa": ("Hidratação", "Corte de unhas", "Limpeza de ouvido"),
    "Consulta veterinária": ("Corte de unhas",),
}

RESOURCES = (
    ("Banheira 1", "tub", 1),
    ("Banheira 2", "tub", 1),
    ("Mesas de tosa", "table", 2),
    ("Consultório", "room", 1),
)
# Name, whether a vet, and the hours of weekdays and of Saturdays.
STAFF = (
    ("Paula", False, (time(8), time(17)), (time(9), time(14))),
    ("Rafael", False, (time(9), time(18)), (time(9), time(14))),
    (VET, True, (time(9), time(16)), (time(9), time(12))),
)

PRODUCTS = (
    ("RAC-AD-15", "Ração Premium Cães Adultos 15 kg", "Boa Tigela", 21990, "pack", 12, 3, True),
    ("RAC-FI-3", "Ração Premium Filhotes 3 kg", "Boa Tigela", 7990, "pack", 9, 2, False),
    ("RAC-GA-3", "Ração Gatos Castrados 3 kg", "Boa Tigela", 8990, "pack", 7, 2, True),
    ("RAC-SE-10", "Ração Cães Idosos 10 kg", "Boa Tigela", 18990, "pack", 0, 2, False),
    ("PET-BIF", "Petisco Bifinho de Carne 500 g", "Au Au", 2490, "pack", 30, 5, False),
    ("PET-OSS", "Osso Mastigável Médio", "Au Au", 1290, "un", 25, 5, False),
    ("SHA-NEU", "Shampoo Neutro Hipoalergênico 500 ml", "Pelo Bom", 3990, "un", 14, 3, False),
    ("ANT-PUL-M", "Antipulgas até 25 kg", "LivrePet", 8990, "un", 8, 2, True),
    ("COL-M", "Coleira Peitoral Média", "Passeio", 5990, "un", 6, 2, False),
    ("GUI-2", "Guia 2 metros", "Passeio", 3490, "un", 10, 2, False),
    ("ARE-GA-4", "Areia Higiênica para Gatos 4 kg", "Miau Limpo", 2990, "pack", 20, 4, False),
    ("BRI-BOL", "Bolinha de Borracha", "Brincão", 1490, "un", 18, 4, False),
    ("CAM-G", "Caminha Grande Lavável", "Soneca", 15990, "un", 3, 1, False),
    ("TAP-30", "Tapete Higiênico com 30 unidades", "Miau Limpo", 5490, "pack", 16, 4, False),
)


def make(connection: Connection[TupleRow]) -> None:
    _make_resources_and_staff(connection)
    ids = {service.name: new_id() for service in SERVICES}
    for position, service in enumerate(SERVICES):
        _make_service(connection, service, ids, position)
    for name, addons in ADDONS.items():
        for addon in addons:
            connection.execute(
                "INSERT INTO service_addons (service_id, addon_id) VALUES (%s, %s)", [ids[name], ids[addon]]
            )
    for product in PRODUCTS:
        connection.execute(
            """
            INSERT INTO products (code, name, brand, price_cents, unit, stock, lowest_stock, is_highlighted)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            """,
            product,
        )


def _make_service(connection: Connection[TupleRow], service: Service, ids: dict[str, UUID], position: int) -> None:
    connection.execute(
        """
        INSERT INTO services (id, name, description, duration, price_cents, position, category, species, youngest_months,
          needs_vet, is_bookable_by_agent, is_addon, prerequisite_id, prerequisite_within, deposit_percent, buffer_after,
          resource_kind)
        VALUES (%(id)s, %(name)s, %(description)s, %(duration)s, %(cents)s, %(position)s, %(category)s, %(species)s,
          %(youngest)s, %(needs_vet)s, %(bookable)s, %(is_addon)s, %(prerequisite)s, %(within)s, %(deposit)s, %(buffer)s,
          %(resource)s)
        """,
        {
            "id": ids[service.name],
            "name": service.name,
            "description": service.description,
            "duration": timedelta(minutes=service.minutes),
            "cents": service.cents,
            "position": position,
            "category": service.category,
            "species": list(service.species) if service.species else None,
            "youngest": service.youngest_months,
            "needs_vet": service.needs_vet,
            "bookable": service.is_bookable_by_agent,
            "is_addon": service.is_addon,
            "prerequisite": ids[service.prerequisite] if service.prerequisite else None,
            "within": timedelta(days=service.prerequisite_days) if service.prerequisite_days else None,
            "deposit": service.deposit_percent,
            "buffer": timedelta(minutes=service.buffer_minutes),
            "resource": None if service.is_addon else service.resource,
        },
    )
    for size, coat, minutes, cents in _prices(service):
        connection.execute(
            "INSERT INTO service_prices (service_id, size, coat, price_cents, duration) VALUES (%s, %s, %s, %s, %s)",
            [ids[service.name], size, coat, cents, timedelta(minutes=minutes)],
        )
    for name in service.by:
        connection.execute(
            "INSERT INTO service_staff (service_id, staff_id) SELECT %s, id FROM staff_members WHERE name = %s",
            [ids[service.name], name],
        )


def _prices(service: Service) -> list[tuple[str, str, int, int]]:
    more_cents, more_minutes = service.long_coat or (0, 0)
    plain = [(size, "any", minutes, cents) for size, (minutes, cents) in service.sizes.items()]
    long = [(size, "long", minutes + more_minutes, cents + more_cents) for size, _, minutes, cents in plain]
    return [*plain, *(long if service.long_coat else [])]


def _make_resources_and_staff(connection: Connection[TupleRow]) -> None:
    for resource in RESOURCES:
        connection.execute("INSERT INTO resources (name, kind, capacity) VALUES (%s, %s, %s)", resource)
    for name, is_vet, weekdays, saturday in STAFF:
        staff_id = new_id()
        connection.execute("INSERT INTO staff_members (id, name, is_vet) VALUES (%s, %s, %s)", [staff_id, name, is_vet])
        for weekday in range(6):
            connection.execute(
                "INSERT INTO staff_hours (staff_id, weekday, opens, closes) VALUES (%s, %s, %s, %s)",
                [staff_id, weekday, *(saturday if weekday == 5 else weekdays)],
            )
