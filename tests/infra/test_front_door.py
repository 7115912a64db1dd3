"""The HTTP API logs no address that could hold a secret, and limits every route."""

import json

from synthesis import Synthesized

SECRETIVE = ("path", "query", "authorizer", "sourceIp", "requestOverride", "header")


def test_the_access_log_holds_neither_path_nor_query(synthesized: Synthesized) -> None:
    stage = synthesized.application.only("AWS::ApiGatewayV2::Stage")
    access = json.loads(stage["AccessLogSettings"]["Format"])
    assert set(access) == {"requestId", "routeKey", "status", "latency", "integrationLatency"}
    assert not any(word in value for word in SECRETIVE for value in access.values())


def test_every_route_has_a_limit_and_the_webhook_its_own(synthesized: Synthesized) -> None:
    template = synthesized.application
    stage = template.only("AWS::ApiGatewayV2::Stage")
    routes = {route["RouteKey"] for route in template.of("AWS::ApiGatewayV2::Route").values()}

    assert routes == stage["RouteSettings"].keys()
    assert "POST /webhooks/whatsapp" in routes
    assert all(limit["ThrottlingRateLimit"] > 0 for limit in stage["RouteSettings"].values())


def test_the_api_may_invoke_the_two_functions_that_serve_it_and_through_their_alias(synthesized: Synthesized) -> None:
    template = synthesized.application
    aliases = template.of("AWS::Lambda::Alias")
    permissions = [
        permission
        for permission in template.of("AWS::Lambda::Permission").values()
        if permission["Principal"] == "apigateway.amazonaws.com"
    ]
    invoked = {template.referred(aliases[template.referred(p["FunctionName"])]["FunctionName"]) for p in permissions}
    assert invoked == {synthesized.function_id("receive_webhook"), synthesized.function_id("serve_api")}
    assert all("SourceArn" in permission for permission in permissions)
