"""Words of customers that are kept and shown again: plain ones, and none that only the shop may say."""

import re
from collections.abc import Mapping, Sequence

from auzap.text import folded, is_plain

# Prices and gifts, hours and appointments, ways to reach somebody, and orders to whoever reads it.
# fmt: off
OF_THE_SHOP = re.compile(
    r"\b(?:descont\w*|grati\w*|cortesia\w*|promoc\w*|precos?|reais|real|cupo\w*|brindes?|de graca|free|discount\w*|prices?|coupons?"
    r"|por cento|percent\w*|pag(?:ar|o|ou|a|am|amento)|paid|credito\w*|reembols\w*|refund\w*|fiado|custa\w*|cobra\w*"
    r"|ignor\w*|desconsider\w*|sempre (?:diga|respond\w*|ofere\w*|d[ae])|nunca (?:diga|cobr\w*|respond\w*)|always|never"
    r"|instruc\w*|instruct\w*|regras?|rules?|prompts?|sistemas?|system|assistente|assistant|robo|bot"
    r"|autoriza\w*|authori[sz]\w*|aprovad\w*|approved|confirmad\w*|confirmed|agendad\w*|marcad[oa]s?|booked|reservad\w*"
    r"|don[oa] da loja|gerente|owner|manager|admin\w*|senhas?|passwords?"
    r"|horas?|meio-? ?dia|meia-? ?noite|o'?clock|noon|midnight|ponto com|dot com|https?|www|whats\w*|zap|pix|telefone|celular)\b"
)
# fmt: on


def among(words: Mapping[str, Sequence[str]], value: str) -> str | None:
    """The one of a few words that is meant, however it is said."""
    said = folded(value).strip(" .!")
    return next((known for known, spoken in words.items() if said == known or said in spoken), None)


def is_kept(words: str, longest: int) -> bool:
    """Letters alone, and not too many of them."""
    return 0 < len(words.strip()) <= longest and is_plain(words) and "//" not in words


def speaks_for_the_shop(words: str) -> bool:
    return OF_THE_SHOP.search(folded(words)) is not None
