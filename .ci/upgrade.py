"""While a deployment goes on, the code of the version before runs on the new schema: its own tests say whether it can."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEFORE = ROOT / ".build/before"
# What a deployment brings first. Routines of the version before stay where none of now has their name.
SCHEMA = ("bootstrap.sql", "migrate.py", "migrations", "routines")


def main(version: str, tests: list[str]) -> int:
    shutil.rmtree(BEFORE, ignore_errors=True)
    archived = subprocess.run(["git", "archive", version], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as archive:
        archive.extractall(BEFORE, filter="data")
    for name in SCHEMA:
        now, then = ROOT / "shared/auzap/db" / name, BEFORE / "shared/auzap/db" / name
        if now.is_dir():
            shutil.copytree(now, then, dirs_exist_ok=True)
        else:
            shutil.copy(now, then)
    environment = os.environ | {"PYTHONPATH": f"{BEFORE}:{BEFORE / 'shared'}"}
    ran = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=BEFORE, env=environment)
    shutil.rmtree(BEFORE)
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
