"""What customers read that no model wrote: Portuguese first, English second."""

from typing import Literal

TextKey = Literal[
    "apology_handoff",
    "unsure",
    "gave_up",
    "confirm_button",
    "decline_button",
]

CATALOGUE: dict[str, dict[TextKey, str]] = {
    "pt-BR": {
        "apology_handoff": "Desculpe, tive um problema para responder agora. Já chamei alguém da equipe, que continua por aqui. 🐾",
        "unsure": "Prefiro confirmar isso com a equipe para não te passar nada errado. Alguém já continua com você por aqui. 🐾",
        "gave_up": "Desculpe a demora! Não consegui responder como devia e já passei sua mensagem para a equipe. 🐾",
        "confirm_button": "Sim, confirmar",
        "decline_button": "Não",
    },
    "en": {
        "apology_handoff": "Sorry, I could not answer just now. I have called someone from the team, who will go on here. 🐾",
        "unsure": "I would rather check this with the team than tell you something wrong. Someone will go on here. 🐾",
        "gave_up": "Sorry for the wait! I could not answer as I should, and passed your message to the team. 🐾",
        "confirm_button": "Yes, confirm",
        "decline_button": "No",
    },
}


def text(key: TextKey, locale: str) -> str:
    return CATALOGUE[locale][key]
