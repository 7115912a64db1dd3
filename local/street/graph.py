"""The Graph API simulator's routes: they answer what Meta would answer."""

import asyncio
import json
import zlib
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from local.street import sending
from local.street.accounts import APP_ID
from local.street.config import Account, Template
from local.street.graph_errors import GraphError
from local.street.media import UPLOADED_DAYS, Stored, parse_upload
from local.street.street import Street


def routes() -> list[BaseRoute]:
    # The version is optional and not looked at: any that is alive behaves alike here.
    return [
        Mount(
            "/graph",
            routes=[
                Route("/media/{media_id}/{expires:int}/{ticket}", download),
                *(route for prefix in ("", "/{version}") for route in _nodes(prefix)),
            ],
        )
    ]


def _nodes(prefix: str) -> list[BaseRoute]:
    return [
        Route(prefix + "/{node}/messages", messages, methods=["POST"]),
        Route(prefix + "/{node}/media", upload, methods=["POST"]),
        Route(prefix + "/oauth/access_token", access_token, methods=["GET"]),
        Route(prefix + "/{node}/phone_numbers", phone_numbers, methods=["GET"]),
        Route(prefix + "/{node}/register", register, methods=["POST"]),
        Route(prefix + "/{node}/smb_app_data", sync_phone, methods=["POST"]),
        Route(prefix + "/{node}/subscribed_apps", subscribed_apps, methods=["GET", "POST", "DELETE"]),
        Route(prefix + "/{node}/message_templates", message_templates, methods=["GET"]),
        Route(prefix + "/debug_token", debug_token, methods=["GET"]),
        Route(prefix + "/{node}", read_node, methods=["GET"]),
        Route(prefix + "/{node}", delete_node, methods=["DELETE"]),
    ]


async def messages(request: Request) -> Response:
    street = _street(request)
    raw = await request.body()
    attempt: dict[str, Any] = {
        "at": street.now,
        "phone_number_id": request.path_params["node"],
        "payload": raw.decode(errors="replace"),
    }
    street.attempts.append(attempt)
    try:
        account = _authenticate(request)
        payload = _object(raw)
        attempt["payload"] = payload
        if payload.get("status") == "read":
            sending.mark_read_by_shop(street, account, payload)
            attempt.update(kind="read", status=200)
            return JSONResponse({"success": True})
        return await _send(street, account, payload, attempt)
    except GraphError as error:
        attempt.update(status=error.status, code=error.code, details=error.details)
        raise


async def _send(street: Street, account: Account, payload: dict[str, Any], attempt: dict[str, Any]) -> Response:
    attempt["kind"] = "send"
    sent = await sending.send(street, account, payload)
    attempt.update(status=200, message_id=sent.answer["messages"][0]["id"], answered=not sent.silent)
    if sent.silent:
        await asyncio.sleep(sent.wait_seconds)
        return Response(status_code=504)
    return JSONResponse(sent.answer)


async def upload(request: Request) -> Response:
    _authenticate(request)
    file = parse_upload(request.headers.get("content-type", ""), await request.body())
    stored = _street(request).media.keep(file.data, file.mime_type, file.filename, days=UPLOADED_DAYS)
    return JSONResponse({"id": stored.id})


async def download(request: Request) -> Response:
    street = _street(request)
    street.accounts.authenticated(_authorization(request))
    parameters = request.path_params
    stored = street.media.opened_by(parameters["media_id"], parameters["expires"], parameters["ticket"])
    if stored is None:
        return JSONResponse(GraphError(100, "The link has expired").body(), status_code=404)
    return Response(stored.data, media_type=stored.mime_type)


async def read_node(request: Request) -> Response:
    street = _street(request)
    stored = street.media.get(request.path_params["node"])
    if stored is not None:
        street.accounts.authenticated(_authorization(request))
        return JSONResponse(_media_node(street, stored))
    account = _authenticate(request)
    wanted = [name for name in request.query_params.get("fields", "").split(",") if name]
    return JSONResponse(street.accounts.fields(account, wanted))


async def delete_node(request: Request) -> Response:
    street = _street(request)
    street.accounts.authenticated(_authorization(request))
    media_id = request.path_params["node"]
    if not street.media.delete(media_id):
        raise GraphError(100, f"Object with ID '{media_id}' does not exist", subcode=33)
    return JSONResponse({"success": True})


