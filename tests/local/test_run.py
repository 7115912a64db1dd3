"""`make run`, as the person who types it meets it."""

import json
import signal
import socket
import urllib.request
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from local import ports, reset, run
from local.ports import HOST
from local.problems import CannotStart
from local.progress import Progress
from local.stack import Stack, StackConfig, alone
from tests.local.installation import Installation, Started


def endpoints_of(running: Started) -> dict[str, Any]:
    return json.loads(running.config.endpoints_file.read_text())


def family_of(running: Started) -> list[psutil.Process]:
    return psutil.Process(running.process.pid).children(recursive=True)


def status_of(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.status


def test_a_first_start_brings_everything_up_and_ctrl_c_leaves_nothing(installation: Installation) -> None:
    with installation.started() as running:
        endpoints = endpoints_of(running)
        family = family_of(running)

        assert status_of(endpoints["front_door"]) == 200
        assert status_of(endpoints["phone"]) == 200
        with psycopg.connect(endpoints["database_url"]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("auzap_app",)
        listening = [c for p in family for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert {connection.laddr.ip for connection in listening} == {HOST}

        assert running.stop(signal.SIGINT) == 0

    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert not running.config.endpoints_file.exists()
    for port in (running.config.port, running.config.emulator_port, running.config.database_port):
        ports.require_free(port, purpose="what was stopped", variable="nothing")


def test_a_second_start_deploys_nothing_and_a_part_that_ends_stops_the_rest(installation: Installation) -> None:
    with installation.started() as running:
        assert "cdk" not in running.said()
        family = family_of(running)
        emulator = next(process for process in family if process.cmdline()[1:] == ["-m", "ministack"])

        emulator.kill()

        assert running.process.wait(60) == 1
    assert "The AWS emulator ended by itself" in running.said()
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert not running.config.endpoints_file.exists()


def test_a_second_start_from_the_same_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(CannotStart, match="already running"):
        start(StackConfig(directory=tmp_path))


def test_data_is_not_removed_under_a_running_stack(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(CannotStart, match="already running"):
        reset.reset(StackConfig(directory=tmp_path))


@pytest.mark.parametrize(
    ("field", "variable"),
    [("port", "AUZAP_PORT"), ("emulator_port", "AUZAP_EMULATOR_PORT"), ("database_port", "AUZAP_DATABASE_PORT")],
)
def test_a_busy_port_is_named_with_the_variable_that_moves_it(tmp_path: Path, field: str, variable: str) -> None:
    busy = ports.free()
    all_free = StackConfig(
        directory=tmp_path, port=ports.free(), emulator_port=ports.free(), database_port=ports.free()
    )
    with socket.create_server((HOST, busy)), pytest.raises(CannotStart) as refusal:
        start(replace(all_free, **{field: busy}))

    assert str(busy) in str(refusal.value)
    assert variable in str(refusal.value)


UNREACHABLE = f"http://{HOST}:9"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"DATABASE_URL": f"postgresql://somebody@{HOST}:9/postgres"}, "DATABASE_URL"),
        ({"AWS_ENDPOINT_URL": UNREACHABLE}, "AWS_ENDPOINT_URL"),
        ({"WHATSAPP_GRAPH_URL": UNREACHABLE}, "WHATSAPP_GRAPH_URL"),
        ({"OPENAI_BASE_URL": UNREACHABLE, "OPENAI_API_KEY": "a key", "OPENAI_MODEL": "any"}, "OPENAI_BASE_URL"),
    ],
)
def test_a_given_part_that_does_not_answer_stops_the_start(
    tmp_path: Path, variables: dict[str, str], named: str
) -> None:
    with pytest.raises(CannotStart) as refusal:
        start(run.config({**variables, "AUZAP_LOCAL_DIRECTORY": str(tmp_path)}))

    assert str(refusal.value).startswith(f"{named} does not answer")
    assert "\n" not in str(refusal.value)


def test_a_model_without_its_key_is_not_half_used() -> None:
    with pytest.raises(CannotStart, match="OPENAI_API_KEY"):
        run.config({"OPENAI_BASE_URL": UNREACHABLE, "OPENAI_MODEL": "any"})


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(CannotStart, match="AUZAP_PORT is not a port: 'http'"):
        run.config({"AUZAP_PORT": "http"})


def start(config: StackConfig) -> None:
    with Stack(config, Progress(StringIO())):
        pytest.fail("it started")
