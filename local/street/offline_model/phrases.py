"""What the shop's assistant says, in Portuguese.

A fixed piece of each variant must stand in no other act: replies are recognised by it later.
"""

from local.street.offline_model.acts import Act

TALK: dict[Act, tuple[str, ...]] = {
    Act.GREETING: (
        "{salute}{customer}! 🐾 Sou {agent}a assistente virtual{of_shop}. Posso passar preços, marcar banho, "
        "tosa ou consulta, "
        "reservar hotel e creche, e tirar dúvidas. Como posso ajudar?",
        "{salute}{customer}! 🐾 Aqui quem fala é {agent}a assistente virtual{of_shop}. Quer ver preços, marcar um horário ou "
        "reservar uma estadia para o seu pet?",
    ),
    Act.INTRODUCTION: ("{salute}{customer}! Sou {agent}a assistente virtual{of_shop}.",),
    Act.IDENTITY: (
        "Sou a assistente virtual da loja, e não uma pessoa. 🐾 Se preferir falar com alguém da equipe, é só pedir.",
    ),
    # To whom it cannot answer, in their language.
    Act.ENGLISH: (
        "Hello! I'm a virtual assistant, and here I only understand Portuguese. A person of our team will answer you in "
        "English.",
    ),
    Act.GO_AHEAD: ("Claro, pode perguntar! 🐾",),
    Act.HANDED_OVER: (
        "Claro! Isso é melhor com uma pessoa da equipe.",
        "Certo, passo o seu pedido para uma pessoa da equipe.",
    ),
    Act.APOLOGY: ("Sinto muito por isso. Vou passar a sua mensagem para uma pessoa da equipe.",),
    Act.EMERGENCY: (
        "Isso parece uma emergência. Leve o seu pet agora mesmo ao veterinário mais próximo, sem esperar resposta daqui.",
    ),
    Act.TEAM_TOLD: ("A nossa equipe também já foi avisada.",),
    Act.HEALTH_CARE: (
        "Sinto muito que {name} não esteja bem. 🐾 Quem pode avaliar é o veterinário: se piorar, leve ao mais "
        "próximo sem esperar.",
    ),
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
    Act.DONE: ("Feito! {facts}. Precisa de mais alguma coisa?",),
    Act.DECLINED: (
        "Tudo bem, deixei tudo como estava. Se quiser, vemos outro dia ou horário.",
        "Sem problema, não mudei nada. Se preferir outro dia ou horário, me fala.",
    ),
    Act.FAILED: ("Não consegui concluir esse pedido: ele não está mais disponível. Quer que eu procure de novo?",),
    Act.AT_EASE: ("Tudo bem! Se precisar de algo, é só me chamar.", "Combinado! Qualquer coisa, estou por aqui."),
    Act.PRAISED: (
        "Que alegria ler isso! 🐾 Obrigada pelo carinho.",
        "Ficamos muito felizes! 🐾 Carinho assim faz o nosso dia.",
    ),
    Act.WELCOME: ("Por nada! Se precisar, é só chamar. 🐾", "Imagina! Fico à disposição de vocês. 🐾"),
    Act.FAREWELL: ("Até mais! Um carinho nos pets. 🐾", "Tchau! Foi bom falar com você. 🐾"),
    Act.NAME_SAVED: ("Muito prazer, {name}!", "Anotei o seu nome, {name}!"),
    Act.REMEMBERED: (
        "Anotado: vou lembrar disso nas próximas vezes. 🐾",
        "Pode deixar, guardei essa preferência. 🐾",
    ),
    Act.NOT_REMEMBERED: ("Isso eu não consegui guardar. Pode me dizer com outras palavras?",),
    Act.FORGOTTEN: ("Pronto, apaguei das minhas anotações: {notes}.",),
    Act.NOTHING_KEPT: ("Sobre isso eu não tinha nada anotado, então não há o que apagar.",),
    Act.WHICH_NOTE: ("O que devo apagar do que anotei?\n{notes}",),
    Act.NEWS_OFF: (
        "Pronto, não mandamos mais novidades nem ofertas. As respostas ao que você pedir continuam chegando.",
    ),
    Act.NEWS_ON: ("Que bom! Anotei que você quer receber as nossas novidades.",),
    Act.KNOWN: ("{answer}", "{answer} 🐾"),
    Act.TEAM_ASKED: (
        "Boa pergunta! Isso eu não tenho aqui, então perguntei para a equipe. A resposta chega nesta conversa. 🐾",
        "Isso eu preciso confirmar: acabei de perguntar para a equipe, e a resposta vem por esta conversa. 🐾",
    ),
}

