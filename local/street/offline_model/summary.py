"""The summary of a conversation for whoever takes it over: why, and what the customer last said."""

from collections.abc import Sequence

from local.street.offline_model.dialect import Message, SystemMessage, UserMessage, text_of

ASKED = "Você resume"
REASON = "Motivo da passagem: "
CUSTOMER = "Cliente: "


def summary(messages: Sequence[Message]) -> str | None:
    """Nothing where no summary is asked for."""
    if not any(isinstance(message, SystemMessage) and text_of(message).startswith(ASKED) for message in messages):
        return None
    lines = [line for message in messages if isinstance(message, UserMessage) for line in text_of(message).splitlines()]
    reasons = [line.removeprefix(REASON) for line in lines if line.startswith(REASON)]
    said = [line.removeprefix(CUSTOMER) for line in lines if line.startswith(CUSTOMER)]
    parts = [f"Passada para a equipe: {reason}." for reason in reasons[:1]]
    parts += [f"O cliente escreveu por último: “{text}”." for text in said[-1:]]
    return " ".join(parts) or "Ainda não há mensagens nesta conversa."
