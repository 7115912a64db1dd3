"""The synthesized templates, and questions to ask them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from aws_cdk import App

from infra.settings import EDGE_REGION, ROOT, Settings, settings_for

type Resource = dict[str, Any]

SAID = {"AUZAP_MAIL_FROM": "AuZap <nao-responda@auzap.example>"}
HOST = "app.auzap.example"
# One without a domain of its own, whose name is told once CloudFront has given it; and one with.
STAGING = settings_for("staging", {**SAID, "AUZAP_PANEL_URL": f"https://{HOST}"})
PRODUCTION = settings_for(
    "production",
    {
        **SAID,
        "AUZAP_DOMAIN": HOST,
        "AUZAP_HOSTED_ZONE_ID": "Z0123456789ABCDEFGHIJ",
        "AUZAP_ORIGIN_VERSION": "2f6d9c1e-6c0b-4b0a-9d0e-3a8f1c5b7e42",
    },
)
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]


def new_app(outdir: Path) -> App:
    return App(outdir=str(outdir), context=CONTEXT, analytics_reporting=False)


@dataclass(frozen=True)
class Template:
    path: Path

    @cached_property
    def written(self) -> dict[str, Any]:
        return json.loads(self.path.read_text())

    @property
    def resources(self) -> dict[str, Resource]:
        return self.written["Resources"]

    def of(self, kind: str) -> dict[str, Any]:
        """The properties of all resources of a kind, by logical id."""
        return {
            id_: resource.get("Properties", {}) for id_, resource in self.resources.items() if resource["Type"] == kind
        }

    def only(self, kind: str) -> Any:
        (properties,) = self.of(kind).values()
        return properties

    def referred(self, value: Any) -> str:
        """The one resource of this template that the value names."""
        (id_,) = set(references(value)) & self.resources.keys()
        return id_


@dataclass(frozen=True)
class Synthesized:
    settings: Settings
    data: Template
    application: Template
    edge: Template

    @property
    def templates(self) -> list[Template]:
        return [self.data, self.application, self.edge]

    def region(self, template: Template) -> str:
        return EDGE_REGION if template is self.edge else self.settings.region

    def spoken(self, value: Any) -> str:
        """A text of the edge's template, with each name that AWS gives as `<its logical id>`."""
        match value:
            case str():
                return value
            case {"Fn::Join": [str(between), list(parts)]}:
                return between.join(self.spoken(part) for part in parts)
            case {"Fn::GetStackOutput": {"StackName": str(stack), "OutputName": str(output), "Region": str(region)}}:
                assert (stack, region) == (f"{self.settings.prefix}-application", self.settings.region)
                return self.spoken(self.application.written["Outputs"][output]["Value"])
            case {"Ref": str(id_)} | {"Fn::GetAtt": [str(id_), _]}:
                return f"<{id_}>"
            case _:
                raise AssertionError(f"not a text: {value}")

    def functions(self) -> dict[str, Any]:
        """The properties of each function, by its folder."""
        prefix = f"{self.settings.prefix}-"
        found = self.application.of("AWS::Lambda::Function").values()
        return {properties["FunctionName"].removeprefix(prefix): properties for properties in found}

    def function_id(self, folder: str) -> str:
        name = f"{self.settings.prefix}-{folder}"
        functions = self.application.of("AWS::Lambda::Function")
        (id_,) = (id_ for id_, properties in functions.items() if properties["FunctionName"] == name)
        return id_

    def statements(self, folder: str) -> list[dict[str, Any]]:
        """What the function's role may do."""
        role = self.application.referred(self.functions()[folder]["Role"])
        return [
            statement
            for policy in self.application.of("AWS::IAM::Policy").values()
            if role in references(policy["Roles"])
            for statement in policy["PolicyDocument"]["Statement"]
        ]


@dataclass(frozen=True)
class Assembly:
    directory: Path

    @property
    def said(self) -> Path:
        """Why the synthesis was refused, or null."""
        return self.directory / "refusal.json"

    def environment(self, settings: Settings) -> Synthesized:
        data, application, edge = (
            Template(self.directory / f"{settings.prefix}-{stack}.template.json")
            for stack in ("data", "application", "edge")
        )
        return Synthesized(settings, data, application, edge)

    def read(self, name: str) -> Any:
        return json.loads((self.directory / name).read_text())


@dataclass(frozen=True)
class EventSource:
    queue: str
    folder: str
    properties: dict[str, Any]


def event_sources(synthesized: Synthesized) -> list[EventSource]:
    template = synthesized.application
    aliases, functions = template.of("AWS::Lambda::Alias"), template.of("AWS::Lambda::Function")
    prefix = f"{synthesized.settings.prefix}-"
    found: list[EventSource] = []
    for properties in template.of("AWS::Lambda::EventSourceMapping").values():
        alias = aliases[template.referred(properties["FunctionName"])]
        function = functions[template.referred(alias["FunctionName"])]
        queue = template.referred(properties["EventSourceArn"])
        found.append(EventSource(queue, function["FunctionName"].removeprefix(prefix), properties))
    return found


def references(value: Any) -> Iterator[str]:
    """The logical ids that a value names, however deep."""
    match value:
        case {"Ref": str(id_)}:
            yield id_
        case {"Fn::GetAtt": [str(id_), _]}:
            yield id_
        case dict():
            for inner in value.values():
                yield from references(inner)
        case list():
            for inner in value:
                yield from references(inner)
        case _:
            pass


def actions(statement: dict[str, Any]) -> list[str]:
    return listed(statement["Action"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
