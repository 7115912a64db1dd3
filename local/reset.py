"""`make reset`: forget the local data; the next start begins with a new shop."""

import shutil
import sys

from local import database, keys, postgres, run
from local.problems import CannotStart
from local.stack import StackConfig, alone


def main() -> int:
    try:
        config = run.config()
        config.given.check()
        reset(config)
    except CannotStart as problem:
        print(problem)
        return 1
    print("The local data is gone; make run starts over.")
    return 0


def reset(config: StackConfig) -> None:
    with alone(config.directory):
        if config.given.database_url:
            database.drop(config.given.database_url)
        postgres.remove(config.directory / "postgres")
        for name in ("aws", "cdk.out", "log", "street"):
            shutil.rmtree(config.directory / name, ignore_errors=True)
        for name in (keys.FILE, "street.json", "endpoints.json"):
            (config.directory / name).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
