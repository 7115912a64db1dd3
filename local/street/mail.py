"""Mail on the street: SES's door, where every mail is kept, and the page that shows them."""

from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from local.street.page_policy import HEADERS, guarded

SCREEN = Path(__file__).parent / "mail_screen"
REMEMBERED = 500


@dataclass(frozen=True)
class Letter:
    id: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str


@dataclass
class Letterbox:
    """Everybody's, the newest first. It is empty after each start."""

    letters: deque[Letter] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    # While SES is to refuse: the status, and the name of the error.
    refusal: tuple[int, str] | None = None

    def reset(self) -> None:
        self.letters.clear()
        self.refusal = None


def routes() -> list[BaseRoute]:
    return [
        Route("/v2/email/outbound-emails", take, methods=["POST"]),
        Route("/mail", page),
        Mount("/mail", routes=[Route("/letters", letters), Mount("/screen", guarded(StaticFiles(directory=SCREEN)))]),
    ]


async def take(request: Request) -> Response:
    """SendEmail of SES v2, as far as plain mails go."""
    box = _box(request)
    if box.refusal:
        status, code = box.refusal
        return JSONResponse({"__type": code, "message": "As it was asked to."}, status_code=status)
    try:
        letter = _letter(await request.json(), request.app.state.street.config.clock())
    except (KeyError, TypeError, ValueError):
        refused = {"__type": "BadRequestException", "message": "Not a simple message to one address."}
        return JSONResponse(refused, status_code=400)
    box.letters.appendleft(letter)
    return JSONResponse({"MessageId": letter.id})


def _letter(asked: dict[str, Any], now: datetime) -> Letter:
    (address,) = asked["Destination"]["ToAddresses"]
    content = asked["Content"]["Simple"]
    subject, text = content["Subject"]["Data"], content["Body"]["Text"]["Data"]
    if "\n" in subject:
        raise ValueError("a subject is one line")
    return Letter(str(uuid4()), now, asked["FromEmailAddress"], address, subject, text)


async def page(request: Request) -> Response:
    return FileResponse(SCREEN / "index.html", headers=HEADERS)


async def letters(request: Request) -> Response:
    """For the page and for scripts: `?to=` an address."""
    to = request.query_params.get("to")
    found = [letter for letter in _box(request).letters if to in {None, letter.to}]
    shown = [{**asdict(letter), "at": letter.at.isoformat()} for letter in found]
    return JSONResponse(shown, headers={"Cache-Control": "no-store"})


def _box(request: Request) -> Letterbox:
    return request.app.state.street.letterbox
