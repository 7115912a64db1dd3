"""Message templates: sent with their parameters filled in, and kept as the business account at Meta has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from psycopg.types.json import Jsonb

from auzap.aws.client import AwsClient
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.db.connection import Database, Tx
from auzap.ids import AccountId, OrganizationId
from auzap.loose import items, mapping, string

type Status = Literal["pending", "approved", "rejected", "paused", "disabled"]

ACTOR = "system"
FIELDS = "name,language,status,category,components"
MOST_PAGES = 50
PARAMETER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
NAME = re.compile(r"[a-z0-9_]{1,512}")
LANGUAGE = re.compile(r"[a-z]{2}(_[A-Z]{2})?")
LONGEST_BODY = 1024
# By this name the house knows the template that asks a customer to open the window again, and by these its parameters.
REOPENING = "auzap_reopen"
FILLED_IN = frozenset({"1", "2", "customer_name", "shop_name"})
# What its button says back.
REOPENED = "reopen"

STATUSES = {
    "APPROVED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "FLAGGED": "approved",
}
CATEGORIES = {"UTILITY": "utility", "MARKETING": "marketing", "AUTHENTICATION": "authentication"}


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    language: str
    body: str
    parameters: list[str]
    buttons: list[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A template as the panel lists it."""

    id: UUID
    business_id: str
    name: str
    language: str
    category: str
    status: Status
    body: str
    parameters: list[str]
    buttons: list[str]
    # With it the house asks a customer to open the window again.
    is_reopening: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Business:
    business_id: str
    credentials: bytes | None
    wrapped_key: bytes | None


def filled(template: Template, known: Mapping[str, str], *, payload: str) -> dict[str, Any]:
    """The content of a message that shows this template, each quick reply answering with the payload."""
    return {
        "type": "template",
        "name": template.name,
        "language": template.language,
        "text": PARAMETER.sub(lambda found: _one_line(known[found[1]]), template.body),
        "parameters": [
            {"text": _one_line(known[name])} | ({} if name.isdigit() else {"name": name})
            for name in template.parameters
        ],
        "buttons": [payload for _ in template.buttons],
    }


def body(content: dict[str, Any]) -> dict[str, Any]:
    """As the Cloud API takes it."""
    components: list[dict[str, Any]] = []
    if content.get("parameters"):
        components.append({"type": "body", "parameters": [_parameter(given) for given in content["parameters"]]})
    components += [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(position),
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for position, payload in enumerate(content.get("buttons", []))
    ]
    sent: dict[str, Any] = {"name": content["name"], "language": {"code": content["language"]}}
    return {"type": "template", "template": sent | ({"components": components} if components else {})}


def _parameter(given: dict[str, str]) -> dict[str, str]:
    named = {"parameter_name": given["name"]} if given.get("name") else {}
    return {"type": "text", **named, "text": given["text"]}


def _one_line(text: str) -> str:
    """A parameter holds no line breaks and no runs of spaces."""
    return " ".join(text.split())


def kept(tx: Tx, *, status: Status | None, account_id: AccountId | None) -> list[Kept]:
    """By name; of one number, those of its business account. Meta allows some hundreds of an account."""
    return tx.rows(
        Kept,
        """
        SELECT t.id, t.business_id, t.name, t.language, t.category, t.status, t.body, t.parameters,
          ARRAY(SELECT jsonb_array_elements_text(t.buttons)) AS buttons, t.purpose IS NOT DISTINCT FROM 'reopen' AS is_reopening,
          t.updated_at
        FROM message_templates t
        WHERE (%(status)s::text IS NULL OR t.status = %(status)s) AND (%(account)s::uuid IS NULL OR t.business_id = (
          SELECT a.business_id FROM channel_accounts a WHERE a.id = %(account)s))
        ORDER BY t.name, t.language, t.id
        """,
        {"status": status, "account": account_id},
    ).fetchall()


