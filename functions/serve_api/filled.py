"""A template and what is written into it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from auzap.conversations.writing import LONGEST_VALUE
from functions.serve_api.bodies import Body

Value = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_VALUE)]


class FilledTemplate(Body):
    name: str = Field(min_length=1, max_length=512, examples=["lembrete_banho"])
    language: str = Field(min_length=2, max_length=10, examples=["pt_BR"])
    values: dict[str, Value] = Field(default={}, max_length=30, examples=[{"1": "Ana", "2": "sábado às 10h"}])
