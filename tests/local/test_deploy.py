"""What decides whether a start deploys again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from local import deploy
from local.deploy import Aws, Deployment

NOWHERE = Aws("http://127.0.0.1:9")
DEPLOYMENT = Deployment(secrets={}, variables={"AUZAP_LOCAL_MODEL_NAME": "offline"})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for file in ("app.py", "functions/serve_api/handler.py", "shared/auzap/db/migrations/0001.sql", "tests/test_it.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("before")
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "deploys"),
    [
        ("functions/serve_api/handler.py", True),
        ("functions/serve_api/new.py", True),
        ("shared/auzap/db/migrations/0001.sql", True),
        ("app.py", True),
        ("tests/test_it.py", False),
        ("functions/serve_api/__pycache__/handler.pyc", False),
    ],
)
def test_only_what_the_stack_is_made_of_makes_it_deploy_again(project: Path, changed: str, deploys: bool) -> None:
    before = deploy.fingerprint(NOWHERE, DEPLOYMENT, project=project)
    (project / changed).parent.mkdir(exist_ok=True)
    (project / changed).write_text("after")

    assert (deploy.fingerprint(NOWHERE, DEPLOYMENT, project=project) != before) is deploys


def test_another_address_or_another_setting_makes_it_deploy_again(project: Path) -> None:
    before = deploy.fingerprint(NOWHERE, DEPLOYMENT, project=project)

    assert deploy.fingerprint(Aws("http://127.0.0.1:10"), DEPLOYMENT, project=project) != before
    other = replace(DEPLOYMENT, variables={"AUZAP_LOCAL_MODEL_NAME": "live"})
    assert deploy.fingerprint(NOWHERE, other, project=project) != before


def test_an_emulator_that_never_held_the_stack_is_not_current(aws_endpoint: str) -> None:
    assert not deploy.is_current(Aws(aws_endpoint), DEPLOYMENT)


def test_a_secret_has_the_value_of_the_latest_start(aws_endpoint: str) -> None:
    aws = Aws(aws_endpoint)
    for password in ("of the first start", "of the second"):
        deploy.put_secrets(aws, replace(DEPLOYMENT, secrets={"auzap/test/database": {"password": password}}))

    with aws.client("secretsmanager") as manager:
        kept = manager.get_secret_value(SecretId="auzap/test/database")["SecretString"]
    assert json.loads(kept) == {"password": "of the second"}
