"""Who speaks: its rules, its tools, and the binding acts it may propose."""

from dataclasses import dataclass
from typing import Any

from auzap.agent.pending import Act
from auzap.agent.toolbox import Tool, ToolFunction, tool


@dataclass(frozen=True, slots=True)
class Persona:
    rules: str
    tools: dict[str, Tool]
    acts: dict[str, Act]

    @property
    def schemas(self) -> list[dict[str, Any]]:
        return [known.schema for known in self.tools.values()]


def persona(rules: str, acts: dict[str, Act], *functions: ToolFunction | Tool) -> Persona:
    made = [known if isinstance(known, Tool) else tool(known) for known in functions]
    return Persona(rules, {known.name: known for known in made}, acts)