SHOP: dict[Act, tuple[str, ...]] = {
    Act.SERVICES: ("Estes são os nossos serviços:\n{services}", "Olha só o que fazemos por aqui:\n{services}"),
    Act.PRICE: ("Aqui vai o preço:\n{services}", "Fica assim:\n{services}"),
    Act.NO_SERVICES: (
        "Não encontrei nenhum serviço cadastrado por aqui. Quer que eu chame uma pessoa da equipe para ver os serviços?",
    ),
    Act.ROOMS: ("Estas são as nossas acomodações:\n{rooms}", "Olha onde o seu pet pode ficar:\n{rooms}"),
    Act.NO_ROOMS: ("Não temos esse tipo de estadia por aqui. Quer que eu chame uma pessoa da equipe?",),
    Act.PRODUCTS: ("Na loja temos:\n{products}", "Encontrei na prateleira:\n{products}"),
    Act.NO_PRODUCTS: (
        "Não encontrei esse produto na loja. Quer que eu chame uma pessoa da equipe para ver se dá para encomendar?",
    ),
    Act.OPENING_HOURS: ("Nosso horário de atendimento: {hours}.", "A gente atende assim: {hours}."),
    Act.CLOSED_WEEKDAY: (
        "{day} não abrimos. Atendemos {hours}.",
        "{day} a loja não funciona. Estamos aqui {hours}.",
    ),
    Act.CLOSED_NOW: ("Agora a loja está fechada, mas eu respondo a qualquer hora. Atendemos {hours}.",),
    Act.OPEN_NOW: ("Estamos com a loja aberta agora! Atendemos {hours}.",),
    Act.NO_OPENING_HOURS: (
        "Não tenho aqui o horário de funcionamento da loja. Quer que eu chame uma pessoa da equipe para confirmar?",
    ),
    Act.ADDRESS: ("Nosso endereço: {address}.", "Estamos aqui: {address}."),
    Act.NO_ADDRESS: ("Não tenho o endereço da loja aqui comigo. Quer que eu chame uma pessoa da equipe?",),
    Act.OFFER_BOOKING: ("Quer que eu veja um horário para você?", "Posso procurar um horário livre para vocês?"),
    Act.OFFER_CONSULTATION: (
        "Quer que eu veja um horário de consulta?",
        "Posso procurar um horário com o veterinário?",
    ),
    Act.OFFER_THE_OTHER: ("Ainda falta {other}. Quer que eu veja um horário para isso também?",),
    Act.OFFER_STAY: ("Quer que eu veja vaga no hotel? Me diz a entrada e a saída.",),
    Act.OFFER_DAYCARE: ("Quer que eu veja vaga na creche? Me diz o dia.",),
    Act.OFFER_TRAINING: ("Quer começar a avaliação de adestramento por aqui?",),
}

