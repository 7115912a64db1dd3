"""The words for what a shop does, as data."""

import re

from local.street.offline_model.text import words

ORDINALS = (
    (re.compile(r"\bprimeir[oa]\b|\b(?:o|no) mais cedo\b(?! possivel)"), 0),
    (re.compile(r"\bsegund[oa] (?:opcao|horario|alternativa)\b|\bo segundo\b"), 1),
    (re.compile(r"\bterceir[oa]\b"), 2),
    (re.compile(r"\bultim[oa]\b"), -1),
)

SERVICE_WORDS = {
    "tosar": "tosa",
    "tosam": "tosa",
    "vacinam": "vacina",
    "castram": "castracao",
    "hidratam": "hidratacao",
    "tosinha": "tosa",
    "banhar": "banho",
    "banhinho": "banho",
    "vacinar": "vacina",
    "vacinacao": "vacina",
    "veterinario": "consulta",
    "veterinaria": "consulta",
    "consultar": "consulta",
    "hidratar": "hidratacao",
    "castrar": "castracao",
    "unhinha": "unha",
    "orelha": "ouvido",
    "orelhinha": "ouvido",
    "ouvidinho": "ouvido",
    "checape": "consulta",
    "checkup": "consulta",
}
# Words that stand in the names of many services and tell none of them apart.
COMMON_IN_NAMES = frozenset(words("corte limpeza sessao dia completo completa simples extra aplicacao"))
