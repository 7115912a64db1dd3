"""What `.local/endpoints.json` lists is there, and is what it is called."""

import re
from typing import Any

import httpx
import psycopg


def test_the_phone_and_the_graph_api_answer(stack: dict[str, Any]) -> None:
    assert httpx.get(stack["phone"]).status_code == 200
    assert httpx.get(stack["mail"]).status_code == 200
    unauthorized = httpx.get(f"{stack['graph']}/{stack['phone_number_id']}")
    assert unauthorized.status_code == 401
    assert unauthorized.json()["error"]["type"] == "OAuthException"


def test_the_application_role_sees_no_shop_and_the_administrator_the_one_of_the_demonstration(
    stack: dict[str, Any],
) -> None:
    with psycopg.connect(stack["database_url"]) as application:
        assert application.execute("SELECT count(*) FROM conversations").fetchone() == (0,)
    with psycopg.connect(stack["database_admin_url"]) as administrator:
        found = administrator.execute(
            """
            SELECT c.organization_id::text, c.external_id, o.phone
            FROM channel_accounts c JOIN authorized_owner_numbers o USING (organization_id)
            """
        ).fetchall()
    assert found == [(stack["organization_id"], stack["phone_number_id"], stack["owner_phone"])]


def test_the_demonstration_logins_have_each_role_of_a_shop(stack: dict[str, Any]) -> None:
    assert [user["role"] for user in stack["users"]] == ["owner", "manager", "staff"]
    assert all(re.fullmatch(r"\S+@\S+\.example", user["email"]) and user["password"] for user in stack["users"])


def test_the_spare_number_is_there_to_be_connected(stack: dict[str, Any]) -> None:
    spare = stack["spare_number"]

    unauthorized = httpx.get(f"{stack['graph']}/{spare['business_id']}/phone_numbers")
    exchanged = httpx.get(f"{stack['graph']}/oauth/access_token", params={"client_id": "1", "code": spare["code"]})

    assert unauthorized.status_code == 401
    assert exchanged.json()["error"]["code"] == 101
