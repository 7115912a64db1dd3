"""Nothing in the repository may name a machine, a package registry, or hold a secret; nor may its history hold a secret."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "registry host": re.compile(
        r"files\.python" + r"hosted|(?:^|[^\w.])py" + r"pi\.org|registry\.npm" + r"js|npm" + r"js\.org"
    ),
    "absolute machine path": re.compile(
        r"(?<![\w.:/-])/(?:home/(?!(?:home|street)\.)|root/|Users/|work/|farm/)[A-Za-z0-9._-]+"
    ),
    "AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "private key": re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE " + r"KEY-----"),
    "provider token": re.compile(
        r"\b(?:sk-[A-Za-z0-9_-]{32,}|EAA[A-Za-z0-9]{60,}|\$aact_(?:prod|hmlg)_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{36})"
    ),
    "long hexadecimal secret": re.compile(r"(?i)(?:secret|password|token)[\"']?\s*[:=]\s*[\"'][0-9a-f]{32,}[\"']"),
}


# What was committed once can be read for ever.
SECRETS = FORBIDDEN.keys() - {"registry host", "absolute machine path"}


def findings(name: str, text: str) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group()[:40]!r}"
        for what, pattern in FORBIDDEN.items()
        for match in pattern.finditer(text)
    ]


def findings_of_history(root: Path) -> list[str]:
    """In whatever any commit has added, as far back as this copy goes."""
    told = subprocess.run(
        ["git", "log", "--all", "-p", "-U0", "--no-color", "--no-ext-diff", "--text", "--format=commit %H"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    found: list[str] = []
    for commit in re.split(r"^commit (?=[0-9a-f]{40}$)", told.stdout.decode("utf-8", "ignore"), flags=re.MULTILINE):
        found += [
            f"commit {commit[:12]}: {what}"
            for what in sorted(SECRETS)
            if any(line.startswith("+") for line in _lines_with(FORBIDDEN[what], commit))
        ]
    return found


def _lines_with(pattern: re.Pattern[str], text: str) -> list[str]:
    return [text[text.rfind("\n", 0, match.start()) + 1 : match.end()] for match in pattern.finditer(text)]


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found: list[str] = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            found += findings(name, path.read_text("utf-8", "ignore"))
    found += findings_of_history(ROOT)
    print("\n".join(found) or "Nothing forbidden in the repository.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
