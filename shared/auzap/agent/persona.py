"""Who speaks: its rules, its tools, and the binding acts it may propose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auzap.agent.pending import Act
from auzap.agent.toolbox import Tool, ToolFunction, tool
from auzap.organizations.shop import Shop


@dataclass(frozen=True, slots=True)
class Persona:
    rules: str
    # How the shop wants it to speak.
    manner: Callable[[Shop], str]
    tools: dict[str, Tool]
    acts: dict[str, Act]

    @property
    def schemas(self) -> list[dict[str, Any]]:
        return [known.schema for known in self.tools.values()]


def persona(
    rules: str, manner: Callable[[Shop], str], acts: dict[str, Act], *functions: ToolFunction | Tool
) -> Persona:
    made = [known if isinstance(known, Tool) else tool(known) for known in functions]
    return Persona(rules, manner, {known.name: known for known in made}, acts)
