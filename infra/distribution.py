"""CloudFront: the panel from its bucket, the API and the sockets from their gateways, all under one name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.headers import API_HEADERS, FURTHER_HEADERS, HSTS_SECONDS, content_security_policy
from infra.names import camel_case
from infra.public_name import PublicName
from infra.settings import ROOT

FUNCTIONS = ROOT / "infra/edge_functions"
API_PATHS = ("/v1", "/v1/*", "/health", "/health/*")
SOCKETS_PATH = "/realtime"
ORIGIN_HEADER = "X-Auzap-Origin"
# A little longer than the API takes at most.
GATEWAY_PATIENCE = Duration.seconds(30)
# How old the panel's page may be where its file does not say.
PAGE_LIVES = Duration.minutes(1)


@dataclass(frozen=True, kw_only=True)
class Behind:
    """Where CloudFront gets what it answers, and what it shows there so that nobody comes around it."""

    panel: s3.IBucket
    api: str
    sockets: str
    secret: SecretValue


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What the panel may reach beside its own host: where it listens, and where its files are."""

    sockets: str
    media: str


class Distribution(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        comment: str,
        behind: Behind,
        allowed: Allowed,
        public_name: PublicName | None,
        firewall_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        self._allowed = allowed
        self._to_gateways = self._gateway_policy()
        self._api_headers = self._headers("ApiHeaders", API_HEADERS)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=comment,
            default_root_object="index.html",
            default_behavior=self._of_panel(behind.panel),
            additional_behaviors={
                **dict.fromkeys(API_PATHS, self._of_api(behind)),
                SOCKETS_PATH: self._of_gateway(behind.sockets),
            },
            domain_names=[public_name.domain] if public_name else None,
            certificate=public_name.certificate if public_name else None,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            # The cheaper classes leave out South America.
            price_class=cloudfront.PriceClass.PRICE_CLASS_ALL,
            web_acl_id=firewall_arn,
        )
        if public_name:
            public_name.lead_to(cast(cloudfront.IDistribution, self.distribution))

    def _of_panel(self, bucket: s3.IBucket) -> cloudfront.BehaviorOptions:
        origin = origins.S3BucketOrigin.with_origin_access_control(bucket)
        kept = cloudfront.CachePolicy(
            self,
            "PanelCache",
            default_ttl=PAGE_LIVES,
            min_ttl=Duration.seconds(0),
            max_ttl=Duration.days(365),
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        )
        return cloudfront.BehaviorOptions(
            origin=origin,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            compress=True,
            cache_policy=cast(cloudfront.ICachePolicy, kept),
            response_headers_policy=self._headers("PanelHeaders", {}),
            function_associations=[self._function("panel_page")],
        )

    def _of_api(self, behind: Behind) -> cloudfront.BehaviorOptions:
        # It stands in CloudFront's own configuration: who may read that may know it.
        shown = {ORIGIN_HEADER: behind.secret.unsafe_unwrap()}
        return self._of_gateway(behind.api, shown=shown, functions=[self._function("viewer")])

    def _of_gateway(
        self,
        host: str,
        *,
        shown: Mapping[str, str] | None = None,
        functions: Sequence[cloudfront.FunctionAssociation] = (),
    ) -> cloudfront.BehaviorOptions:
        """Nothing is kept, and everything that was asked goes on; plain HTTP would have told the token already."""
        origin = origins.HttpOrigin(
            host,
            custom_headers=shown,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=GATEWAY_PATIENCE,
        )
        return cloudfront.BehaviorOptions(
            origin=origin,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=self._to_gateways,
            response_headers_policy=self._api_headers,
            function_associations=list(functions),
        )

    def _gateway_policy(self) -> cloudfront.IOriginRequestPolicy:
        # A gateway knows itself by its own name alone.
        policy = cloudfront.OriginRequestPolicy(
            self,
            "ToGateways",
            header_behavior=cloudfront.OriginRequestHeaderBehavior.deny_list("host"),
            cookie_behavior=cloudfront.OriginRequestCookieBehavior.all(),
            query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
        )
        return cast(cloudfront.IOriginRequestPolicy, policy)

    def _headers(self, id_: str, further: Mapping[str, str]) -> cloudfront.IResponseHeadersPolicy:
        csp = content_security_policy(sockets=self._allowed.sockets, media=self._allowed.media)
        policy = cloudfront.ResponseHeadersPolicy(
            self,
            id_,
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.seconds(HSTS_SECONDS), include_subdomains=True, override=True
                ),
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=csp, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override=True
                ),
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
                    for name, value in {**FURTHER_HEADERS, **further}.items()
                ]
            ),
        )
        return cast(cloudfront.IResponseHeadersPolicy, policy)

    def _function(self, name: str) -> cloudfront.FunctionAssociation:
        function = cloudfront.Function(
            self,
            camel_case(name),
            code=cloudfront.FunctionCode.from_file(file_path=str(FUNCTIONS / f"{name}.js")),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        return cloudfront.FunctionAssociation(function=function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST)
