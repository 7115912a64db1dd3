"""Findings of cdk-nag that stay, each with its reason."""

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

NAT_INSTANCE = "The NAT instance only forwards: it holds no data, and one that is lost is replaced by a deployment."
RUNTIME = "Python 3.13 is what the whole project is built, tested and compiled with."
HEADS = (
    "Objects are named by a shop and a number: one cannot be named before it is sealed, and none is ever overwritten."
)
MEDIA = "Objects are named by their tenant and their row: one cannot be named before the customer sends it."
QUARANTINE = "Objects are named by their content: what writes there is limited to a prefix of its own."
DEAD_LETTERS = "These are dead-letter queues themselves: keep_dead_letter drains them, and alarms watch that it does."

SOCKETS = "arn:aws:execute-api:sa-east-1:<AWS::AccountId>:<RealtimeApiD4415F9E>/realtime"

DATA = {
    "AwsSolutions::AwsSolutions-EC26": NAT_INSTANCE,
    "AwsSolutions::AwsSolutions-EC28": NAT_INSTANCE,
    "AwsSolutions::AwsSolutions-EC29": NAT_INSTANCE,
    "AwsSolutions::AwsSolutions-RDS10": "Only where settings say that data is not kept, as in staging.",
    "AwsSolutions::AwsSolutions-SMG4": (
        "A database password is renewed by giving its secret a new value and running migrate_database, which sets it; "
        "the other values are issued by Meta, the model's vendor and CloudFront, and overlap while they are renewed."
    ),
}

APPLICATION = {
    "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish": "Every function publishes a version, for its alias.",
    "AwsSolutions::AwsSolutions-APIG4": (
        "The webhook is authenticated by its signature and the API by its own tokens, both inside the functions."
    ),
    "AwsSolutions::AwsSolutions-DDB3": "Counters and open sockets expire within hours: there is nothing to restore.",
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]": (
        "X-Ray segments and the network interfaces that Lambda itself makes have no ARN to name."
    ),
    "AwsSolutions::AwsSolutions-IAM5[Resource::<StorageQuarantine381A7D7C.Arn>/whatsapp/*]": QUARANTINE,
    "AwsSolutions::AwsSolutions-IAM5[Resource::<StorageQuarantine381A7D7C.Arn>/inbound/*]": QUARANTINE,
    "AwsSolutions::AwsSolutions-IAM5[Resource::<StorageQuarantine381A7D7C.Arn>/dead-letters/*]": QUARANTINE,
    "AwsSolutions::AwsSolutions-IAM5[Resource::<StorageHeadsC5B5C5DB.Arn>/heads/*]": HEADS,
    "AwsSolutions::AwsSolutions-IAM5[Resource::<StorageMedia9333CB25.Arn>/media/*]": MEDIA,
    "AwsSolutions::AwsSolutions-IAM5[Resource::<StorageMedia9333CB25.Arn>/knowledge/*]": MEDIA,
    "AwsSolutions::AwsSolutions-IAM5[Resource::<StorageMedia9333CB25.Arn>/exports/*]": MEDIA,
    "AwsSolutions::AwsSolutions-IAM5[Resource::<StorageMedia9333CB25.Arn>/uploads/*]": MEDIA,
    **{
        f"AwsSolutions::AwsSolutions-IAM5[Resource::{SOCKETS}/{method}/@connections/*]": (
            "A socket is named when somebody opens it."
        )
        for method in ("POST", "DELETE")
    },
    "AwsSolutions::AwsSolutions-L1": RUNTIME,
    "AwsSolutions::AwsSolutions-SQS3": DEAD_LETTERS,
    "Serverless::Serverless-LambdaDLQ": (
        "Queues and the API call most functions and see them fail; those that clocks wake have a failure destination."
    ),
    "Serverless::Serverless-LambdaEventSourceMappingDestination": (
        "Destinations are for streams: a queue keeps what failed, and gives it to its dead-letter queue."
    ),
    "Serverless::Serverless-LambdaLatestVersion": RUNTIME,
    "Serverless::Serverless-SQSRedrivePolicy": DEAD_LETTERS,
}

WITHOUT_ACCESS_LOG = (
    "API Gateway writes the access log of a WebSocket API only by a role that is set for a whole account and region, which "
    "no application may take for itself; the function counts who is let in and who is refused."
)
REALTIME = {
    "AwsSolutions::AwsSolutions-APIG1": WITHOUT_ACCESS_LOG,
    "Serverless::Serverless-APIGWAccessLogging": WITHOUT_ACCESS_LOG,
}

EDGE = {
    "AwsSolutions::AwsSolutions-CFR1": "Shops and their people are where they are; nothing here is for one country alone.",
    "AwsSolutions::AwsSolutions-CFR3": (
        "Logged by CloudFront's newer logging, which lets paths, queries and addresses out; the rule knows the older one."
    ),
    "AwsSolutions::AwsSolutions-CFR4": (
        "Only where settings give no domain: then the certificate is CloudFront's own, and its oldest protocol not ours to "
        "choose."
    ),
    "Annotation::@aws-cdk/aws-cloudfront:minimumProtocolVersionWithoutCertificate": "The same.",
}


def acknowledge(scope: Construct, findings: Mapping[str, str]) -> None:
    Validations.of(scope).acknowledge(*(Acknowledgment(id=id_, reason=reason) for id_, reason in findings.items()))
