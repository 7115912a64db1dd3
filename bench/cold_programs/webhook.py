"""receive_webhook, ready for its first request: imported, with the two clients that a request uses and their TLS."""

from functions.receive_webhook import handler

handler._client("secretsmanager")
handler._client("sqs")
