"""Whether the house itself is well."""

from typing import Literal

import psycopg

from auzap.db.connection import Database

type Wellness = Literal["ok", "down"]


def database_wellness(database: Database) -> Wellness:
    try:
        database.lookup("SELECT 1")
    except psycopg.Error:
        return "down"
    return "ok"