APPOINTMENTS: dict[Act, tuple[str, ...]] = {
    Act.ASK_SERVICE: (
        "Claro! Qual serviço você quer? Temos {names}.",
        "Vamos lá! Me diz qual é o serviço: {names}?",
    ),
    Act.WHICH_SERVICE: (
        "Só para eu não errar o serviço: seria {names}?",
        "Temos mais de uma opção parecida. Qual prefere: {names}?",
    ),
    Act.ADDON_ALONE: ("{addons} fazemos junto com outro serviço. Com qual seria: {names}?",),
    Act.SERVICE_APART: (
        "{service} é um serviço à parte:\n{prices}\nQuer que eu veja um horário no mesmo dia de {booking}?",
        "{service} a gente marca à parte:\n{prices}\nPosso procurar um horário para o mesmo dia de {booking}?",
    ),
    Act.PET_TOO: ("Quer {service} para {pet} também, no mesmo dia de {booking}?",),
    Act.ASK_DAY: (
        "Para que dia você gostaria? Se preferir manhã ou tarde, é só me dizer.",
        "Que dia fica bom para vocês? Pode dizer também se é melhor de manhã ou à tarde.",
    ),
    Act.ASK_DAY_ALONE: ("E que dia vocês preferem?", "Em qual dia fica melhor para vocês?"),
    Act.ASK_DAY_OF_WEEK: ("Combinado, na semana que vem! Qual dia da semana fica melhor?",),
    Act.OFFER_SLOTS: (
        "Tenho estes horários para {service}:\n{slots}\nQual você prefere?",
        "Olha os horários livres para {service}:\n{slots}\nQual deles fica melhor?",
    ),
    Act.OFFER_ONE_SLOT: ("Para {service} tenho este horário: {slots}. Pode ser?",),
    Act.OFFER_OTHER_SLOTS: (
        "Esse horário eu não tenho livre para {service}, mas encontrei estes:\n{slots}\nAlgum serve para você?",
        "Para {service}, bem nesse horário não tem vaga. O mais perto que achei:\n{slots}\nAlgum desses ajuda?",
    ),
    Act.OFFER_OTHER_DAYS: (
        "Nesse dia não tenho mais horário para {service}, mas estes aqui estão livres:\n{slots}\nQual deles "
        "prefere? Se só esse dia servir, tem a lista de espera.",
        "Para {service}, esse dia já está sem vagas. Os mais próximos que encontrei:\n{slots}\nPode ser um "
        "desses? Se não, posso pôr vocês na lista de espera.",
    ),
    Act.CLOSED_DAY: (
        "Nesse dia a loja não abre. Para {service}, os horários mais próximos são estes:\n{slots}\nAlgum deles serve?",
        "A loja fica fechada nesse dia. O que tenho mais perto para {service}:\n{slots}\nPode ser algum?",
    ),
    Act.WHICH_HOUR: (
        "Ótimo! Qual desses horários? Pode me dizer só a hora.",
        "Certo! Em qual deles: me diz só a hora?",
    ),
    Act.NOTHING_FREE: (
        "Não encontrei horário livre para {service} nesse dia. Quer tentar outro dia ou entrar na lista de espera?",
        "Nesse dia a agenda de {service} não tem vaga. Qual outro dia poderia ser? Também temos lista de espera.",
    ),
    Act.NEEDS_OTHER_SERVICE: (
        "Para {service}, o pet precisa antes de {other}. Quer que eu veja um horário para isso?",
    ),
    Act.ONLY_BY_TEAM: ("{service} é combinado direto com a equipe, para avaliar o pet antes.",),
    Act.NOT_FOR_THIS_PET: (
        "{service} nós não fazemos para esse pet, pela espécie ou pela idade. Quer ver outro serviço?",
    ),
    Act.DAY_IS_OVER: ("Esse dia já passou. Para que outro dia seria?",),
    Act.TOO_FAR_AHEAD: ("Ainda não abrimos a agenda para tão longe. Pode ser um dia mais próximo?",),
    Act.HAS_IT_ALREADY: ("Para esse dia vocês já têm {service} na agenda. Quer mudar o horário ou marcar outro dia?",),
    Act.PROPOSAL: (
        "Posso confirmar? {facts}. Responda sim para marcar ou não para deixar como está.",
        "Ficou assim: {facts}. Confirmo para você? É só responder sim ou não.",
    ),
    Act.PROPOSAL_REFUSED: (
        "Não consegui separar esse horário. Quer que eu procure outro?",
        "Esse horário não pôde ser reservado. Posso procurar outro para você?",
    ),
    Act.BOOKED: (
        "Prontinho, está marcado: {facts}. Esperamos vocês! 🐾",
        "Tudo certo, horário marcado! {facts}. Até lá! 🐾",
    ),
    Act.REQUESTED: ("Pedido feito: {facts}. A equipe confirma o horário por aqui. 🐾",),
    Act.MY_BOOKINGS: ("Você tem marcado:\n{bookings}\nSe precisar mudar algo, me avisa.",),
    Act.NO_BOOKINGS: ("Não encontrei nenhum agendamento seu em aberto. Quer marcar um horário?",),
    Act.WHICH_BOOKING: ("Qual destes agendamentos seria?\n{bookings}\nMe diz o pet ou o dia.",),
    Act.ASK_NEW_DAY: ("Vamos mudar {booking}. Para que dia e horário você quer passar?",),
    Act.CHANGE_PROPOSAL: (
        "Posso fazer a mudança? {facts}. Responda sim para mudar ou não para manter.",
        "A troca seria esta: {facts}. Posso mudar? É só responder sim ou não.",
    ),
    Act.CHANGE_REFUSED: ("Não consigo mudar esse horário por aqui. Quer que eu chame uma pessoa da equipe?",),
    Act.HAS_EXTRA_ALREADY: ("Isso já está incluído: {booking}.",),
    Act.NO_ROOM_FOR_EXTRA: (
        "Nesse horário não sobra tempo para incluir mais nada: {booking}. Quer que eu veja outro horário para vocês?",
    ),
    Act.RESCHEDULED: (
        "Prontinho, mudei: {facts}. Esperamos vocês no novo horário! 🐾",
        "Mudança feita: {facts}. Nos vemos no novo horário! 🐾",
    ),
    Act.CANCELLATION_PROPOSAL: (
        "Quer mesmo cancelar? {facts}. Responda sim para cancelar ou não para manter.",
        "Confirma o cancelamento? {facts}. É só me dizer sim ou não.",
    ),
    Act.CANCELLATION_REFUSED: (
        "Não consigo cancelar esse agendamento por aqui. Quer que eu chame uma pessoa da equipe?",
    ),
    Act.CANCELLED: (
        "Pronto, cancelado: {facts}. Quando quiser marcar de novo, estou por aqui.",
        "Cancelamento feito: {facts}. Se quiser outro horário, é só chamar.",
    ),
    Act.ATTENDANCE_CONFIRMED: ("Presença anotada: {facts}. Até lá! 🐾",),
    Act.ATTENDANCE_REFUSED: ("Não consegui anotar a presença por aqui. Quer que eu chame uma pessoa da equipe?",),
    Act.WAITLISTED: (
        "Pronto, vocês estão na lista de espera: {facts}. Se abrir uma vaga, aviso por aqui. 🐾",
        "Coloquei vocês na espera: {facts}. Abrindo um horário, te chamo nesta conversa. 🐾",
    ),
    Act.WAITLIST_REFUSED: ("Não consegui colocar vocês na espera. Quer que eu chame uma pessoa da equipe?",),
    Act.NO_WAITLIST: ("Vocês não estão em nenhuma lista de espera agora.",),
    Act.WHICH_ENTRY: ("Qual destas esperas seria?\n{entries}",),
    Act.LEFT_WAITLIST: ("Certo, tirei vocês da lista de espera.",),
    Act.ASK_HOW_OFTEN: ("De quanto em quanto tempo: toda semana, a cada 2 semanas ou todo mês?",),
    Act.SERIES_PROPOSAL: (
        "Posso deixar fixo na agenda? {facts}. Responda sim para repetir ou não para deixar só este.",
        "Ficaria repetido assim: {facts}. Posso deixar fixo? É só responder sim ou não.",
    ),
    Act.REPEATED: ("Horário fixo criado: {facts}. 🐾",),
    Act.SERIES_ENDED: ("Certo, parei de repetir: {facts}.",),
    Act.SERIES_REFUSED: ("Não consegui deixar esse horário fixo. Quer que eu chame uma pessoa da equipe?",),
    Act.NO_SERIES: ("Vocês não têm nenhum horário fixo na agenda.",),
    Act.WHICH_SERIES: ("Qual destes horários fixos seria?\n{series}",),
    Act.SERIES_END_PROPOSAL: (
        "Quer parar de repetir? {facts}. Responda sim para encerrar ou não para continuar repetindo.",
    ),
}

