"""The parts of the street stand where the local stack looks for them, and start from a written configuration."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from local.street.config import Customer, PastMessage, StreetConfig, read
from tests.unit.scripted_server import ScriptedServer
from tests.unit.street.world import Clock, World, street_config


def test_the_offline_model_is_served_beside_the_street(world: World) -> None:
    assert world.client.get("/model/v1/models").json()["object"] == "list"


def test_what_belongs_to_the_api_is_not_answered_by_the_street(world: World) -> None:
    with world.client:
        assert {world.client.get(path).status_code for path in ("/v1/pets", "/health", "/webhooks/whatsapp")} == {502}


def test_an_address_nobody_serves_is_not_found(world: World) -> None:
    assert world.client.get("/nothing").status_code == 404


def test_a_configuration_survives_being_written_down(auzap: ScriptedServer, clock: Clock, tmp_path: Path) -> None:
    past = PastMessage("wamid.1", datetime(2026, 11, 18, 9, 30, tzinfo=UTC), "Oi", from_shop=True)
    customers = (Customer("Célia", None, "BR.5", history=(past,)),)
    config = street_config(auzap, clock, customers=customers, journal=tmp_path / "street.jsonl")
    fields = asdict(config)
    del fields["clock"]
    written = tmp_path / "street.json"
    written.write_text(json.dumps(fields, default=lambda value: getattr(value, "isoformat", value.__str__)()))

    assert read(written) == config


def test_the_host_header_names_the_api_to_the_emulator(auzap: ScriptedServer, clock: Clock) -> None:
    config: StreetConfig = street_config(auzap, clock)

    assert config.api.host_header == "api.execute-api.localhost:1"
    assert config.base_url == "http://127.0.0.1:8080"
