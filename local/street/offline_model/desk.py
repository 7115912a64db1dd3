"""The shop's tools as the policy uses them: answered from this turn's results, or asked for next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from local.street.offline_model import pet_lines, shop_lines, stay_lines
from local.street.offline_model.acts import Act
from local.street.offline_model.conversation import ANSWER_TOOL, ToolResult
from local.street.offline_model.pet_lines import Pet
from local.street.offline_model.shop_lines import Booking, Service
from local.street.offline_model.stay_lines import Stay
from local.street.offline_model.wording import Reply, say

# The server stops a turn at eight calls, and the last one is the answer.
MOST_CALLS = 7


@dataclass(frozen=True)
class Call:
    tool: str
    arguments: dict[str, object] = field(default_factory=dict)


class Pause(Exception):
    """The policy can go no further before this step: a tool's result, or a word from the customer."""

    def __init__(self, step: Call | Reply) -> None:
        super().__init__(step)
        self.step = step


@dataclass(frozen=True)
class Desk:
    tools: Collection[str]
    results: Sequence[ToolResult]
    today: date

    def has(self, *tools: str) -> bool:
        return all(tool in self.tools for tool in tools)

    def require(self, *tools: str) -> None:
        if not self.has(*tools):
            raise Pause(say(Act.CANNOT_HERE))

    def use(self, tool: str, **arguments: object) -> str:
        self.require(tool)
        for result in reversed(self.results):
            if (result.tool, result.arguments) == (tool, arguments):
                return result.text
        if sum(result.tool != ANSWER_TOOL for result in self.results) >= MOST_CALLS:
            raise Pause(say(Act.STUCK))
        raise Pause(Call(tool, arguments))

    def names_seen(self) -> list[str]:
        """The services, pets and rooms that this turn's results have named."""
        return [
            *(service.name for text in self.told_by("list_services") for service in shop_lines.services_in(text)),
            *(pet.name for text in self.told_by("list_pets") for pet in pet_lines.pets_in(text)),
            *(room.name for text in self.told_by("find_stay") for room in stay_lines.offers_in(text)),
        ]

    def told_by(self, tool: str) -> list[str]:
        return [result.text for result in self.results if result.tool == tool]

    def services(self) -> list[Service]:
        return shop_lines.services_in(self.use("list_services", category="any"))

    def pets(self) -> list[Pet]:
        return pet_lines.pets_in(self.use("list_pets"))

    def bookings(self) -> list[Booking]:
        return shop_lines.bookings_in(self.use("list_bookings"), self.today)

    def stays(self) -> list[Stay]:
        return stay_lines.stays_in(self.use("list_stays"))
