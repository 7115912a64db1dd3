"""What the assistant says, in Portuguese: a catalogue with variants, and the way back from a text to its entry."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Act(StrEnum):
    """What a part of a reply does."""

    GREETING = "greeting"
    INTRODUCTION = "introduction"
    SERVICES = "services"
    PRICE = "price"
    NO_SERVICES = "no_services"
    OFFER_BOOKING = "offer_booking"
    OPENING_HOURS = "opening_hours"
    NO_OPENING_HOURS = "no_opening_hours"
    ADDRESS = "address"
    NO_ADDRESS = "no_address"
    ASK_SERVICE = "ask_service"
    WHICH_SERVICE = "which_service"
    ASK_DAY = "ask_day"
    ASK_DAY_OF_WEEK = "ask_day_of_week"
    OFFER_SLOTS = "offer_slots"
    OFFER_OTHER_SLOTS = "offer_other_slots"
    OFFER_OTHER_DAYS = "offer_other_days"
    NOTHING_FREE = "nothing_free"
    WHICH_PET = "which_pet"
    ASK_NEW_PET = "ask_new_pet"
    ASK_PET_DETAILS = "ask_pet_details"
    PET_REGISTERED = "pet_registered"
    PET_REFUSED = "pet_refused"
    SIZE_UNKNOWN = "size_unknown"
    MY_PETS = "my_pets"
    NO_PETS = "no_pets"
    PROPOSAL = "proposal"
    PROPOSAL_REFUSED = "proposal_refused"
    MY_BOOKINGS = "my_bookings"
    NO_BOOKINGS = "no_bookings"
    WHICH_BOOKING = "which_booking"
    RESCHEDULING = "rescheduling"
    CANCELLATION_PROPOSAL = "cancellation_proposal"
    CANCELLATION_REFUSED = "cancellation_refused"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    DONE = "done"
    DECLINED = "declined"
    FAILED = "failed"
    HANDED_OVER = "handed_over"
    APOLOGY = "apology"
    EMERGENCY = "emergency"
    TEAM_TOLD = "team_told"
    UNREADABLE = "unreadable"
    UNSEEN = "unseen"
    UNKNOWN = "unknown"
    CANNOT_HERE = "cannot_here"
    STUCK = "stuck"
    AT_EASE = "at_ease"
    WELCOME = "welcome"
    FAREWELL = "farewell"
    TEAM_ASKED = "team_asked"
    OWNER_GREETING = "owner_greeting"
    OWNER_CANNOT = "owner_cannot"
    OWNER_HEALTH = "owner_health"
    OWNER_NO_NUMBER = "owner_no_number"
    OWNER_WAITING = "owner_waiting"
    OWNER_NOBODY_WAITS = "owner_nobody_waits"
    OWNER_LEADS = "owner_leads"
    OWNER_NO_LEADS = "owner_no_leads"
    OWNER_SERVICES = "owner_services"
    OWNER_NO_SERVICES = "owner_no_services"
    OWNER_NUMBERS = "owner_numbers"
    OWNER_APPOINTMENTS = "owner_appointments"
    OWNER_NO_APPOINTMENTS = "owner_no_appointments"


# A fixed piece of each variant must stand in no other act: replies are recognised by it later.
CATALOGUE: dict[Act, tuple[str, ...]] = {
    Act.GREETING: (
        "{salute}{customer}! 🐾 Sou {agent}a assistente virtual{of_shop}. Posso passar preços, ver horários livres e marcar "
        "um serviço para o seu pet. Como posso ajudar?",
        "{salute}{customer}! 🐾 Aqui quem fala é {agent}a assistente virtual{of_shop}. Quer ver preços, horários livres ou "
        "marcar alguma coisa para o seu pet?",
    ),
    Act.INTRODUCTION: ("{salute}{customer}! Sou {agent}a assistente virtual{of_shop}.",),
    Act.SERVICES: (
        "Estes são os nossos serviços:\n{services}",
        "Olha só o que fazemos por aqui:\n{services}",
    ),
    Act.PRICE: ("Aqui vai o preço:\n{services}", "Fica assim:\n{services}"),
    Act.NO_SERVICES: (
        "Não encontrei nenhum serviço cadastrado por aqui. Quer que eu chame uma pessoa da equipe para ver os serviços?",
    ),
    Act.OFFER_BOOKING: ("Quer que eu veja um horário para você?", "Posso procurar um horário livre para vocês?"),
    Act.OPENING_HOURS: ("Nosso horário de atendimento: {hours}.", "A gente atende assim: {hours}."),
    Act.NO_OPENING_HOURS: (
        "Não tenho aqui o horário de funcionamento da loja. Quer que eu chame uma pessoa da equipe para confirmar?",
    ),
    Act.ADDRESS: ("Nosso endereço: {address}.", "Estamos aqui: {address}."),
    Act.NO_ADDRESS: ("Não tenho o endereço da loja aqui comigo. Quer que eu chame uma pessoa da equipe?",),
    Act.ASK_SERVICE: (
        "Claro! Qual serviço você quer? Temos {names}.",
        "Vamos lá! Me diz qual é o serviço: {names}?",
    ),
    Act.WHICH_SERVICE: (
        "Só para eu não errar o serviço: seria {names}?",
        "Temos mais de uma opção parecida. Qual prefere: {names}?",
    ),
    Act.ASK_DAY: (
        "Para que dia você gostaria? Se preferir manhã ou tarde, é só me dizer.",
        "Que dia fica bom para vocês? Pode dizer também se é melhor de manhã ou à tarde.",
    ),
    Act.ASK_DAY_OF_WEEK: ("Combinado, na semana que vem! Qual dia da semana fica melhor?",),
    Act.OFFER_SLOTS: (
        "Tenho estes horários para {service}:\n{slots}\nQual você prefere?",
        "Olha os horários livres para {service}:\n{slots}\nQual deles fica melhor?",
    ),
    Act.OFFER_OTHER_SLOTS: (
        "Esse horário eu não tenho livre para {service}, mas encontrei estes:\n{slots}\nAlgum serve para você?",
        "Para {service}, bem nesse horário não tem vaga. O mais perto que achei:\n{slots}\nAlgum desses ajuda?",
    ),
    Act.OFFER_OTHER_DAYS: (
        "Nesse dia não tenho mais horário para {service}, mas estes aqui estão livres:\n{slots}\nQual deles prefere?",
        "Para {service}, esse dia já está sem vagas. Os mais próximos que encontrei:\n{slots}\nPode ser um desses?",
    ),
    Act.NOTHING_FREE: (
        "Não encontrei horário livre para {service} nesse dia. Quer tentar outro dia?",
        "Nesse dia a agenda de {service} não tem vaga. Qual outro dia poderia ser?",
    ),
    Act.WHICH_PET: ("Para qual pet vai ser: {names}?", "É para quem desta vez: {names}?"),
    Act.ASK_NEW_PET: (
        "Ainda não conheço o seu pet! Me conta o nome, se é cachorro ou gato, a raça e o porte (pequeno, médio, grande "
        "ou gigante)?",
    ),
    Act.ASK_PET_DETAILS: (
        "Ainda não tenho {name} no cadastro, mas já resolvo. Me diz {missing}, por favor?",
        "Que legal, vou cadastrar {name}! Só me falta saber {missing}, pode ser?",
    ),
    Act.PET_REGISTERED: (
        "Cadastro feito: {name}! 🐾 Quer aproveitar e marcar alguma coisa?",
        "Pronto, {name} já está no nosso cadastro! 🐾 Quer marcar algum serviço?",
    ),
    Act.PET_REFUSED: ("Não consegui concluir o cadastro de {name} por aqui. Quer que eu chame uma pessoa da equipe?",),
    Act.SIZE_UNKNOWN: (
        "O preço depende do porte de {name}, que falta no cadastro. Quer que eu chame uma pessoa da equipe para acertar?",
    ),
    Act.MY_PETS: ("No seu cadastro estão:\n{pets}\nSe faltar alguém, é só me falar.",),
    Act.NO_PETS: ("Ainda não tenho nenhum pet no seu cadastro. Quer cadastrar o seu agora?",),
    Act.PROPOSAL: (
        "Posso confirmar? {facts}. Responda sim para marcar ou não para deixar como está.",
        "Ficou assim: {facts}. Confirmo para você? É só responder sim ou não.",
    ),
    Act.PROPOSAL_REFUSED: (
        "Não consegui separar esse horário. Quer que eu procure outro?",
        "Esse horário não pôde ser reservado. Posso procurar outro para você?",
    ),
    Act.MY_BOOKINGS: ("Você tem marcado:\n{bookings}\nSe precisar mudar algo, me avisa.",),
    Act.NO_BOOKINGS: ("Não encontrei nenhum agendamento seu em aberto. Quer marcar um horário?",),
    Act.WHICH_BOOKING: ("Qual destes agendamentos seria?\n{bookings}\nMe diz o pet ou o dia.",),
    Act.RESCHEDULING: ("Para remarcar, primeiro libero o horário atual e depois marcamos o novo.",),
    Act.CANCELLATION_PROPOSAL: (
        "Quer mesmo cancelar? {facts}. Responda sim para cancelar ou não para manter.",
        "Confirma o cancelamento? {facts}. É só me dizer sim ou não.",
    ),
    Act.CANCELLATION_REFUSED: (
        "Não consigo cancelar esse agendamento por aqui. Quer que eu chame uma pessoa da equipe?",
    ),
    Act.BOOKED: (
        "Prontinho, está marcado: {facts}. Esperamos vocês! 🐾",
        "Tudo certo, horário marcado! {facts}. Até lá! 🐾",
    ),
    Act.CANCELLED: (
        "Pronto, cancelado: {facts}. Quando quiser marcar de novo, estou por aqui.",
        "Cancelamento feito: {facts}. Se quiser outro horário, é só chamar.",
    ),
    Act.DONE: ("Feito! {facts}. Precisa de mais alguma coisa?",),
    Act.DECLINED: (
        "Tudo bem, deixei tudo como estava. Se quiser, vemos outro dia ou horário.",
        "Sem problema, não mudei nada. Se preferir outro dia ou horário, me fala.",
    ),
    Act.FAILED: ("Não consegui concluir esse pedido: ele não está mais disponível. Quer que eu procure de novo?",),
    Act.HANDED_OVER: (
        "Claro! Isso é melhor com uma pessoa da equipe.",
        "Certo, passo o seu pedido para uma pessoa da equipe.",
    ),
    Act.APOLOGY: ("Sinto muito por isso. Vou passar a sua mensagem para uma pessoa da equipe.",),
    Act.EMERGENCY: (
        "Isso parece uma emergência. Leve o seu pet agora mesmo ao veterinário mais próximo, sem esperar resposta daqui.",
    ),
    Act.TEAM_TOLD: ("A nossa equipe também já foi avisada.",),
    Act.UNREADABLE: ("Recebi a sua mensagem, mas não consegui ler o que veio nela. Pode me escrever em texto?",),
    Act.UNSEEN: ("Fotos, áudios, vídeos e arquivos eu ainda não consigo abrir, então respondo ao que você escreveu.",),
    Act.UNKNOWN: (
        "Desculpa, não entendi direito. Pode me dizer de outro jeito? Se preferir, chamo uma pessoa da equipe.",
        "Essa eu não sei responder. Posso ajudar com preços, horários e agendamentos, ou quer falar com a equipe?",
    ),
    Act.CANNOT_HERE: (
        "Isso eu ainda não consigo fazer por esta conversa. Posso ajudar com outra coisa?",
        "Por aqui ainda não tenho como fazer isso. Tem outra coisa em que eu possa ajudar?",
    ),
    Act.STUCK: ("Não consegui terminar isso agora. Pode tentar de novo daqui a pouco?",),
    Act.AT_EASE: ("Tudo bem! Se precisar de algo, é só me chamar.", "Combinado! Qualquer coisa, estou por aqui."),
    Act.WELCOME: ("Por nada! Se precisar, é só chamar. 🐾", "Imagina! Fico à disposição de vocês. 🐾"),
    Act.FAREWELL: ("Até mais! Um carinho nos pets. 🐾", "Tchau! Foi bom falar com você. 🐾"),
    Act.TEAM_ASKED: (
        "Boa pergunta! Isso eu não tenho aqui, então perguntei para a equipe. A resposta chega nesta conversa. 🐾",
        "Isso eu preciso confirmar: acabei de perguntar para a equipe, e a resposta vem por esta conversa. 🐾",
    ),
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


@dataclass(frozen=True)
class Part:
    act: Act
    facts: dict[str, str]


@dataclass(frozen=True)
class Reply:
    parts: tuple[Part, ...] = ()

    def __add__(self, other: "Reply") -> "Reply":
        return Reply(self.parts + other.parts)

    @property
    def act(self) -> Act:
        """What the reply comes down to: its last part."""
        return self.parts[-1].act

    def text(self, variant: int) -> str:
        return "\n\n".join(phrase(part.act, variant, **part.facts) for part in self.parts)


def say(act: Act, **facts: str) -> Reply:
    return Reply((Part(act, facts),))


def phrase(act: Act, variant: int, **facts: str) -> str:
    variants = CATALOGUE[act]
    return variants[variant % len(variants)].format(**facts)


def acts_in(text: str) -> list[Act]:
    """The acts a reply of the shop is made of, in their order; none for words that are not the catalogue's."""
    ends = [(end, act) for act, fixed in fixed_words() if (end := end_of(fixed, text)) is not None]
    return [act for _, act in sorted(ends)]


@cache
def fixed_words() -> tuple[tuple[Act, tuple[str, ...]], ...]:
    """Each variant as the words around its facts."""
    return tuple(
        (act, tuple(words for words in re.split(r"\{\w+\}", variant) if words))
        for act, variants in CATALOGUE.items()
        if act is not Act.INTRODUCTION
        for variant in variants
    )


def end_of(fixed: tuple[str, ...], text: str) -> int | None:
    place = 0
    for words in fixed:
        found = text.find(words, place)
        if found < 0:
            return None
        place = found + len(words)
    return place