PETS: dict[Act, tuple[str, ...]] = {
    Act.WHICH_PET: ("Para qual pet vai ser: {names}?", "É para quem desta vez: {names}?"),
    Act.ASK_NEW_PET: (
        "Ainda não conheço o seu pet! Me conta o nome, se é cachorro ou gato, a raça, o porte (pequeno, médio, grande "
        "ou gigante) e o pelo (curto, médio ou longo)?",
        "Antes preciso conhecer o seu pet: como ele se chama, é cachorro ou gato, de que raça, porte e pelo?",
    ),
    Act.ASK_PET_NAME: ("E como o seu pet se chama?", "Qual é o nome do seu pet?"),
    Act.ASK_PET_DETAILS: (
        "Ainda não tenho {name} no cadastro, mas já resolvo. Me diz {missing}, por favor?",
        "Que legal, vou cadastrar {name}! Só me falta saber {missing}, pode ser?",
    ),
    Act.DATA_IS_FREE: ("Sem problema, só conte o que quiser. Pergunto porque o preço e o tempo dependem do porte.",),
    Act.PET_REGISTERED: (
        "Cadastro feito: {name}! 🐾 Quer aproveitar e marcar alguma coisa?",
        "Pronto, {name} já está no nosso cadastro! 🐾 Quer marcar algum serviço?",
    ),
    Act.PET_REFUSED: ("Não consegui concluir o cadastro de {name} por aqui. Quer que eu chame uma pessoa da equipe?",),
    Act.ASK_SIZE: ("O preço depende do porte de {name}. É pequeno, médio, grande ou gigante?",),
    Act.ASK_COAT: ("O preço depende do pelo de {name}. É curto, médio ou longo?",),
    Act.ASK_AGE: ("Para esse serviço a idade conta: quantos anos ou meses {name} tem?",),
    Act.MY_PETS: ("No seu cadastro estão:\n{pets}\nSe faltar alguém, é só me falar.",),
    Act.NO_PETS: ("Ainda não tenho nenhum pet no seu cadastro. Quer cadastrar o seu agora?",),
    Act.PET_RECORD: ("Isto é o que temos sobre {name}:\n{lines}",),
    Act.PET_UPDATED: ("Atualizei o cadastro de {name}: {what}.", "Pronto, anotei no cadastro de {name}: {what}."),
    Act.UPDATE_REFUSED: ("Não consegui anotar isso no cadastro. Pode me dizer com outras palavras?",),
    Act.WHICH_VACCINE: ("Qual foi a vacina: V8, V10, antirrábica, gripe ou giárdia? E em que dia?",),
    Act.ASK_VACCINE_DAY: ("Em que dia foi a vacina? Pode ser aproximado.",),
    Act.VACCINE_NOTED: (
        "Anotei a vacina de {name}: {what}. Na próxima visita, traga a carteirinha para a equipe conferir.",
    ),
    Act.VACCINE_REFUSED: ("Não consegui anotar essa vacina. Pode me dizer o nome dela e o dia?",),
}