async def subscribed_apps(request: Request) -> Response:
    account, accounts = _authenticate(request), _street(request).accounts
    if request.method != "GET":
        accounts.subscribe(account, to=request.method == "POST")
        return JSONResponse({"success": True})
    if not accounts.is_subscribed(account):
        return JSONResponse({"data": []})
    app = {"id": APP_ID, "name": "AuZap", "link": f"https://www.facebook.com/games/?app_id={APP_ID}"}
    return JSONResponse({"data": [{"whatsapp_business_api_data": app}]})


async def access_token(request: Request) -> Response:
    """The end of a signup: its code for a token."""
    given = request.query_params
    token = _street(request).accounts.exchange(
        given.get("client_id", ""), given.get("client_secret", ""), given.get("code", "")
    )
    return JSONResponse({"access_token": token, "token_type": "bearer"})


async def phone_numbers(request: Request) -> Response:
    """The numbers of a business account."""
    account, accounts = _authenticate(request), _street(request).accounts
    if request.path_params["node"] != account.waba_id:
        raise GraphError(100, "Tried accessing nonexisting field (phone_numbers)")
    wanted = [name for name in request.query_params.get("fields", "").split(",") if name]
    return JSONResponse({"data": [accounts.fields(each, wanted) for each in accounts.of_business(account.waba_id)]})


async def register(request: Request) -> Response:
    account, given = _authenticate(request), _object(await request.body())
    pin = str(given.get("pin", ""))
    if given.get("messaging_product") != "whatsapp" or len(pin) != 6 or not pin.isdecimal():
        raise GraphError(100, "Invalid parameter")
    _street(request).accounts.register(account, pin)
    return JSONResponse({"success": True})


async def sync_phone(request: Request) -> Response:
    """A number that is also used in the app on a phone: what the app knows is told by webhooks, of which we have none."""
    _authenticate(request)
    kind = _object(await request.body()).get("sync_type")
    if kind not in {"smb_app_state_sync", "history"}:
        raise GraphError(100, "Invalid parameter")
    return JSONResponse({"messaging_product": "whatsapp", "request_id": kind})


async def debug_token(request: Request) -> Response:
    """What a token says of itself: whether it is good, and until when; 0 is for ever."""
    accounts = _street(request).accounts
    accounts.authenticated(_authorization(request))
    account = accounts.authenticated(request.query_params.get("input_token", ""))
    told = {"app_id": APP_ID, "type": "SYSTEM_USER", "is_valid": True}
    return JSONResponse({"data": {**told, "expires_at": accounts.token_expires_at(account)}})


async def message_templates(request: Request) -> Response:
    """The templates of a business account, a page at a time."""
    account = _authenticate(request)
    if request.path_params["node"] != account.waba_id:
        raise GraphError(100, "Tried accessing nonexisting field (message_templates)")
    every = _street(request).config.templates
    start, most = int(request.query_params.get("after") or 0), int(request.query_params.get("limit") or 25)
    end = min(start + most, len(every))
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(end)}}
    if end < len(every):
        paging["next"] = f"{request.url.include_query_params(after=end)}"
    return JSONResponse({"data": [_template_node(template) for template in every[start:end]], "paging": paging})


async def refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, GraphError)
    return JSONResponse(error.body(), status_code=error.status)


def _template_node(template: Template) -> dict[str, Any]:
    components: list[dict[str, Any]] = [{"type": "BODY", "text": template.body}]
    if template.buttons:
        buttons = [{"type": "QUICK_REPLY", "text": text} for text in template.buttons]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return {
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category.upper(),
        "components": components,
        "id": str(zlib.crc32(f"{template.name} {template.language}".encode())),
    }


def _media_node(street: Street, stored: Stored) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "url": street.media.link(stored),
        "mime_type": stored.mime_type,
        "sha256": stored.digest.hex(),
        "file_size": len(stored.data),
        "id": stored.id,
    }


def _street(request: Request) -> Street:
    return request.app.state.street


def _authorization(request: Request) -> str:
    return request.headers.get("authorization", "")


def _authenticate(request: Request) -> Account:
    return _street(request).accounts.authenticate(_authorization(request), request.path_params["node"])


def _object(raw: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(raw)
    except ValueError as error:
        raise GraphError(100, "The body is not JSON") from error
    if not isinstance(payload, dict):
        raise GraphError(100, "The body must be a JSON object")
    return payload
