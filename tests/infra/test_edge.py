"""What stands before the API and the panel: who is let through, what is told there, and what is answered."""

import json
import subprocess
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template as InMemory
from synthesis import HOST, PRODUCTION, STAGING, Assembly, Synthesized, references

from functions.serve_api import edge as door
from functions.serve_api.answers import failure
from functions.serve_api.problem_texts import TEXTS
from infra.distribution import FUNCTIONS
from infra.firewall import WINDOW_SECONDS
from infra.headers import API_HEADERS, security_headers
from infra.public_name import PublicName
from infra.settings import settings_for

API = ["/v1", "/v1/*", "/health", "/health/*"]
EVERY_METHOD = {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
# Amazon's own policy that keeps nothing.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def distribution(synthesized: Synthesized) -> dict[str, Any]:
    return synthesized.edge.only("AWS::CloudFront::Distribution")["DistributionConfig"]


def behaviours(synthesized: Synthesized) -> dict[str, dict[str, Any]]:
    return {each["PathPattern"]: each for each in distribution(synthesized)["CacheBehaviors"]}


def origin_of(synthesized: Synthesized, behaviour: dict[str, Any]) -> dict[str, Any]:
    (origin,) = (o for o in distribution(synthesized)["Origins"] if o["Id"] == behaviour["TargetOriginId"])
    return origin


def code_run_by(synthesized: Synthesized, behaviour: dict[str, Any]) -> str:
    (association,) = behaviour["FunctionAssociations"]
    assert association["EventType"] == "viewer-request"
    function = synthesized.edge.referred(association["FunctionARN"])
    return synthesized.edge.resources[function]["Properties"]["FunctionCode"]


def run(name: str, request: dict[str, Any]) -> dict[str, Any]:
    """The function's code, as CloudFront calls it."""
    event = json.dumps({"viewer": {"ip": "203.0.113.7"}, "request": request})
    code = f"{(FUNCTIONS / f'{name}.js').read_text()}\nconsole.log(JSON.stringify(handler({event})))"
    return json.loads(subprocess.run(["node", "-e", code], capture_output=True, check=True, text=True).stdout)


def test_the_api_is_asked_by_every_method_and_never_answered_from_a_cache(synthesized: Synthesized) -> None:
    found = behaviours(synthesized)
    assert list(found) == [*API, "/realtime"]
    for behaviour in found.values():
        assert set(behaviour["AllowedMethods"]) == EVERY_METHOD
        assert behaviour["CachePolicyId"] == CACHING_DISABLED
        assert behaviour["ViewerProtocolPolicy"] == "https-only"


def test_what_belongs_to_the_api_goes_there_and_a_socket_to_its_gateway(synthesized: Synthesized) -> None:
    hosts = {
        path: synthesized.spoken(origin_of(synthesized, behaviour)["DomainName"])
        for path, behaviour in behaviours(synthesized).items()
    }
    apis = {api["Name"]: id_ for id_, api in synthesized.application.of("AWS::ApiGatewayV2::Api").items()}
    prefix, gateway = synthesized.settings.prefix, "execute-api.sa-east-1.amazonaws.com"
    assert hosts == {
        **dict.fromkeys(API, f"<{apis[prefix]}>.{gateway}"),
        # The path is the name of its stage.
        "/realtime": f"<{apis[f'{prefix}-realtime']}>.{gateway}",
    }


def test_a_gateway_hears_all_that_was_asked_but_the_name_it_was_asked_by(synthesized: Synthesized) -> None:
    (policy,) = synthesized.edge.of("AWS::CloudFront::OriginRequestPolicy")
    told = synthesized.edge.only("AWS::CloudFront::OriginRequestPolicy")["OriginRequestPolicyConfig"]

    assert told["HeadersConfig"] == {"HeaderBehavior": "allExcept", "Headers": ["host"]}
    assert told["CookiesConfig"] == {"CookieBehavior": "all"}
    assert told["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert {b["OriginRequestPolicyId"]["Ref"] for b in behaviours(synthesized).values()} == {policy}


def test_the_api_and_nobody_else_is_shown_the_secret_that_the_data_stack_copies_to_the_edge(
    synthesized: Synthesized,
) -> None:
    shown = {
        header["HeaderName"].lower(): header["HeaderValue"]
        for origin in distribution(synthesized)["Origins"]
        for header in origin.get("OriginCustomHeaders", [])
    }
    (api,) = {b["TargetOriginId"] for path, b in behaviours(synthesized).items() if path in API}
    assert [o["Id"] for o in distribution(synthesized)["Origins"] if o.get("OriginCustomHeaders")] == [api]

    name = f"auzap/{synthesized.settings.environment}/origin"
    assert synthesized.settings.edge
    version = synthesized.settings.edge.origin_secret_version
    assert shown == {door.ORIGIN_HEADER: f"{{{{resolve:secretsmanager:{name}:SecretString:current::{version}}}}}"}
    copied = {
        secret["Name"]: [copy["Region"] for copy in secret["ReplicaRegions"]]
        for secret in synthesized.data.of("AWS::SecretsManager::Secret").values()
        if "ReplicaRegions" in secret
    }
    assert copied == {name: ["us-east-1"]}


def test_who_asks_is_told_by_the_edge_whatever_they_say_themselves(synthesized: Synthesized) -> None:
    said = {"host": {"value": HOST}, door.VIEWER_HEADER: {"value": "10.0.0.1", "multiValue": [{"value": "10.0.0.1"}]}}

    for path in API:
        assert code_run_by(synthesized, behaviours(synthesized)[path]) == (FUNCTIONS / "viewer.js").read_text()
    assert run("viewer", {"uri": "/v1/me", "headers": said})["headers"] == {
        "host": {"value": HOST},
        door.VIEWER_HEADER: {"value": "203.0.113.7"},
    }


@pytest.mark.parametrize(
    ("asked", "fetched"),
    [
        ("/", "/index.html"),
        ("/conversas", "/index.html"),
        ("/conversas/01957b6e-0000-7000-8000-000000000000", "/index.html"),
        ("/clientes/", "/index.html"),
        ("/v1.2/clientes", "/index.html"),
        ("/index.html", "/index.html"),
        ("/assets/app-3f9c.js", "/assets/app-3f9c.js"),
        ("/favicon.ico", "/favicon.ico"),
    ],
)
def test_each_address_of_the_panel_is_its_one_page_and_a_file_is_itself(asked: str, fetched: str) -> None:
    assert run("panel_page", {"uri": asked})["uri"] == fetched


def test_a_404_of_the_api_stays_one(synthesized: Synthesized) -> None:
    found = distribution(synthesized)
    # An answer for errors would stand in for those of every path.
    assert "CustomErrorResponses" not in found
    assert code_run_by(synthesized, found["DefaultCacheBehavior"]) == (FUNCTIONS / "panel_page.js").read_text()


def test_the_panel_is_read_only_and_only_through_the_edge(synthesized: Synthesized) -> None:
    found, template = distribution(synthesized), synthesized.edge
    panel = found["DefaultCacheBehavior"]
    assert set(panel.get("AllowedMethods", ["GET", "HEAD"])) == {"GET", "HEAD"}
    assert panel["ViewerProtocolPolicy"] == "redirect-to-https"
    origin = origin_of(synthesized, panel)
    control = template.resources[template.referred(origin["OriginAccessControlId"])]["Properties"]
    assert control["OriginAccessControlConfig"]["SigningBehavior"] == "always"

    bucket = template.referred(origin["DomainName"])
    (policy,) = (p for p in template.of("AWS::S3::BucketPolicy").values() if p["Bucket"] == {"Ref": bucket})
    (allowed,) = (s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow")
    assert (allowed["Action"], allowed["Principal"]) == ("s3:GetObject", {"Service": "cloudfront.amazonaws.com"})
    (front,) = template.of("AWS::CloudFront::Distribution")
    assert front in references(allowed["Condition"]["StringEquals"]["AWS:SourceArn"])


def test_only_modern_tls_is_spoken_in_front_and_behind(assembly: Assembly, synthesized: Synthesized) -> None:
    for origin in distribution(synthesized)["Origins"]:
        if "CustomOriginConfig" in origin:
            assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
            assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
    assert distribution(synthesized)["HttpVersion"] == "http2and3"

    production = distribution(assembly.environment(PRODUCTION))
    assert production["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert production["ViewerCertificate"]["SslSupportMethod"] == "sni-only"


def test_a_domain_has_a_certificate_and_its_zone_leads_here(assembly: Assembly) -> None:
    production = assembly.environment(PRODUCTION)
    template, zone = production.edge, "Z0123456789ABCDEFGHIJ"
    (certificate,) = template.of("AWS::CertificateManager::Certificate")
    asked = template.only("AWS::CertificateManager::Certificate")
    assert asked["DomainName"] == HOST
    assert asked["DomainValidationOptions"] == [{"DomainName": HOST, "HostedZoneId": zone}]
    assert distribution(production)["Aliases"] == [HOST]
    assert distribution(production)["ViewerCertificate"]["AcmCertificateArn"] == {"Ref": certificate}
    records = template.of("AWS::Route53::RecordSet").values()
    assert {(r["Name"], r["Type"], r["HostedZoneId"]) for r in records} == {
        (f"{HOST}.", "A", zone),
        (f"{HOST}.", "AAAA", zone),
    }


def test_without_a_domain_the_name_is_cloudfronts(assembly: Assembly) -> None:
    staging = assembly.environment(STAGING)
    assert "Aliases" not in distribution(staging)
    assert not staging.edge.of("AWS::CertificateManager::Certificate")


def test_without_a_zone_somebody_proves_the_domain_by_hand() -> None:
    stack = Stack()
    PublicName(stack, "PublicName", domain=HOST, hosted_zone_id="")
    template = InMemory.from_stack(stack)
    template.has_resource_properties(
        "AWS::CertificateManager::Certificate", {"DomainName": HOST, "ValidationMethod": "DNS"}
    )


def headers_of(synthesized: Synthesized, policy: str) -> dict[str, str]:
    """What the policy makes of an answer; each of them whatever the origin has said."""
    config = synthesized.edge.resources[policy]["Properties"]["ResponseHeadersPolicyConfig"]
    # The API is of the same origin as its panel: nobody else is let read it.
    assert "CorsConfig" not in config
    security, further = config["SecurityHeadersConfig"], config["CustomHeadersConfig"]["Items"]
    assert all(each["Override"] for each in (*security.values(), *further))
    hsts = security["StrictTransportSecurity"]
    assert hsts["IncludeSubdomains"] is True
    return {
        "strict-transport-security": f"max-age={hsts['AccessControlMaxAgeSec']}; includeSubDomains",
        "content-security-policy": synthesized.spoken(security["ContentSecurityPolicy"]["ContentSecurityPolicy"]),
        "x-content-type-options": "nosniff" if "ContentTypeOptions" in security else "",
        "referrer-policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        **{each["Header"]: each["Value"] for each in further},
    }


def test_browsers_are_told_the_same_as_on_a_laptop(synthesized: Synthesized) -> None:
    (media,) = (id_ for id_ in synthesized.application.of("AWS::S3::Bucket") if id_.startswith("StorageMedia"))
    expected = security_headers(sockets=f"wss://{HOST}", media=f"https://s3.sa-east-1.amazonaws.com/<{media}>/")

    panel = distribution(synthesized)["DefaultCacheBehavior"]["ResponseHeadersPolicyId"]["Ref"]
    (api,) = {b["ResponseHeadersPolicyId"]["Ref"] for b in behaviours(synthesized).values()}

    assert headers_of(synthesized, panel) == expected
    assert headers_of(synthesized, api) == expected | API_HEADERS


def test_the_headers_are_these() -> None:
    assert security_headers(sockets="wss://HOST", media="MEDIA") == {
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "content-security-policy": (
            "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; "
            "base-uri 'none'; frame-ancestors 'none'; connect-src 'self' wss://HOST MEDIA; "
            "img-src 'self' data: blob: MEDIA; media-src 'self' blob: MEDIA; worker-src 'self'"
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    assert API_HEADERS == {"cache-control": "no-store"}


def test_the_http_api_lets_no_other_page_read_it(synthesized: Synthesized) -> None:
    assert not any("CorsConfiguration" in api for api in synthesized.application.of("AWS::ApiGatewayV2::Api").values())


@pytest.mark.parametrize(
    ("said", "panel", "sockets"),
    [
        ({}, "", "wss://{api}.execute-api.{region}.amazonaws.com/realtime"),
        (
            {"AUZAP_PANEL_URL": "https://d1.cloudfront.net"},
            "https://d1.cloudfront.net",
            "wss://d1.cloudfront.net/realtime",
        ),
        ({"AUZAP_DOMAIN": HOST}, f"https://{HOST}", f"wss://{HOST}/realtime"),
        (
            {"AUZAP_DOMAIN": HOST, "AUZAP_PANEL_URL": "https://d1.cloudfront.net"},
            f"https://{HOST}",
            f"wss://{HOST}/realtime",
        ),
    ],
)
def test_panel_and_sockets_are_at_the_domain_or_where_cloudfront_is_known_to_be(
    said: dict[str, str], panel: str, sockets: str
) -> None:
    settings = settings_for("staging", said)
    assert (settings.panel_url, settings.realtime_url) == (panel, sockets)


def test_a_laptop_has_no_edge() -> None:
    assert settings_for("local", {}).edge is None


def rules_of(synthesized: Synthesized) -> list[dict[str, Any]]:
    acl = synthesized.edge.only("AWS::WAFv2::WebACL")
    assert acl["Scope"] == "CLOUDFRONT"
    return sorted(acl["Rules"], key=lambda rule: rule["Priority"])


def test_one_address_may_ask_only_so_often_and_sign_in_more_seldom(synthesized: Synthesized) -> None:
    sign_ins, requests = (rule["Statement"]["RateBasedStatement"] for rule in rules_of(synthesized)[:2])

    assert synthesized.settings.edge
    assert (sign_ins["Limit"], requests["Limit"]) == (100, 6000)
    for limit in (sign_ins, requests):
        assert (limit["AggregateKeyType"], limit["EvaluationWindowSec"]) == ("IP", WINDOW_SECONDS)
    assert "ScopeDownStatement" not in requests
    path = sign_ins["ScopeDownStatement"]["ByteMatchStatement"]
    assert (path["SearchString"], path["PositionalConstraint"]) == ("/v1/auth/", "STARTS_WITH")
    # Also when it is written /v1/%61uth/ or /v1/x/../auth/.
    assert [t["Type"] for t in path["TextTransformations"]] == ["URL_DECODE", "NORMALIZE_PATH"]


def test_who_asks_too_often_is_answered_as_the_api_would(synthesized: Synthesized) -> None:
    bodies = synthesized.edge.only("AWS::WAFv2::WebACL")["CustomResponseBodies"]
    for rule in rules_of(synthesized)[:2]:
        answer = rule["Action"]["Block"]["CustomResponse"]
        assert answer["ResponseCode"] == 429
        assert answer["ResponseHeaders"] == [{"Name": "retry-after", "Value": str(WINDOW_SECONDS)}]
        body = bodies[answer["CustomResponseBodyKey"]]
        code = "too_many_requests"
        message = TEXTS["pt-BR"][code].format(seconds=WINDOW_SECONDS)
        assert body["ContentType"] == "APPLICATION_JSON"
        assert json.loads(body["Content"]) == failure(code, message)


def test_amazons_rules_refuse_what_is_known_to_be_bad_but_no_large_body(synthesized: Synthesized) -> None:
    sets = [rule["Statement"]["ManagedRuleGroupStatement"] for rule in rules_of(synthesized)[2:]]
    assert [each["Name"] for each in sets] == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ]
    assert all(rule["OverrideAction"] == {"None": {}} for rule in rules_of(synthesized)[2:])
    overridden = {each["Name"]: each.get("RuleActionOverrides", []) for each in sets}
    assert overridden.pop("AWSManagedRulesCommonRuleSet") == [
        {"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}
    ]
    assert not any(overridden.values())


def test_the_firewall_stands_before_the_distribution(synthesized: Synthesized) -> None:
    (acl,) = synthesized.edge.of("AWS::WAFv2::WebACL")
    assert distribution(synthesized)["WebACLId"] == {"Fn::GetAtt": [acl, "Arn"]}


def test_logs_hold_no_path_no_query_no_address_and_no_token(synthesized: Synthesized) -> None:
    fields = synthesized.edge.only("AWS::Logs::Delivery")["RecordFields"]
    assert {"sc-status", "time-taken", "cache-behavior-path-pattern"} <= set(fields)
    assert not [field for field in fields if field.startswith(("cs-uri", "cs(", "c-ip", "x-forwarded", "c-port"))]
    (front,) = synthesized.edge.of("AWS::CloudFront::Distribution")
    assert front in references(synthesized.edge.only("AWS::Logs::DeliverySource")["ResourceArn"])

    firewall = synthesized.edge.only("AWS::WAFv2::LoggingConfiguration")
    assert firewall["RedactedFields"] == [
        {"SingleHeader": {"Name": "authorization"}},
        {"SingleHeader": {"Name": "cookie"}},
        {"QueryString": {}},
    ]
    assert not synthesized.edge.only("AWS::WAFv2::WebACL")["VisibilityConfig"]["SampledRequestsEnabled"]
    assert not any(rule["VisibilityConfig"]["SampledRequestsEnabled"] for rule in rules_of(synthesized))


def test_errors_at_the_edge_ring_in_its_own_region(synthesized: Synthesized) -> None:
    alarm = synthesized.edge.only("AWS::CloudWatch::Alarm")
    assert alarm["MetricName"] == "5xxErrorRate"
    assert alarm["AlarmActions"] == [{"Ref": id_} for id_ in synthesized.edge.of("AWS::SNS::Topic")]


def test_the_dashboard_shows_every_function_and_every_queue_where_they_are(synthesized: Synthesized) -> None:
    body = json.loads(synthesized.spoken(synthesized.edge.only("AWS::CloudWatch::Dashboard")["DashboardBody"]))
    shown = json.dumps(body)
    for folder in synthesized.functions():
        assert f'"{synthesized.settings.prefix}-{folder}"' in shown
    for queue in synthesized.application.of("AWS::SQS::Queue").values():
        assert f'"{queue["QueueName"]}"' in shown or "lost-ticks" in queue["QueueName"]
    regions = {widget["properties"]["title"]: widget["properties"]["region"] for widget in body["widgets"]}
    assert {title for title, region in regions.items() if region == "us-east-1"} == {
        "Requests",
        "Errors (%)",
        "Kept out by the firewall",
    }
    assert set(regions.values()) == {"us-east-1", "sa-east-1"}