STAYS: dict[Act, tuple[str, ...]] = {
    Act.ASK_STAY_DAYS: (
        "Que dia {name} chega e que dia vai embora?",
        "Me diz a entrada e a saída de {name}, por favor?",
    ),
    Act.ASK_STAY_END: ("E até que dia {name} fica?", "Certo! E a saída de {name}, que dia seria?"),
    Act.ASK_DAYCARE_DAY: ("Para que dia seria a creche de {name}?",),
    Act.WHICH_ROOM: (
        "Temos lugar para {name}, {days}:\n{rooms}\nQual você prefere?",
        "Para {name}, {days}, dá para ficar em:\n{rooms}\nQual delas fica melhor?",
    ),
    Act.NO_ROOM: (
        "Nesses dias não temos lugar para {name}. {other}Quer tentar outros dias?",
        "Para {name}, essas datas já estão cheias. {other}Pode ser em outros dias?",
    ),
    Act.STAY_PROPOSAL: (
        "Posso reservar? {facts}. Responda sim para reservar ou não para deixar como está.",
        "A reserva ficaria assim: {facts}. Posso reservar? É só responder sim ou não.",
    ),
    Act.STAY_MISSING: ("Antes de aprovar a estadia, a equipe confere a saúde: {missing}.",),
    Act.STAY_PROOF: (
        "A equipe ainda confere a saúde antes de aprovar: mande por aqui uma foto da carteirinha de vacinação, por favor.",
    ),
    Act.STAY_REFUSED: ("Não consegui fazer essa reserva. Quer tentar outros dias ou falar com a equipe?",),
    Act.RESERVED: (
        "Prontinho, reserva feita: {facts}. 🐾",
        "Tudo certo com a reserva! {facts}. 🐾",
    ),
    Act.ASK_STAY_FACTS: (
        "Para a equipe se preparar: como {name} se dá com outros animais, sente ansiedade longe de você, tem muita energia, "
        "e come alguma coisa especial?",
    ),
    Act.STAY_FACTS_KEPT: ("Obrigada, passei isso para quem vai cuidar de {name}.",),
    Act.WHICH_EXTRA: (
        "Quer incluir algum extra na estadia?\n{extras}",
        "Dá para deixar a estadia ainda melhor com um extra:\n{extras}\nQuer algum?",
    ),
    Act.NO_EXTRAS: ("Para essa estadia não tenho extras a oferecer agora.",),
    Act.EXTRA_PROPOSAL: ("Posso incluir? {facts}. Responda sim para incluir ou não para deixar sem.",),
    Act.EXTRA_ADDED: ("Pronto, ficou incluído: {facts}. 🐾",),
    Act.MY_STAYS: ("Suas estadias:\n{stays}\nPara mudar algo, é só me falar.",),
    Act.NO_STAYS: ("Não encontrei nenhuma estadia sua reservada.",),
    Act.WHICH_STAY: ("Qual destas estadias seria?\n{stays}",),
    Act.STAY_CANCELLATION_PROPOSAL: (
        "Quer mesmo desistir da estadia? {facts}. Responda sim para desistir ou não para manter.",
    ),
}

