"""What is wrong with a field, in Portuguese, by pydantic's name for it; in English pydantic says it itself."""

from collections.abc import Sequence
from typing import Any

from auzap.loose import items, mapping

TEXTS = {
    "missing": "É obrigatório.",
    "extra_forbidden": "Este campo não existe aqui.",
    "no_parameters": "Este endereço não aceita parâmetros.",
    "unknown_parameter": "Este endereço não conhece este parâmetro, só: {taken}.",
    "row_without_table": "Diga também de que tabela é a linha.",
    "string_type": "Deve ser um texto.",
    "string_too_short": "Deve ter pelo menos {min_length} caractere(s).",
    "string_too_long": "Deve ter no máximo {max_length} caracteres.",
    "string_pattern_mismatch": "Não tem o formato esperado.",
    "int_type": "Deve ser um número inteiro.",
    "int_parsing": "Deve ser um número inteiro.",
    "int_from_float": "Deve ser um número inteiro.",
    "float_type": "Deve ser um número.",
    "float_parsing": "Deve ser um número.",
    "bool_type": "Deve ser verdadeiro ou falso.",
    "bool_parsing": "Deve ser verdadeiro ou falso.",
    "greater_than": "Deve ser maior que {gt}.",
    "greater_than_equal": "Deve ser no mínimo {ge}.",
    "less_than": "Deve ser menor que {lt}.",
    "less_than_equal": "Deve ser no máximo {le}.",
    "literal_error": "Deve ser um destes valores: {expected}.",
    "enum": "Deve ser um destes valores: {expected}.",
    "uuid_type": "Não é um identificador.",
    "uuid_parsing": "Não é um identificador.",
    "uuid_version": "Não é um identificador.",
    "date_type": "Deve ser uma data, como 2026-11-21.",
    "date_parsing": "Deve ser uma data, como 2026-11-21.",
    "date_from_datetime_parsing": "Deve ser uma data, como 2026-11-21.",
    "datetime_type": "Deve ser data e hora com fuso, como 2026-11-21T09:00:00-03:00.",
    "datetime_parsing": "Deve ser data e hora com fuso, como 2026-11-21T09:00:00-03:00.",
    "datetime_from_date_parsing": "Deve ser data e hora com fuso, como 2026-11-21T09:00:00-03:00.",
    "timezone_aware": "Deve ser data e hora com fuso, como 2026-11-21T09:00:00-03:00.",
    "time_type": "Deve ser uma hora, como 09:00.",
    "time_parsing": "Deve ser uma hora, como 09:00.",
    "list_type": "Deve ser uma lista.",
    "dict_type": "Deve ser um objeto.",
    "model_type": "Deve ser um objeto.",
    "model_attributes_type": "Deve ser um objeto.",
    "too_short": "Deve ter pelo menos {min_length} item(ns).",
    "too_long": "Deve ter no máximo {max_length} item(ns).",
    "twice": "Não pode ser dito duas vezes.",
    "nothing_to_change": "Diga ao menos um campo a mudar.",
    "phone_unfit": "Não é um telefone. Escreva com DDD, como (11) 98765-4321.",
    "phone_without_area": "Falta o DDD. Escreva como (11) 98765-4321.",
    "json_invalid": "O corpo não é JSON.",
    "union_tag_not_found": "É obrigatório.",
    "union_tag_invalid": "Deve ser um destes valores: {expected_tags}.",
}
OTHERWISE = {"pt-BR": "Não é um valor aceito aqui.", "en": "This value is not accepted here."}

# Where pydantic speaks to whoever wrote the rule.
PLAINLY = {"string_pattern_mismatch": "This does not have the expected form"}

type Place = tuple[int | str, ...]


def told(errors: Sequence[Any], body: Any, locale: str) -> list[dict[str, str]]:
    """Each field once, as the client wrote it: of what may be of several kinds pydantic says what is wrong with each kind."""
    problems: dict[str, list[str]] = {}
    for found in errors:
        problems.setdefault(_name(found, body), []).append(_problem(found, locale))
    return [
        {"field": field, "problem": said[0] if len(said) == 1 else OTHERWISE[locale]}
        for field, said in problems.items()
    ]


def _name(found: dict[str, Any], body: Any) -> str:
    """Where it is, with dots; of one that says which kind the rest is, its own name, which pydantic leaves to the context."""
    source, *rest = found["loc"]
    place = _written(body, tuple(rest), is_there=found["type"] != "missing") if source == "body" else tuple(rest)
    kind = [found["ctx"]["discriminator"].strip("'")] if found["type"].startswith("union_tag") else []
    return ".".join(map(str, [*place, *kind]))


def _written(body: Any, place: Place, *, is_there: bool) -> Place:
    """Pydantic's place without the kinds that it tried on the way, which stand between the names of fields."""
    found = _walked(body, place, is_there=is_there)
    while found is None:
        # A kind that the client has not named: it stands at the end.
        place = place[:-1]
        found = _walked(body, place, is_there=True)
    return found


def _walked(value: Any, place: Place, *, is_there: bool) -> Place | None:
    if not place:
        return ()
    first, rest = place[0], place[1:]
    if not rest and not is_there:
        return place if isinstance(value, dict) and first not in value else None
    after = _walked(_within(value, first), rest, is_there=is_there) if _has(value, first) else None
    if after is not None:
        return (first, *after)
    return _walked(value, rest, is_there=is_there) if rest and first in mapping(value).values() else None


def _has(value: Any, name: int | str) -> bool:
    return 0 <= name < len(items(value)) if isinstance(name, int) else name in mapping(value)


def _within(value: Any, name: int | str) -> Any:
    return value[name]


def _problem(found: dict[str, Any], locale: str) -> str:
    if locale != "pt-BR":
        return PLAINLY.get(found["type"]) or found["msg"]
    # What pydantic lists is joined by a word of its own language.
    context = {name: str(value).replace("' or '", "' ou '") for name, value in found.get("ctx", {}).items()}
    return TEXTS.get(found["type"], OTHERWISE[locale]).format_map(context)