def sync(
    database: Database, graph: Graph, kms: AwsClient, organization_id: OrganizationId, account_id: AccountId
) -> int | None:
    """Keep the templates of a number's business account as Meta has them now: how many; None without credentials."""
    with database.transaction(organization_id, ACTOR) as tx:
        business = tx.rows(
            Business,
            """
            SELECT a.business_id, a.credentials, k.wrapped_key FROM channel_accounts a LEFT JOIN organization_keys k ON true
            WHERE a.id = %s AND a.status <> 'disconnected'
            """,
            [account_id],
        ).fetchone()
    if business is None or business.credentials is None or business.wrapped_key is None:
        return None
    # Ciphers, which cost a cold start of the API and which nobody else needs who knows templates.
    from auzap.channels import credentials

    token = credentials.opened(kms, organization_id, wrapped_key=business.wrapped_key, sealed=business.credentials)
    known = [row for told in _all_told(graph, business.business_id, token) if (row := _read(told))]
    with database.transaction(organization_id, ACTOR) as tx:
        _keep(tx, business.business_id, known)
    return len(known)


def _all_told(graph: Graph, business_id: str, token: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    after = ""
    for _ in range(MOST_PAGES):
        page = graph.get(f"/{business_id}/message_templates?fields={FIELDS}&limit=100{after}", token)
        if "data" not in page:
            # No list is not an empty one: all that is known would be forgotten.
            raise GraphError(1, "no list of templates")
        told += [mapping(template) for template in items(page.get("data"))]
        paging = mapping(page.get("paging"))
        cursor = string(mapping(paging.get("cursors")).get("after"))
        if not cursor or not paging.get("next"):
            break
        after = f"&after={quote(cursor)}"
    return told


def _read(told: dict[str, Any]) -> dict[str, Any] | None:
    """A template as we keep it; None for one that we cannot send."""
    parts = {string(part.get("type")): part for part in map(mapping, items(told.get("components")))}
    name, language = string(told.get("name")), string(told.get("language"))
    text = string(mapping(parts.get("BODY")).get("text"))
    category = CATEGORIES.get(string(told.get("category")))
    if not NAME.fullmatch(name) or not LANGUAGE.fullmatch(language) or category is None:
        return None
    if not 0 < len(text) <= LONGEST_BODY:
        return None
    parameters = list(dict.fromkeys(PARAMETER.findall(text)))
    buttons = [mapping(button) for button in items(mapping(parts.get("BUTTONS")).get("buttons"))]
    replies = [string(button.get("text")) for button in buttons if button.get("type") == "QUICK_REPLY"]
    reopens = name.startswith(REOPENING) and bool(replies) and set(parameters) <= FILLED_IN
    return {
        "name": name,
        "language": language,
        "category": category,
        # What Meta may yet invent is nothing that we should send.
        "status": STATUSES.get(string(told.get("status")), "disabled"),
        "purpose": "reopen" if reopens else None,
        "body": text,
        "parameters": parameters,
        "buttons": replies,
    }


def _keep(tx: Tx, business_id: str, known: list[dict[str, Any]]) -> None:
    given = {"business": business_id, "known": Jsonb(known)}
    # In the order of their names: two syncs at once wait for each other, and do not lock each other out.
    tx.execute(
        """
        INSERT INTO message_templates AS t
          (business_id, name, language, category, status, purpose, body, parameters, buttons)
        SELECT %(business)s, name, language, category, status, purpose, body, parameters, buttons
        FROM jsonb_to_recordset(%(known)s) AS told (name text, language text, category text, status text, purpose text,
          body text, parameters text[], buttons jsonb)
        ORDER BY name, language
        ON CONFLICT (organization_id, business_id, name, language) DO UPDATE SET
          category = excluded.category, status = excluded.status, purpose = excluded.purpose, body = excluded.body,
          parameters = excluded.parameters, buttons = excluded.buttons, updated_at = app.now()
        WHERE (t.category, t.status, t.purpose, t.body, t.parameters, t.buttons) IS DISTINCT FROM
          (excluded.category, excluded.status, excluded.purpose, excluded.body, excluded.parameters, excluded.buttons)
        """,
        given,
    )
    tx.execute(
        """
        DELETE FROM message_templates t WHERE t.business_id = %(business)s AND (t.name, t.language) NOT IN (
          SELECT told.name, told.language FROM jsonb_to_recordset(%(known)s) AS told (name text, language text))
        """,
        given,
    )
