"""What a function is told by its environment, read once."""

import os
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

PREFIX = "AUZAP_"


@dataclass(frozen=True, slots=True)
class Settings:
    environment: str = "local"
    database_url: str = ""
    database_secret: str = ""
    database_owner_secret: str = ""
    database_admin_secret: str = ""
    inbound_queue_url: str = ""
    provider_events_queue_url: str = ""
    turns_queue_url: str = ""
    outbox_queue_url: str = ""
    automations_queue_url: str = ""
    media_queue_url: str = ""
    changes_queue_url: str = ""
    jobs_queue_url: str = ""
    # All of them by commas, for whoever looks at how many messages wait.
    working_queue_urls: str = ""
    dead_queue_urls: str = ""
    media_bucket: str = ""
    quarantine_bucket: str = ""
    # Where nobody removes the heads of the trails; without one they are in the database alone.
    audit_bucket: str = ""
    # Who listens to a shop's news, and the tickets with which they come in.
    connections_table: str = ""
    # Where sockets are opened by those who listen, and told and closed by us.
    realtime_url: str = ""
    sockets_url: str = ""
    whatsapp_secret: str = ""
    credentials_key: str = ""
    identity_secret: str = ""
    # What CloudFront shows; without one nothing stands before the API.
    origin_secret: str = ""
    counters_table: str = ""
    # Where the links of mails lead, who they are from, and where SES is when it is not at Amazon.
    panel_url: str = ""
    mail_from: str = ""
    mail_url: str = ""
    model_secret: str = ""
    model_base_url: str = ""
    model_name: str = ""
    model_fallback_name: str = ""
    # What makes vectors of texts; without one, words alone find what a shop has taught.
    model_embeddings_name: str = ""
    graph_url: str = "https://graph.facebook.com/v26.0"

    @property
    def panel_origin(self) -> str:
        """The panel as browsers name it when they say whose page asks; empty where it is not known."""
        panel = urlsplit(self.panel_url)
        return f"{panel.scheme}://{panel.netloc}" if panel.netloc else ""


def from_environment() -> Settings:
    given = {field.name: os.environ.get(PREFIX + field.name.upper()) for field in fields(Settings)}
    return Settings(**{name: value for name, value in given.items() if value})
