"""How every answer of the API looks: what was asked for, and when it was answered."""

from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from functions.serve_api.paging import Rows

VERSION = "v1"


def _now() -> datetime:
    return datetime.now(UTC)


class Meta(BaseModel):
    timestamp: datetime = Field(default_factory=_now)
    version: str = VERSION


class PageMeta(Meta):
    # Asked with, the next page begins after this one; null on the last.
    cursor: str | None = None


class Answer[Data](BaseModel):
    """`data` is what was asked for."""

    success: bool = True
    data: Data
    meta: Meta = Field(default_factory=Meta)

    @classmethod
    def of(cls, data: Any) -> Self:
        return cls(data=data)


class Created[Data](Answer[Data]):
    """`data` is what was made."""


class List[Row](BaseModel):
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


class Done(BaseModel):
    """It is done, and there is nothing more to tell."""

    success: bool = True
    data: None = None
    meta: Meta = Field(default_factory=Meta)

    @classmethod
    def now(cls) -> Self:
        return cls()


def failure(code: str, message: str, details: Any = None) -> dict[str, Any]:
    return {"error": True, "message": message, "code": code, "details": details}
