"""What Aurora says, in Portuguese."""

from local.street.offline_model.acts import Act

CATALOGUE: dict[Act, tuple[str, ...]] = {
    Act.OWNER_GREETING: (
        "{salute}! Aqui é a Aurora. Posso mostrar a agenda de um dia, os números de hoje, da semana ou do mês, quem está "
        "esperando, os leads quentes, os serviços e como estão os seus números de WhatsApp.",
    ),
    Act.OWNER_CANNOT: (
        "Isso eu ainda não consigo por aqui. Mostro a agenda de um dia, os números do período, quem espera, os leads "
        "quentes, os serviços e a situação do WhatsApp.",
    ),
    Act.OWNER_HEALTH: ("Seus números de WhatsApp agora:\n{lines}",),
    Act.OWNER_NO_NUMBER: ("Nenhum número de WhatsApp está conectado.",),
    Act.OWNER_WAITING: ("Esperando por uma pessoa ou por você:\n{lines}",),
    Act.OWNER_NOBODY_WAITS: ("Ninguém espera por uma pessoa agora.",),
    Act.OWNER_LEADS: ("Os leads mais quentes:\n{lines}",),
    Act.OWNER_NO_LEADS: ("Não há leads quentes no momento.",),
    Act.OWNER_SERVICES: ("Os serviços da loja:\n{lines}",),
    Act.OWNER_NO_SERVICES: ("A loja ainda não tem serviços na lista.",),
    Act.OWNER_NUMBERS: ("Os números {period}:\n{lines}",),
    Act.OWNER_APPOINTMENTS: ("Na agenda de {day}, no total {count}:\n{lines}",),
    Act.OWNER_NO_APPOINTMENTS: ("Nada disso na agenda de {day}.",),
}
