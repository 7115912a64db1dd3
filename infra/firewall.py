"""The firewall of the edge: Amazon's rules for what is known to be bad, and how often one address may ask."""

import json
from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from functions.serve_api.problem_texts import TEXTS
from infra.names import log_group_arn
from infra.settings import Edge

Acl = wafv2.CfnWebACL

WINDOW_SECONDS = 300
TOO_MANY = "too_many_requests"
SIGN_IN = "/v1/auth/"
# WAF logs nowhere else.
LOG_PREFIX = "aws-waf-logs-"


class Firewall(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        edge: Edge,
        log_retention: logs.RetentionDays,
        log_removal: RemovalPolicy,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id_)
        self.acl = Acl(
            self,
            "Acl",
            name=name,
            scope="CLOUDFRONT",
            default_action=Acl.DefaultActionProperty(allow=Acl.AllowActionProperty()),
            visibility_config=_seen("all"),
            custom_response_bodies={
                TOO_MANY: Acl.CustomResponseBodyProperty(content_type="APPLICATION_JSON", content=_too_many())
            },
            rules=[
                _limit("sign-ins", 0, edge.sign_ins, of=_begins_with(SIGN_IN)),
                _limit("requests", 1, edge.requests),
                _managed("AWSManagedRulesAmazonIpReputationList", 2),
                # A file or a long text is larger than what this rule lets pass; API Gateway and the API set the limit.
                _managed("AWSManagedRulesCommonRuleSet", 3, counted=["SizeRestrictions_BODY"]),
                _managed("AWSManagedRulesKnownBadInputsRuleSet", 4),
            ],
        )
        self._log(name, log_retention, log_removal, key)

    def _log(self, name: str, retention: logs.RetentionDays, removal: RemovalPolicy, key: kms.IKey) -> None:
        log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"{LOG_PREFIX}{name}",
            retention=retention,
            encryption_key=key,
            removal_policy=removal,
        )
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.acl.attr_arn,
            log_destination_configs=[log_group_arn(self, log_group)],
            # Who was let in is in the access log; here is who was not, and what a rule only counts.
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT")],
                    }
                ],
            },
            redacted_fields=[
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "authorization"}),
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "cookie"}),
                # The ticket of a socket is there.
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
            ],
        ).node.add_dependency(log_group)


def _limit(name: str, priority: int, most: int, *, of: Acl.StatementProperty | None = None) -> Acl.RuleProperty:
    """Of one address, in five minutes: beyond it the answer is the API's own for too many requests."""
    refusal = Acl.CustomResponseProperty(
        response_code=429,
        custom_response_body_key=TOO_MANY,
        response_headers=[Acl.CustomHTTPHeaderProperty(name="retry-after", value=str(WINDOW_SECONDS))],
    )
    return Acl.RuleProperty(
        name=name,
        priority=priority,
        action=Acl.RuleActionProperty(block=Acl.BlockActionProperty(custom_response=refusal)),
        statement=Acl.StatementProperty(
            rate_based_statement=Acl.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=most, evaluation_window_sec=WINDOW_SECONDS, scope_down_statement=of
            )
        ),
        visibility_config=_seen(name),
    )


def _begins_with(path: str) -> Acl.StatementProperty:
    """Also where it is written otherwise, as long as the API would understand it."""
    return Acl.StatementProperty(
        byte_match_statement=Acl.ByteMatchStatementProperty(
            field_to_match=Acl.FieldToMatchProperty(uri_path={}),
            positional_constraint="STARTS_WITH",
            search_string=path,
            text_transformations=[
                Acl.TextTransformationProperty(priority=0, type="URL_DECODE"),
                Acl.TextTransformationProperty(priority=1, type="NORMALIZE_PATH"),
            ],
        )
    )


def _managed(name: str, priority: int, *, counted: Sequence[str] = ()) -> Acl.RuleProperty:
    """A set of Amazon's, of which some rules refuse nobody."""
    count = Acl.RuleActionProperty(count=Acl.CountActionProperty())
    return Acl.RuleProperty(
        name=name,
        priority=priority,
        override_action=Acl.OverrideActionProperty(none={}),
        statement=Acl.StatementProperty(
            managed_rule_group_statement=Acl.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=name,
                rule_action_overrides=[
                    Acl.RuleActionOverrideProperty(name=rule, action_to_use=count) for rule in counted
                ],
            )
        ),
        visibility_config=_seen(name),
    )


def _seen(metric: str) -> Acl.VisibilityConfigProperty:
    # A sample would show whole requests.
    return Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )


def _too_many() -> str:
    message = TEXTS["pt-BR"][TOO_MANY].format(seconds=WINDOW_SECONDS)
    return json.dumps({"error": True, "message": message, "code": TOO_MANY, "details": None}, ensure_ascii=False)
