"""The control endpoint for tests and scripts: inbound messages of every kind, faults, logs, reset."""

import base64
from dataclasses import asdict
from typing import Any

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from local.street import inbound
from local.street.faults import UnusableFault
from local.street.inbound import Shape
from local.street.inbound_kinds import UnusableMessage
from local.street.street import Street


def routes() -> list[BaseRoute]:
    return [
        Mount(
            "/street",
            routes=[
                Route("/inbound", post_inbound, methods=["POST"]),
                Route("/faults", list_faults, methods=["GET"]),
                Route("/faults", add_faults, methods=["POST"]),
                Route("/faults", clear_faults, methods=["DELETE"]),
                Route("/log", log, methods=["GET"]),
                Route("/chats", chats, methods=["GET"]),
                Route("/people", add_person, methods=["POST"]),
                Route("/accounts/{phone_number_id}", change_account, methods=["PATCH"]),
                Route("/verify", verify, methods=["POST"]),
                Route("/reset", reset, methods=["POST"]),
            ],
        )
    ]


async def post_inbound(request: Request) -> Response:
    return await run_in_threadpool(_post_inbound, _street(request), await _object(request))


def _post_inbound(street: Street, fields: dict[str, Any]) -> Response:
    wanted = fields.get("messages", [fields])
    shape = Shape(**fields["shape"]) if "shape" in fields else None
    if shape and len(wanted) == 1:
        wanted = _repeated(wanted[0], shape.size)
    inbounds = [inbound.compose(street, *inbound.sender(street, each), each) for each in wanted]
    outcome = inbound.receive(
        street,
        inbounds,
        shape=shape,
        copies=int(fields.get("copies", 1)),
        tamper=bool(fields.get("tamper")),
    )
    return JSONResponse(
        {
            "wamids": outcome.wamids,
            "status": outcome.statuses[-1] if outcome.statuses else None,
            "statuses": outcome.statuses,
            "body": base64.b64encode(outcome.body).decode(),
            "signature": outcome.signature,
        }
    )


def _repeated(fields: dict[str, Any], size: int) -> list[dict[str, Any]]:
    """One message asked for and a batch wanted: numbered copies of it, each with an id of its own."""
    numbered = [{**fields, "wamid": None} for _ in range(size)]
    for number, copy in enumerate(numbered, start=1):
        if "text" in copy:
            copy["text"] = f"{copy['text']} {number}"
    return numbered


async def list_faults(request: Request) -> Response:
    return JSONResponse({"faults": [fault.shown() for fault in _street(request).faults.script()]})


async def add_faults(request: Request) -> Response:
    fault = _street(request).faults.add(await _object(request))
    return JSONResponse(fault.shown(), status_code=201)


async def clear_faults(request: Request) -> Response:
    _street(request).faults.clear()
    return Response(status_code=204)


async def log(request: Request) -> Response:
    street = _street(request)
    return JSONResponse({"attempts": list(street.attempts), "webhooks": list(street.deliveries.log)})


async def chats(request: Request) -> Response:
    return JSONResponse(_street(request).chats.snapshot())


async def add_person(request: Request) -> Response:
    """Somebody on WhatsApp who has never written: templates reach them, free text does not."""
    _, chat = inbound.sender(_street(request), await _object(request))
    return JSONResponse(asdict(chat), status_code=201)


async def change_account(request: Request) -> Response:
    street = _street(request)
    account = street.accounts.get(request.path_params["phone_number_id"])
    if account is None:
        raise UnusableMessage("There is no such account.")
    return JSONResponse(street.accounts.change_health(account, await _object(request)))


async def verify(request: Request) -> Response:
    """Meta's handshake with a webhook address: AuZap must give the challenge back."""
    config = _street(request).config
    challenge = "1158201444"
    query = {"hub.mode": "subscribe", "hub.verify_token": config.verify_token, "hub.challenge": challenge}
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        answer = await client.get(config.webhook_url, params=query)
    verified = answer.status_code == 200 and answer.text == challenge
    return JSONResponse({"verified": verified, "status": answer.status_code})


async def reset(request: Request) -> Response:
    _street(request).reset()
    return Response(status_code=204)


async def refuse(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


REFUSED = (UnusableFault, UnusableMessage)


def _street(request: Request) -> Street:
    return request.app.state.street


async def _object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise UnusableMessage("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise UnusableMessage("The body must be a JSON object.")
    return body
