"""How every answer of the API looks: what was asked for, and when it was answered."""

import os
from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from functions.serve_api.paging import Rows

VERSION = "v1"


def _now() -> datetime:
    return datetime.now(UTC)


class Deferred(BaseModel):
    """Compiled with the first answer of its kind: a sandbox pays for the routes that it serves, a snapshot for all."""

    model_config = ConfigDict(defer_build=os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start")


class Meta(Deferred):
    timestamp: datetime = Field(default_factory=_now)
    version: str = VERSION


class PageMeta(Meta):
    # Asked with, the next page begins after this one; null on the last.
    cursor: str | None = None


class Answer[Data](Deferred):
    """`data` is what was asked for."""

    success: bool = True
    data: Data
    meta: Meta = Field(default_factory=Meta)

    @classmethod
    def of(cls, data: Any) -> Self:
        return cls(data=data)


class Created[Data](Answer[Data]):
    """`data` is what was made."""


class List[Row](Deferred):
    """`data` are the rows; `meta.cursor` leads to the next ones."""

    success: bool = True
    data: list[Row]
    meta: PageMeta = Field(default_factory=PageMeta)

    @classmethod
    def of(cls, rows: list[Any]) -> Self:
        """A list that has no pages."""
        return cls(data=rows)

    @classmethod
    def page(cls, rows: Rows[Any]) -> Self:
        return cls(data=rows.rows, meta=PageMeta(cursor=rows.cursor))


class Done(Deferred):
    """It is done, and there is nothing more to tell."""

    success: bool = True
    data: None = None
    meta: Meta = Field(default_factory=Meta)

    @classmethod
    def now(cls) -> Self:
        return cls()


def failure(code: str, message: str, details: Any = None) -> dict[str, Any]:
    return {"error": True, "message": message, "code": code, "details": details}
