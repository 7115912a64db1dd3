"""The HTTP API logs no address that could hold a secret, and limits every route."""

import json
from typing import Any

from synthesis import Synthesized


def stage_named(synthesized: Synthesized, name: str) -> dict[str, Any]:
    (stage,) = (s for s in synthesized.application.of("AWS::ApiGatewayV2::Stage").values() if s["StageName"] == name)
    return stage


def routes_of(synthesized: Synthesized, stage: dict[str, Any]) -> set[str]:
    routes = synthesized.application.of("AWS::ApiGatewayV2::Route").values()
    return {route["RouteKey"] for route in routes if route["ApiId"] == stage["ApiId"]}


SECRETIVE = ("path", "query", "authorizer", "sourceIp", "requestOverride", "header")


def test_the_access_log_holds_neither_path_nor_query(synthesized: Synthesized) -> None:
    stage = stage_named(synthesized, "$default")
    access = json.loads(stage["AccessLogSettings"]["Format"])
    assert set(access) == {"requestId", "routeKey", "status", "latency", "integrationLatency"}
    assert not any(word in value for word in SECRETIVE for value in access.values())


def test_every_route_has_a_limit_and_the_webhook_its_own(synthesized: Synthesized) -> None:
    stage = stage_named(synthesized, "$default")
    routes = routes_of(synthesized, stage)

    assert routes == stage["RouteSettings"].keys()
    assert "POST /webhooks/whatsapp" in routes
    assert all(limit["ThrottlingRateLimit"] > 0 for limit in stage["RouteSettings"].values())


def test_the_apis_may_invoke_the_functions_that_serve_them_and_through_their_alias(synthesized: Synthesized) -> None:
    template = synthesized.application
    aliases = template.of("AWS::Lambda::Alias")
    permissions = [
        permission
        for permission in template.of("AWS::Lambda::Permission").values()
        if permission["Principal"] == "apigateway.amazonaws.com"
    ]
    invoked = {template.referred(aliases[template.referred(p["FunctionName"])]["FunctionName"]) for p in permissions}
    serving = ("receive_webhook", "serve_api", "serve_realtime")
    assert invoked == {synthesized.function_id(folder) for folder in serving}
    assert all("SourceArn" in permission for permission in permissions)


def test_sockets_are_opened_heard_and_closed_by_one_function_under_a_limit(synthesized: Synthesized) -> None:
    stage = stage_named(synthesized, "realtime")
    assert routes_of(synthesized, stage) == {"$connect", "$disconnect", "$default"}
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
