"""Whatever is decided is decided on what the writer says: no function knows the address of a reader."""

import json

from synthesis import Synthesized


def test_no_function_is_told_of_a_reader(synthesized: Synthesized) -> None:
    assert synthesized.settings.aurora
    readers = [id_ for id_ in synthesized.data.of("AWS::RDS::DBInstance") if "reader" in id_.lower()]
    assert len(readers) == synthesized.settings.aurora.readers

    for template in synthesized.templates:
        written = json.dumps(template.resources)
        assert "ReadEndpoint" not in written
        assert "cluster-ro-" not in written
        assert not any(f'"{reader}", "Endpoint' in written for reader in readers)


def test_a_function_that_reaches_the_database_knows_one_secret_of_it(synthesized: Synthesized) -> None:
    for folder, function in synthesized.functions().items():
        told = {name for name in function["Environment"]["Variables"] if name.startswith("AUZAP_DATABASE")}
        assert folder == "migrate_database" or told <= {"AUZAP_DATABASE_SECRET"}
