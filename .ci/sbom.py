"""The bill of materials of what is deployed: every package of the layers with its version and licence, as CycloneDX."""

import json
import re
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^(\S+==[^\\\n]+)", re.MULTILINE)
# The LGPL's are used as they come, in a layer of their own that can be replaced.
ALLOWED = {"MIT", "MIT-0", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "LGPL-3.0-only"}
# What packages say that do not use SPDX's names yet.
SPDX = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: MIT No Attribution License (MIT-0)": "MIT-0",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
}


def shipped(locks: Iterable[Path]) -> list[Requirement]:
    """Once each, by name. What is pinned for other machines alone is not shipped."""
    pinned = {line for lock in locks for line in PINNED.findall(lock.read_text("utf-8"))}
    requirements = [each for each in map(Requirement, pinned) if each.marker is None or each.marker.evaluate()]
    return [known for _, known in sorted({each.name: each for each in requirements}.items())]


def licence(name: str) -> str:
    known = metadata.metadata(name)
    if said := known.get("License-Expression"):
        return said
    classified = [each for each in known.get_all("Classifier", []) if each.startswith("License")]
    return " AND ".join(SPDX.get(each, each) for each in classified) or known.get("License", "")


def component(requirement: Requirement) -> dict[str, Any]:
    (pin,) = requirement.specifier
    reference = f"pkg:pypi/{requirement.name}@{pin.version}"
    return {
        "type": "library",
        "bom-ref": reference,
        "name": requirement.name,
        "version": pin.version,
        "purl": reference,
        "licenses": [{"expression": licence(requirement.name)}],
    }


def refused(components: Iterable[dict[str, Any]]) -> list[str]:
    """Those with a licence that nobody has looked at."""
    return [
        f"{each['name']}: {each['licenses'][0]['expression'] or 'no licence'}"
        for each in components
        if not set(re.split(r" (?:AND|OR) ", each["licenses"][0]["expression"])) <= ALLOWED
    ]


def main(target: Path) -> int:
    components = [component(each) for each in shipped(sorted((ROOT / "layers").glob("*.lock")))]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "auzap"}},
        "components": components,
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill, indent=2) + "\n", "utf-8")
    for line in (found := refused(components)):
        print(f"A licence that is not among those allowed: {line}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".build/sbom.json"))
