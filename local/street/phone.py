"""The phone simulator: its page, and the few requests the page makes."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from local.street import inbound, sending
from local.street.chats import Chat, Chats, Event
from local.street.config import Account
from local.street.inbound_kinds import UnusableMessage
from local.street.page_policy import HEADERS, guarded
from local.street.street import Street

SCREEN = Path(__file__).parent / "phone_screen"
# Proxies and browsers drop a stream that stays silent.
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = ": still here\n\n"
# What the page may ask for; the rest of the webhook is the street's business.
PAGE_FIELDS = frozenset(
    {"kind", "text", "caption", "quoted_id", "message_id", "emoji", "reply_id", "title", "description", "payload"}
    | {"latitude", "longitude", "name", "address"}
)


def routes() -> list[BaseRoute]:
    requests = [
        Route("/events", events),
        Route("/chats", open_chat, methods=["POST"]),
        Route("/chats/{chat_id}/messages", send_message, methods=["POST"]),
        Route("/chats/{chat_id}/messages/{message_id:path}/resend", resend, methods=["POST"]),
        Route("/chats/{chat_id}/seen", seen, methods=["POST"]),
        Route("/media/{media_id}", media),
    ]
    return [
        Route("/phone", page),
        Mount("/phone", routes=[*requests, Mount("/screen", guarded(StaticFiles(directory=SCREEN)))]),
    ]


async def page(request: Request) -> Response:
    return FileResponse(SCREEN / "index.html", headers=HEADERS)


async def events(request: Request) -> Response:
    stream = event_stream(_street(request).chats)
    return EndlessResponse(
        stream, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


class EndlessResponse(StreamingResponse):
    """A stream that ends when the server stops, and ends there without an error."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def event_stream(chats: Chats, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> AsyncGenerator[str]:
    """The whole state, then each change: a page that reconnects has missed nothing."""
    loop = asyncio.get_running_loop()
    changes: asyncio.Queue[Event] = asyncio.Queue()
    with chats.watch(lambda event: loop.call_soon_threadsafe(changes.put_nowait, event)) as snapshot:
        yield as_event(snapshot)
        while True:
            try:
                yield as_event(await asyncio.wait_for(changes.get(), heartbeat_seconds))
            except TimeoutError:
                yield HEARTBEAT


def as_event(event: Event) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"


async def open_chat(request: Request) -> Response:
    street, fields = _street(request), await _object(request)
    name, phone = str(fields.get("name", "")).strip(), str(fields.get("phone", ""))
    account = street.accounts.get(str(fields.get("phone_number_id", street.accounts.first.phone_number_id)))
    digits = _with_country(phone)
    if not name or account is None or digits is None:
        return _refusal(422, "Escreva um nome e um número com DDD, como (11) 98765-4321.")
    if digits == account.digits:
        return _refusal(422, "Esse é o número da própria loja.")
    chat = street.chats.open(account, name=name, phone=digits, shares_phone=not fields.get("hide_phone"))
    return JSONResponse(asdict(chat), status_code=201)


async def send_message(request: Request) -> Response:
    street, fields = _street(request), await _object(request)
    account, chat = _chat(street, request)
    return await run_in_threadpool(_send, street, account, chat, _message_fields(fields))


def _send(street: Street, account: Account, chat: Chat, fields: dict[str, Any]) -> Response:
    composed = inbound.compose(street, account, chat, fields)
    outcome = inbound.receive(street, [composed])
    return JSONResponse({"id": composed.id, "status": outcome.statuses[0]}, status_code=201)


async def resend(request: Request) -> Response:
    street = _street(request)
    account, chat = _chat(street, request)
    message = street.chats.message(request.path_params["message_id"])
    if message is None or message.chat_id != chat.id or message.element is None:
        return _refusal(404, "Essa mensagem não está nesta conversa.")
    status = await run_in_threadpool(inbound.resend, street, account, chat, message)
    return JSONResponse({"id": message.id, "status": status})


async def seen(request: Request) -> Response:
    street = _street(request)
    account, chat = _chat(street, request)
    return JSONResponse({"seen": sending.mark_seen_by_customer(street, account, chat)})


async def media(request: Request) -> Response:
    stored = _street(request).media.get(request.path_params["media_id"])
    if stored is None:
        return _refusal(404, "Esse arquivo expirou.")
    headers = {
        "Cache-Control": "private, max-age=3600",
        "X-Content-Type-Options": "nosniff",
        # What the shop sent is looked at, never run.
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(stored.data, media_type=stored.mime_type, headers=headers)


def _message_fields(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - PAGE_FIELDS
    if unknown:
        raise UnusableMessage(f"Unknown fields: {', '.join(sorted(unknown))}.")
    return fields


def _with_country(phone: str) -> str | None:
    """The digits of a number with country code; Brazil's where none is written."""
    digits = "".join(filter(str.isdigit, phone))
    if not phone.strip().startswith("+") and len(digits) in {10, 11}:
        digits = "55" + digits
    return digits if 10 <= len(digits) <= 15 else None


def _chat(street: Street, request: Request) -> tuple[Account, Chat]:
    chat = street.chats.chat(request.path_params["chat_id"])
    account = street.accounts.get(chat.phone_number_id) if chat else None
    if chat is None or account is None:
        raise UnusableMessage("Essa conversa não existe mais.")
    return account, chat


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)


def _street(request: Request) -> Street:
    return request.app.state.street


async def _object(request: Request) -> dict[str, Any]:
    # A page of another origin cannot send this type without the browser asking us first.
    if request.headers.get("content-type") != "application/json":
        raise UnusableMessage("The body must be sent as application/json.")
    try:
        body = await request.json()
    except ValueError as error:
        raise UnusableMessage("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise UnusableMessage("The body must be a JSON object.")
    return body
