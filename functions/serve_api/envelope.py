"""How every answer of the API looks."""

from datetime import UTC, datetime
from typing import Any

VERSION = "v1"


def success(data: Any, **meta: Any) -> dict[str, Any]:
    return {
        "success": True,
        "data": data,
        "meta": {"timestamp": datetime.now(UTC).isoformat(), "version": VERSION, **meta},
    }


def failure(code: str, message: str, details: Any = None) -> dict[str, Any]:
    return {"error": True, "message": message, "code": code, "details": details}
