"""Writes docs/openapi.json, and the panel's types of it and of docs/events.json; into another folder, where one is named."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from auzap.realtime import catalogue
from functions.serve_api.specification import whole

PROJECT = Path(__file__).parents[1]
TOOL = PROJECT / "node_modules/.bin/openapi-typescript"


def main(folder: Path) -> None:
    specification = folder / "docs/openapi.json"
    types = folder / "web/src/api"
    specification.parent.mkdir(parents=True, exist_ok=True)
    specification.write_text(whole.written())
    _write_types(specification.read_text(), types / "schema.d.ts")
    _write_types(_as_openapi(json.loads(catalogue.written())), types / "events.d.ts")


def _write_types(specification: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    made = subprocess.run([TOOL], input=specification, capture_output=True, text=True, check=True)
    target.write_text(made.stdout)


def _as_openapi(catalogue: dict[str, Any]) -> str:
    """The tool reads nothing else."""
    info = {"title": catalogue["title"], "version": "1"}
    whole = {"openapi": "3.1.0", "info": info, "paths": {}, "components": {"schemas": catalogue["$defs"]}}
    return json.dumps(whole).replace("#/$defs/", "#/components/schemas/")


main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT)
