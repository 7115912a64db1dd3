"""Whatever fails, the log names the failure and its place, and nothing of what people wrote, nobody's number, no secret.

Every invocation of this tier is searched for them; here each function fails in a database that quotes its rows.
"""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.functions.house import House
from tests.functions.outside.model import answer, call
from tests.functions.sandbox import Invocation

TEXT = "Meu cartão é um segredo só nosso"


def refuse(house: House, table: str, condition: str) -> None:
    """From now on the database refuses such rows, and says which row it was."""
    constraint = sql.SQL("ALTER TABLE {} ADD CONSTRAINT planted CHECK ({}) NOT VALID")
    with psycopg.connect(house.place.owner) as owner:
        owner.execute(constraint.format(sql.Identifier(table), sql.SQL(condition)))  # pyright: ignore[reportArgumentType]


def record(house: House) -> list[Invocation]:
    refuse(house, "messages", "sender <> 'customer'")
    house.says(house.person(), TEXT)
    return house.work("inbound")


def finish(house: House) -> list[Invocation]:
    refuse(house, "outbox", "kind <> 'reply'")
    house.outside.model.script = [answer(TEXT)]
    house.hear(house.person(), TEXT)
    return house.work("turns")


def use_tool(house: House) -> list[Invocation]:
    refuse(house, "turn_steps", "kind <> 'tool'")
    house.outside.model.script = [call("hand_over", reason=TEXT)]
    house.hear(house.person(), TEXT)
    return house.work("turns")


def send(house: House) -> list[Invocation]:
    refuse(house, "outbox", "state <> 'sent'")
    house.reply(house.person(), TEXT)
    return house.work("outbox")


def apply_status(house: House) -> list[Invocation]:
    refuse(house, "messages", "delivery <> 'delivered'")
    house.reply(house.person(), TEXT)
    house.work("outbox")
    house.receive_statuses()
    return house.work("provider_events")


def check_health(house: House) -> list[Invocation]:
    refuse(house, "channel_accounts", "health = '{}'")
    subject = str(house.one("SELECT id FROM channel_accounts"))
    work: dict[str, Any] = {"organization_id": str(house.organization_id), "job": "channel_health", "subject": subject}
    house.traffic.put("automations", json.dumps({**work, "at": "2026-11-21T12:00:00Z"}))
    return house.work("automations")


def keep_letter(house: House) -> list[Invocation]:
    refuse(house, "dead_letters", "receives < 0")
    house.says(house.person(), TEXT)
    (dead,) = house.traffic.take("inbound")
    return [house.invoke("keep_dead_letter", {"Records": [dead]})]


FAILING = [record, finish, use_tool, send, apply_status, check_health, keep_letter]


@pytest.mark.parametrize("fail", FAILING, ids=lambda fail: fail.__name__)
def test_a_failure_is_logged_by_its_kind_and_its_place(
    lonely_house: House, fail: Callable[[House], list[Invocation]]
) -> None:
    (invocation,) = fail(lonely_house)

    assert len(invocation.failed) == 1
    (line,) = [json.loads(line) for line in invocation.output.splitlines() if '"record_failed"' in line]
    assert line["failure"] == "CheckViolation"
    assert line["place"]
    assert lonely_house.told_by(invocation) == set()


@pytest.mark.parametrize("secret", ["text", "escaped text", "phone", "name", "token", "model key", "password"])
def test_a_leak_is_found(house: House, secret: str) -> None:
    ana = house.person("Ana Souza")
    house.hear(ana, TEXT)
    assert ana.phone
    leaked = {
        "text": TEXT,
        "escaped text": json.dumps(TEXT),
        "phone": ana.phone,
        "name": ana.name,
        "token": house.account.access_token,
        "model key": house.installation.model_key,
        "password": conninfo_to_dict(house.place.app)["password"],
    }[secret]

    assert len(house.told_by(Invocation(0, [], f"psycopg.errors.CheckViolation: row ({leaked}) violates"))) == 1
