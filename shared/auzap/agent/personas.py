"""Who speaks: the agent of the shop's customers, or Aurora, who serves its owner."""

from dataclasses import dataclass

from auzap.agent.pending import Act
from auzap.agent.toolbox import Tool, tool
from auzap.agent.tools import bookings, pets, talking
from auzap.aurora import tools as aurora_tools


@dataclass(frozen=True, slots=True)
class Persona:
    name: str
    tools: dict[str, Tool]
    acts: dict[str, Act]

    @property
    def schemas(self) -> list[dict[str, object]]:
        return [known.schema for known in self.tools.values()]


def _persona(name: str, acts: dict[str, Act], *functions: object) -> Persona:
    made = [tool(function) for function in functions]  # pyright: ignore[reportArgumentType]
    return Persona(name, {known.name: known for known in made}, acts)


CLIENT_AGENT = _persona(
    "client_agent",
    bookings.ACTS,
    bookings.list_services,
    bookings.find_free_slots,
    bookings.propose_booking,
    bookings.list_bookings,
    bookings.propose_cancellation,
    pets.list_pets,
    pets.register_pet,
    talking.hand_over,
    talking.answer,
)
AURORA = _persona("aurora", {}, aurora_tools.list_appointments, bookings.list_services, talking.answer)
