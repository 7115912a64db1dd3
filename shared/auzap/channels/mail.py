"""Mail, by SES."""

import json
from dataclasses import dataclass
from typing import Any

from auzap.aws.client import AwsClient
from auzap.loose import mapping

PATH = "/v2/email/outbound-emails"


@dataclass(frozen=True, slots=True)
class Mail:
    """Plain words: nothing in them is loaded, run or counted."""

    address: str
    subject: str
    text: str


def send(ses: AwsClient, sender: str, mail: Mail) -> str:
    """The id under which SES has taken it."""
    given: dict[str, Any] = {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": [mail.address]},
        "Content": {"Simple": {"Subject": _part(mail.subject), "Body": {"Text": _part(mail.text)}}},
    }
    return str(mapping(json.loads(ses.request("POST", PATH, json.dumps(given).encode()))).get("MessageId", ""))


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
