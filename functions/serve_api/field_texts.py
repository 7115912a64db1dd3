"""What is wrong with a field, in Portuguese, by pydantic's name for it; in English pydantic says it itself."""

from typing import Any

TEXTS = {
    "missing": "É obrigatório.",
    "extra_forbidden": "Este campo não existe aqui.",
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
    "json_invalid": "O corpo não é JSON.",
    "union_tag_not_found": "É obrigatório.",
    "union_tag_invalid": "Deve ser um destes valores: {expected_tags}.",
}
OTHERWISE = "Não é um valor aceito aqui."


def name(found: dict[str, Any]) -> str:
    """Where it is, with dots; of one that says which kind the rest is, its own name, which pydantic leaves to the context."""
    kind = [found["ctx"]["discriminator"].strip("'")] if found["type"].startswith("union_tag") else []
    return ".".join(map(str, [*found["loc"][1:], *kind]))


def problem(found: dict[str, Any], locale: str) -> str:
    if locale != "pt-BR":
        return found["msg"]
    # What pydantic lists is joined by a word of its own language.
    context = {name: str(value).replace("' or '", "' ou '") for name, value in found.get("ctx", {}).items()}
    return TEXTS.get(found["type"], OTHERWISE).format_map(context)
