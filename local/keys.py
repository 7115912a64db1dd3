"""The passwords and secrets of one local installation: made once, kept beside its data."""

import json
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

FILE = "keys.json"


@dataclass(frozen=True)
class Keys:
    admin_password: str
    owner_password: str
    app_password: str
    whatsapp_app_secret: str
    whatsapp_verify_token: str
    identity_key: str


def load(directory: Path) -> Keys:
    """Those of before; what an older installation did not have yet is made now."""
    path = directory / FILE
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    keys = Keys(**{field.name: known.get(field.name) or secrets.token_urlsafe(32) for field in fields(Keys)})
    if asdict(keys) != known:
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(keys)))
    return keys
