"""The passwords and secrets of one local installation: made once, kept beside its data."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "keys.json"


@dataclass(frozen=True)
class Keys:
    admin_password: str
    owner_password: str
    app_password: str
    whatsapp_app_secret: str
    whatsapp_verify_token: str


def load(directory: Path) -> Keys:
    path = directory / FILE
    if path.exists():
        return Keys(**json.loads(path.read_text()))
    keys = Keys(*(secrets.token_urlsafe(24) for _ in range(5)))
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(keys)))
    return keys
