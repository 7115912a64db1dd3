"""A deployment migrates first, and replaces what runs only by whole versions."""

from pathlib import Path

from synthesis import PRODUCTION, STAGING, Assembly, Synthesized

from infra.function_code import migrations_digest
from infra.settings import Settings


def test_every_function_that_uses_the_database_waits_for_its_migrations(synthesized: Synthesized) -> None:
    template = synthesized.application
    (migrations,) = template.of("Custom::Migrations")
    waiting = {
        folder
        for folder in synthesized.functions()
        if migrations in template.resources[synthesized.function_id(folder)].get("DependsOn", [])
    }
    database = {
        folder
        for folder, function in synthesized.functions().items()
        if "AUZAP_DATABASE_SECRET" in function["Environment"]["Variables"]
    }
    assert waiting == database - {"migrate_database"}
    assert len(waiting) == 12


def test_migrations_run_again_when_one_is_added_and_only_then(tmp_path: Path) -> None:
    migrations = tmp_path / "shared/auzap/db/migrations"
    migrations.mkdir(parents=True)
    (migrations / "0001_first.sql").write_text("CREATE TABLE a ();")
    before = migrations_digest(root=tmp_path)

    (tmp_path / "shared/auzap/db/migrate.py").write_text("")
    assert migrations_digest(root=tmp_path) == before
    (migrations / "0002_second.sql").write_text("CREATE TABLE b ();")
    assert migrations_digest(root=tmp_path) != before


def test_every_function_runs_behind_an_alias_and_old_versions_go(synthesized: Synthesized) -> None:
    template = synthesized.application
    versions = template.of("AWS::Lambda::Version")
    aliased = {
        template.referred(alias["FunctionName"]): alias["Name"] for alias in template.of("AWS::Lambda::Alias").values()
    }
    assert aliased == dict.fromkeys(template.of("AWS::Lambda::Function"), "live")
    assert len(versions) == len(aliased)
    assert {template.resources[id_]["DeletionPolicy"] for id_ in versions} == {"Delete"}


def test_the_two_heavy_functions_start_from_a_snapshot(synthesized: Synthesized) -> None:
    snapped = {folder for folder, function in synthesized.functions().items() if "SnapStart" in function}
    assert snapped == {"serve_api", "answer_conversation"}


def test_functions_run_on_arm_with_the_layers_they_need(synthesized: Synthesized) -> None:
    template = synthesized.application
    names = {
        id_: layer["Description"].removeprefix("AuZap: ")
        for id_, layer in template.of("AWS::Lambda::LayerVersion").items()
    }
    layers = {
        folder: {names[template.referred(layer)] for layer in function.get("Layers", [])}
        for folder, function in synthesized.functions().items()
    }
    assert layers == {folder: {"data"} for folder in layers} | {
        "receive_webhook": set(),
        "answer_conversation": {"data", "agent"},
        "run_automation": {"data", "agent"},
        "serve_api": {"data", "api"},
    }
    for function in synthesized.functions().values():
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])


def test_logs_are_json_and_traces_are_lambdas_own(synthesized: Synthesized) -> None:
    for function in synthesized.functions().values():
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_clocks_tick_always_in_production_and_within_a_window_in_staging(assembly: Assembly) -> None:
    def schedules(settings: Settings) -> dict[str, str]:
        found = assembly.environment(settings).application.of("AWS::Scheduler::Schedule")
        return {s["Description"].removeprefix("AuZap: "): s["ScheduleExpression"] for s in found.values()}

    assert schedules(PRODUCTION) == {
        "hint_sweep": "cron(* * ? * * *)",
        "returns": "cron(* * ? * * *)",
        "channel_health": "cron(0/5 * ? * * *)",
        "shop_clock": "cron(0/15 * ? * * *)",
        "partitions": "cron(15 3 ? * * *)",
    }
    assert schedules(STAGING) == {
        "hint_sweep": "cron(* 8-19 ? * MON-FRI *)",
        "returns": "cron(* 8-19 ? * MON-FRI *)",
        "channel_health": "cron(0/5 8-19 ? * MON-FRI *)",
        "shop_clock": "cron(0/15 8-19 ? * MON-FRI *)",
        "partitions": "cron(15 8 ? * MON-FRI *)",
    }


def test_production_cannot_be_destroyed_by_mistake(assembly: Assembly) -> None:
    artifacts = assembly.read("manifest.json")["artifacts"]
    protected = {
        name for name, artifact in artifacts.items() if artifact.get("properties", {}).get("terminationProtection")
    }
    assert protected == {"auzap-production-data", "auzap-production-application", "auzap-production-edge"}
