"""The database is never asked for more connections than it has, nor AWS for more executions than were agreed."""

import re

from synthesis import PRODUCTION, Assembly, Synthesized, event_sources

from infra.settings import ROOT

# Administrator, owner and application.
MIGRATION_CONNECTIONS = 3


def test_all_functions_at_once_use_less_than_half_of_the_connections(synthesized: Synthesized) -> None:
    functions = synthesized.functions()
    # A sandbox of a function with a database keeps one connection; the other half is for a deployment's old sandboxes.
    wanted = sum(
        function["ReservedConcurrentExecutions"]
        for folder, function in functions.items()
        if "AUZAP_DATABASE_SECRET" in function["Environment"]["Variables"] and folder != "migrate_database"
    )
    assert functions["migrate_database"]["ReservedConcurrentExecutions"] == 1

    parameters = synthesized.data.only("AWS::RDS::DBParameterGroup")["Parameters"]
    assert wanted + MIGRATION_CONNECTIONS < int(parameters["max_connections"]) / 2


def test_every_instance_takes_its_limit_from_that_group(synthesized: Synthesized) -> None:
    (group,) = synthesized.data.of("AWS::RDS::DBParameterGroup")
    instances = synthesized.data.of("AWS::RDS::DBInstance").values()
    assert instances
    assert {synthesized.data.referred(instance["DBParameterGroupName"]) for instance in instances} == {group}


def test_no_source_asks_for_more_of_a_function_than_may_run(synthesized: Synthesized) -> None:
    functions = synthesized.functions()
    asked = dict.fromkeys(functions, 0)
    for source in event_sources(synthesized):
        asked[source.folder] += source.properties["ScalingConfig"]["MaximumConcurrency"]

    for folder, function in functions.items():
        assert asked[folder] <= function["ReservedConcurrentExecutions"]


def test_the_runbook_asks_aws_for_as_many_executions_as_production_reserves(assembly: Assembly) -> None:
    functions = assembly.environment(PRODUCTION).application.of("AWS::Lambda::Function").values()
    reserved = sum(function.get("ReservedConcurrentExecutions", 0) for function in functions)

    assert re.findall(r"the functions reserve (\d+)", (ROOT / "docs/runbook.md").read_text("utf-8")) == [str(reserved)]