TRAINING: dict[Act, tuple[str, ...]] = {
    Act.TRAINING_DAYS: ("Para sessões de adestramento temos vaga nestes dias:\n{days}",),
    Act.NO_TRAINING_DAYS: (
        "Nas duas semanas seguintes não temos vaga para adestramento. Quer que eu chame uma pessoa da equipe?",
    ),
    Act.TRAINING_BEGINS: ("Vamos fazer a avaliação de {name} em seis perguntas curtas.",),
    Act.MORE_WORDS: ("Pode contar um pouco mais, com uma frase inteira?",),
    Act.ASK_ROUTINE: ("Como é a rotina de {name}: passeios, sono, horas sem companhia?",),
    Act.ASK_PROBLEMS: ("Quais comportamentos de {name} você quer mudar?",),
    Act.ASK_FAMILY: ("Quem convive com {name} em casa, e como é essa convivência?",),
    Act.ASK_HEALTH: ("Como está e como foi a saúde de {name}: doenças, remédios, dores?",),
    Act.ASK_OBSERVATION: ("Como {name} reage a outros cães, a visitas e a barulhos?",),
    Act.ASK_GOALS: ("O que você espera que {name} aprenda?",),
    Act.ASK_RHYTHM: (
        "Avaliação de {name} completa! Quantas sessões por semana (uma, duas ou três) e por quantas semanas?",
    ),
    Act.PLAN_PROPOSAL: ("Posso montar o plano? {facts}. Responda sim para começar ou não para deixar como está.",),
    Act.PLAN_REFUSED: ("Não consegui montar o plano por aqui. Quer que eu chame uma pessoa da equipe?",),
    Act.PLANNED: ("Tudo pronto, {facts}. A equipe combina as datas com você. 🐾",),
}

CATALOGUE: dict[Act, tuple[str, ...]] = {**TALK, **SHOP, **APPOINTMENTS, **PETS, **STAYS, **TRAINING}
