"""What phrases of a pet shop's chat ask for, as data."""

import re
from enum import StrEnum


class Intent(StrEnum):
    EMERGENCY = "emergency"
    ENGLISH = "english"
    PERSON = "person"
    COMPLAINT = "complaint"
    HEALTH = "health"
    NEWS_OFF = "news_off"
    NEWS_ON = "news_on"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    CONFIRM = "confirm"
    LEAVE_WAITLIST = "leave_waitlist"
    WAITLIST = "waitlist"
    END_SERIES = "end_series"
    RECUR = "recur"
    ADD = "add"
    HOTEL = "hotel"
    DAYCARE = "daycare"
    EXTRAS = "extras"
    LIST_STAYS = "list_stays"
    TRAINING = "training"
    TRAINING_DAYS = "training_days"
    LIST_BOOKINGS = "list_bookings"
    LIST_PETS = "list_pets"
    PET_RECORD = "pet_record"
    UPDATE_PET = "update_pet"
    VACCINE_TOLD = "vaccine_told"
    REMEMBER = "remember"
    FORGET = "forget"
    TELL_NAME = "tell_name"
    REGISTER_PET = "register_pet"
    PRODUCTS = "products"
    BOOK = "book"
    FREE_TIMES = "free_times"
    PRICES = "prices"
    SERVICES = "services"
    DOES = "does"
    HOURS = "hours"
    LOCATION = "location"
    RULES = "rules"
    IDENTITY = "identity"
    ASKS_LEAVE = "asks_leave"
    PRAISE = "praise"
    REFUSES = "refuses"
    GREETING = "greeting"
    THANKS = "thanks"
    LISTENS = "listens"
    BYE = "bye"
    YES = "yes"
    NO = "no"


def either_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(alternatives)})")


# What people have done beside a bath.
BESIDE = r"\b(?:unhas?|unhinhas?|ouvid\w+|orelh\w+|hidrata\w*)\b"

VACCINES = r"(?:v ?8|v ?10|anti ?rrabica|raiva|gripe|giardia|vacinas?|vermifug\w*|polivalente|quadrupla|quintupla)"

TRAININGS = r"(?:adestra\w*|aulas?|treinos?|treinamento)\b"
ASKS_WHEN = (
    r"\b(?:(?:que|quais|qual)(?: sao)?(?: os)? dias?|quando|(?:tem|ha|teria)(?: alguma?)? (?:vagas?|dias?|horarios?))\b"
)

# Matched against text made `plain`: no accents, no capitals, abbreviations written out.
PHRASES: dict[Intent, re.Pattern[str]] = {
    Intent.EMERGENCY: either_of(
        r"\bvomit\w* (?:com )?(?:muito )?sangue",
        r"\bsangue (?:no|na|nas|nos) (?:vomito|fezes|coco|urina|xixi)",
        r"\bconvuls",
        r"\b(?:nao (?:esta |consegue )?|sem |par(?:ando|ou) de |dificuldade (?:para|de|pra) )respira",
        r"\benvenena|\bveneno\b|\bchumbinho\b|\bintoxica",
        r"\batropela",
        r"\bdesmai|\binconsciente",
        r"\bsangrando|\bengasg|\bemergencia",
    ),
    Intent.ENGLISH: either_of(
        r"\b(?:speak|in) english\b",
        r"(?:\b(?:the|you|your|is|are|my|please|would|like|for|hello|hi|and|what|how|much|want|need|book|dog|cat|tomorrow|bath)\b"
        r".*){4}",
    ),
    Intent.PERSON: either_of(
        r"\b(?:falar|conversar|fala|contato) com (?:uma? |o |a |os |as |algum |alguma )?"
        r"(?:pessoa|atendente|humano|alguem|gente|dono|dona|gerente|responsavel|equipe|veterinari)",
        r"\batendente|\bhuman[oa]\b(?!\?)|\bpessoa (?:de verdade|real)\b(?!\?)|\bme liga\b|\bme ligue",
    ),
    Intent.COMPLAINT: either_of(
        r"\breclama(?:r|cao|coes|ndo)?\b|\bpessim|\bhorrivel|\babsurdo|\bprocon\b|\bindignad|\bdecepcion|\binsatisfeit",
        r"\bchatead|\barranha|\bmal atendid|\bmachuca(?:ram|do|da)|\bnao gostei|\bnunca mais\b|\bfalta de respeito",
    ),
    Intent.HEALTH: either_of(
        r"\b(?:esta|estao|ficou|anda|amanheceu|comecou a|comecou com|com) (?:muito |meio |um pouco )?"
        r"(?:com )?(?:muita |uma? )?(?:vomit\w+|diarreia|coceira|cocando|se cocando|mancando|febre|feridas?"
        r"|machucad[oa]|tossindo"
        r"|tosse|caroco|secrecao|apatic[oa]|doente|abatid[oa]|inchad[oa]|carrapatos?|pulgas?)\b",
        r"\b(?:dipirona|paracetamol|ibuprofeno|dosagem)\b"
        r"|\b(?:quant[ao]s?|qual|que) (?:a )?(?:gotas?|comprimidos?|doses?|remedios?)\b",
        r"\b(?:vomitou|passando mal|passou mal|nao (?:quer |esta querendo )?(?:comer|come|comendo|beber|bebendo))\b",
    ),
    Intent.NEWS_OFF: either_of(
        r"\bnao (?:quero|queria|desejo) (?:mais )?(?:receber )?(?:as |mais )*(?:promocoes|promocao|novidades"
        r"|propagandas?|noticias|ofertas)",
        r"\b(?:parar?|parem|pare) de (?:me )?(?:mandar|enviar|receber) (?:as |mais )*(?:promoc|novidade|propaganda"
        r"|noticia|oferta|mensage)",
    ),
    Intent.NEWS_ON: either_of(
        r"\b(?:quero|pode|podem|gostaria de) (?:voltar a |me )?(?:receber|mandar|enviar) (?:as |mais )*(?:promoc"
        r"|novidade|noticia|oferta)"
    ),
    Intent.CANCEL: either_of(
        r"\bcancel",
        r"\bdesmarc",
        r"\b(?:nao vai|nao vao|nao vamos) mais\b(?! (?:ter|precisar|querer|custar))",
        r"\b(?:tira|tirar|tire) (?:o |a |esse |essa |aquele |aquela )?"
        r"(?:banho|tosa|consulta|agendamento|horario)\b(?! d[aeo] (?:lista|fila))",
        r"\bnao vou (?:mais )?(?:poder |conseguir )?(?:ir|levar)\b",
    ),
    Intent.RESCHEDULE: either_of(
        r"\bremarc|\breagend",
        r"\b(?:mudar|trocar|alterar|adiar|mover|passar|antecipar) (?:o |a |de )?(?:meu |minha )?(?:horario|dia|data"
        r"|agend|banho|tosa|consulta)",
        r"\b(?:mud|mov|pass|adi|antecip)(?:ar|er|a|e) (?:\w+ ){0,4}?(?:para|pra|pro|pras|pros) (?:o |a |as )?"
        r"(?:dia|segunda|terca|quarta|quinta|sexta|sabado|domingo|amanha|outr[oa]|\d)",
        r"^(?:entao )?(?:deixa|deixar|joga) (?:\w+ ){0,2}?(?:pra|para) (?:a |o )?(?:semana|proxima|segunda|terca|quarta|quinta"
        r"|sexta|sabado|amanha|depois de amanha|outr[oa])",
    ),
    Intent.CONFIRM: either_of(
        r"\bconfirm\w* (?:a |minha |nossa |a minha )?(?:presenca|ida)\b",
        r"\b(?:vou|vamos|iremos|irei) (?:sim|com certeza|estar la|comparecer)\b",
    ),
    Intent.LEAVE_WAITLIST: either_of(r"\b(?:sair|tira\w*|remov\w+|cancel\w+) (?:\w+ ){0,3}(?:lista|fila) de espera"),
    Intent.WAITLIST: either_of(
        r"\b(?:lista|fila) de espera\b",
        r"\bme (?:avis\w+|cham\w+) (?:se|quando|caso) (?:\w+ ){0,3}(?:vag|abrir|surgir|libera|desist|aparec)",
        r"\bentrar na (?:lista|fila)\b",
    ),
    Intent.END_SERIES: either_of(
        r"\b(?:parar|para|encerr\w+|cancel\w+|acab\w+|tir\w+) (?:\w+ ){0,3}(?:recorren\w+|repeticao|repetir|fixo"
        r"|agendamento automatico)",
    ),
    Intent.RECUR: either_of(
        r"\ba cada (?:\d+|uma?|duas|dois|tres|quatro|quinze|15) (?:dias|semanas?|mes(?:es)?)",
        r"\b(?:toda|todas as) (?:semanas?|segundas?|tercas?|quartas?|quintas?|sextas?)\b|\btodo (?:mes|sabado"
        r"|domingo)\b|\btodos os (?:meses|sabados)\b",
        r"\btod[ao]s?(?: as)? quinzenas?\b|\bde (?:15|quinze) em (?:15|quinze)\b",
        r"\b(?:quinzenal|semanal|mensal)(?:mente)?\b|\b(?:horario|banho) fixo\b|\brecorrente\b|\brepetir (?:o|a|esse|este)\b",
        r"\bse repit[ae]\w*\b|\b(?:banho|horario|tosa) (?:\w+ ){0,3}repetid[oa]\b",
    ),
    Intent.ADD: either_of(
        r"\b(?:poe|ponha|coloca|coloque|colocar|bota|botar|inclui|inclua|incluir|acrescenta\w*|adicion[ae]\w*)\b"
        r"(?! (?:\w+ ){0,3}(?:lista|fila|pet|cachorr\w*|gat\w*))",
        rf"{BESIDE}.*\b(?:tambem|junto|aproveit\w+)\b|\b(?:tambem|aproveit\w+)\b.*{BESIDE}",
        # Which is taken off again is one of them too.
        rf"\b(?:tira|tirar|tire|remove|remover|remova)\b.*{BESIDE}",
        rf"{BESIDE}.*\b(?:no|na) (?:banho|tosa|consulta|agendamento) (?:d[aeo]|que)\b",
    ),
    Intent.HOTEL: either_of(
        r"\b(?:hotel|hotelzinho|hospeda\w*|pernoite|estadia|diarias?)\b|\bdeixar (?:\w+ ){1,3}(?:ai|com voces)\b"
    ),
    Intent.DAYCARE: either_of(r"\b(?:creche|day ?care|creche ?zinha)\b"),
    Intent.EXTRAS: either_of(
        r"\b(?:extras?|adicionais|adicional|servicos? (?:a mais|extra)\w*)\b.*\b(?:hotel|estadia|creche|hospeda\w*|reserva)"
    ),
    Intent.LIST_STAYS: either_of(
        r"\b(?:minhas?|meu|meus|tenho|qual|quando e|como esta) (?:\w+ ){0,3}(?:reservas?|estadias?"
        r"|hospedage\w+) (?:d[oe] |no |na )?(?:hotel|creche)",
        r"\bminhas? (?:estadias?|hospedage\w+)\b",
    ),
    # On which days there is room for it.
    Intent.TRAINING_DAYS: either_of(
        rf"{ASKS_WHEN} (?:.*\b)?{TRAININGS}",
        rf"\b{TRAININGS}.*{ASKS_WHEN}",
    ),
    Intent.TRAINING: either_of(
        r"\badestra\w*|\baulas? (?:de obediencia|para (?:o |a )?(?:meu |minha )?cachorr\w+)|\btreina(?:r|mento|dor)\b"
    ),
    Intent.LIST_BOOKINGS: either_of(
        r"\bmeus? (?:proximos? )?(?:agendamentos?|horarios?|banhos?|reservas?)\b",
        r"\b(?:tenho|tem|ficou|esta) (?:algum |alguma )?(?:\w+ )?(?:marcad|agendad)",
        r"\b(?:quando|que horas|que dia) (?:e|ficou|esta|vai ser|sera) (?:o |a )?(?:meu|minha|banho|tosa|consulta)\b",
    ),
    Intent.LIST_PETS: either_of(
        r"\bmeus (?:pets|bichos|bichinhos|cachorros|gatos|animais)\b",
        r"\b(?:quais|que) (?:sao os )?(?:pets|bichos)",
        r"\bpets? (?:\w+ )?cadastrad",
    ),
    Intent.PET_RECORD: either_of(
        r"\b(?:o )?que (?:e que )?(?:voce|voces) (?:sabe|sabem|tem|lembra|anotou|tem anotado)\w* (?:sobre |d[oae] |de )",
        r"\b(?:ficha|prontuario|historico|cadastro|carteirinha|caderneta) d[oae] ",
        r"\b(?:vacinas?|saude) d[oae] \w+ (?:esta|estao|ta)\b|\bquais vacinas (?:d[oae] |faltam|o |a )(?!exigid)",
        r"\bcomo (?:esta|estao) (?:a saude|as vacinas) d[oae] ",
    ),
    Intent.UPDATE_PET: either_of(
        r"\b(?:e|tem|ficou) alergic[oa]\b|\balergia a\b|\btem medo d[eoa]\b|\btoma (?:remedio|medicamento|insulina"
        r"|anticonvulsivante)",
        r"\b(?:agora (?:ele |ela )?(?:pesa|esta com)|esta pesando|pesa) \d",
        r"\b(?:precisa|usa) (?:de )?focinheira\b|\b(?:e|foi) castrad[oa]\b|\bcorrig\w+|\batualiz\w+",
    ),
    Intent.VACCINE_TOLD: either_of(
        rf"\b(?:tomou|tomaram|ja tomou|deu|dei|demos|recebeu|aplicou|aplicamos|vacinei) (?:\w+ ){{0,4}}?{VACCINES}\b",
        rf"\bfoi vacinad[oa]\b|\bvacinei\b|\bestou com a (?:carteirinha|vacina)|\b{VACCINES} (?:foi|foram) (?:dada"
        rf"|aplicada|em|no dia)",
    ),
    Intent.REMEMBER: either_of(
        r"(?<!\bvoce )\b(?:anota|anote|lembra|lembre|guarda|guarde|nao esquece|nao esqueca|fica sabendo|registra|registre) (?:ai "
        r"|isso|que |da |de |:|,|por favor)",
        r"\b(?:sempre prefiro|prefiro sempre|sempre gosto|gosto sempre|da preferencia|tenho preferencia|minha preferencia)\b",
    ),
    Intent.FORGET: either_of(
        r"(?<!nao )(?<!nao se )\b(?:esquec[ae]r?|apag(?:a|ar|ue|uem)|tir(?:a|ar|e)|remov(?:a|e|er)|delet(?:a|ar|e)) (?:\w+ ){0,6}?"
        r"(?:pref[ei]r\w+|anota\w+|anotou|sabem?|lembra\w*|guardou|guardaram|meus dados)\b",
        r"\bnao (?:prefiro|gosto) mais\b|\bja nao prefiro\b|\bnao precisa(?:m)? (?:mais )?lembrar\b",
    ),
    Intent.TELL_NAME: either_of(r"\b(?:meu nome e|me chamo|eu sou (?:o|a)|aqui (?:e|quem fala e) (?:o|a))\b"),
    Intent.REGISTER_PET: either_of(
        r"\bcadastr(?:o|a|ar|e|em)\b",
        r"\b(?:registrar|incluir|adicionar) (?:\w+ ){0,3}(?:pet|cachorr|gat)",
        r"\b(?:novo|nova) (?:pet|cachorr|gat|filhote)",
        r"\b(?:adotei|ganhei|comprei) (?:um|uma) (?:pet|cachorr|gat|filhote|coelh)",
    ),
    Intent.PRODUCTS: either_of(
        r"\b(?:racao|racoes|petiscos?|bifinhos?|ossinhos?|shampoos?|antipulgas?|coleiras?|peitora(?:l|is)|guias?|areia"
        r"|brinquedos?"
        r"|bolinhas?|caminhas?|tapetes? higienicos?|vermifugos? (?:para|pra|a venda)|produtos?|casinhas?|roupinhas?"
        r"|comedouros?|bebedouros?)\b",
        r"\bvoces vendem\b|\bvendem\b",
    ),
    Intent.BOOK: either_of(
        # "Oi, banho pros meus cachorros amanhã": nothing but a service and a day.
        r"^(?:(?:oi+e?|ola|opa|bo[am] (?:dia|tarde|noite))[ ,!.]*)*(?:uma? )?(?:banho|tosa|consulta|vacina)\b(?! (?:custa|fica))"
        r".*\b(?:hoje|amanha|segunda|terca|quarta|quinta|sexta|sabado|dia \d)",
        r"\b(?:marca|agenda|reserva|encaixa)(?:r|ria|mos)?\b|\bmarque\b|\bagende\b|\bencaixe\b",
        r"\b(?:quero|queria|gostaria de|preciso|vou querer|da pra) (?:\w+ ){0,2}?"
        r"(?:dar|fazer|levar|banho|tosa|tosar|vacina|vacinar|consulta|consultar|castrar|castracao|hidratar|cortar"
        r"|escovar|limpar|hidratacao|horario)\b",
    ),
    Intent.FREE_TIMES: either_of(
        r"\b(?:tem|teria|ha|tiver|existe|sobrou) (?:(?:algum|alguma|um|uma|mais|outro|outra) )?"
        r"(?:horario|vaga|hora|agenda|disponibilidade|espaco|encaixe)",
        r"\bhorarios? (?:livre|disponive|vago)|\bvagas?\b|\bdisponibilidade",
        r"\b(?:proximo|primeiro) horario|\bhorario mais proximo",
        r"^(?:(?:quais|que|qual) )?(?:os |o )?horarios?\??$",
        r"\bque horas? (?:tem|voces tem)|\boutros? horarios?\b",
    ),
    Intent.PRICES: either_of(
        r"\bquanto (?:custa|fica|e|sai|esta|cobra|seria|que|da|deu|ficou|vai (?:dar|ficar|sair|custar))\b"
        r"|^(?:e )?quanto ?\??$|\bprecos?\b|\bvalor(?:es)?\b|\btabela\b|\bcusta\b"
    ),
    Intent.SERVICES: either_of(
        r"\bservicos?\b(?! extra)|\bque (?:e que )?voces (?:fazem|oferecem|tem)\b",
    ),
    # Whether something is done or had at all.
    Intent.DOES: either_of(
        r"\bvoces (?:\w+ )?(?:fazem|faz|dao|oferecem|trabalham|tem|cortam|atendem|cuidam|buscam|entregam|tosam|vacinam"
        r"|castram|hidratam|escovam)\b"
    ),
    Intent.HOURS: either_of(
        r"\b(?:horario|horarios) de (?:funcionamento|atendimento|voces)|\bhorario da loja|\bqual (?:e )?o horario de",
        r"\b(?:que horas|quando) (?:e que )?(?:voces )?(?:abre|fecha|funciona|atende)|\bate que horas\b(?! (?:eu |posso|tem))",
        r"\b(?:abre|abrem|abrir(?! (?:uma? |alguma? )?(?:vaga|horario|agenda)))\b",
        r"\b(?:fecha|fecham|fechar|funciona|funcionam|aberto|aberta|abertos)\b",
        r"\batendem? (?:de|no|na|aos|ate|hoje|amanha|sabado|domingo)\b",
    ),
    Intent.LOCATION: either_of(
        r"\bonde (?:fica|e|voces|esta)|\benderecos?\b|\blocalizacao|\bcomo (?:chego|chegar)|\bqual (?:a )?rua"
    ),
    # What the shop's own rules answer, whatever service they are about.
    Intent.RULES: either_of(
        r"\b(?:como (?:e|funciona|sao)|quais vacinas (?:sao )?(?:exigi|precis|obrigat)\w*|(?:e|sao) (?:exigid"
        r"|obrigatori)\w+|exig\w+)\b",
        r"\b(?:o que (?:preciso|devo|tenho que)|preciso|posso|pode|devo|tenho que|da pra) (?:\w+ )?(?:levar|ficar"
        r"|trazer|acompanhar|esperar)\b.*\?",
        r"\b(?:aceita|aceitam|atendem) (?:\w+ ){0,3}(?:cartao|pix|dinheiro|credito|debito|brav\w+|cio|gatos?|coelhos?"
        r"|filhotes?)",
        r"\b(?:formas?|meios?) de pagamento|\bparcel\w+|\btolerancia\b|\bpolitica\b|\bestacionamento\b",
        r"\bprecisam? (?:de |ter |estar |ser |das? )?(?:\w+ )?(?:vacina\w*|carteir\w+|focinheira)\b",
    ),
    Intent.IDENTITY: either_of(
        r"\b(?:voce|vc) (?:e|seria) (?:um |uma |de )?(?:robo|bot|pessoa|human[oa]|ia|maquina|assistente|gente|verdade)",
        r"\b(?:estou|to) falando com (?:um |uma )?(?:robo|bot|pessoa|human[oa]|maquina)",
        r"\bquem (?:e voce|esta falando|fala)\b",
    ),
    # Before the question itself.
    Intent.ASKS_LEAVE: either_of(
        r"\b(?:saber|perguntar|ver|falar) (?:so )?uma coisa ?[.!?]*$"
        r"|\b(?:tirar?|tenho|com) (?:so )?uma (?:duvida|pergunta) ?[.!?]*$"
    ),
    Intent.PRAISE: either_of(
        r"\b(?:adorei|amei|amamos|adoramos|ficou (?:muito |super )?(?:lind|maravilh|perfeit|cheiros|otim|top\b|show\b|bom\b)"
        r"|parabens|voces sao (?:otim|maravilh|demais|incri))\w*|\b(?:vou voltar|voltarei|voltaremos|vamos voltar) sempre\b"
    ),
    Intent.REFUSES: either_of(
        r"\bnao (?:quero|vou|posso|gostaria de) (?:te |lhe |mais )?(?:dizer|informar|passar|falar|dar|contar|responder)\b",
        r"\bprefiro nao\b|\bnao te interessa\b|\b(?:para|pra|por) que (?:voces |voce )?(?:quer|querem|precisa"
        r"|precisam)\b|\bnao e da (?:sua|tua) conta\b",
        r"\bsem (?:dar|passar|informar) (?:\w+ ){0,2}(?:dados|informac\w+)",
    ),
    Intent.GREETING: either_of(r"^(?:oi|oie|ola|opa|e ai|eai|bo[am] (?:dia|tarde|noite)|hey|hello|salve|alo)\b"),
    Intent.THANKS: either_of(r"\bobrigad|\bvaleu\b|\bagradec"),
    # Nothing but a sign of life.
    Intent.LISTENS: either_of(
        r"^(?:h+m+|a+h+|aham|uhum|ata|entendi|sei|legal|massa|bacana|que (?:bom|legal|otimo)|k+|(?:ha|he|rs)+"
        r"|(?:entao |ah+ )?(?:esta|esta bem|desculpa\w*|foi mal|perdao))[ .!]*$"
    ),
    Intent.BYE: either_of(
        r"\btchau\b|\bate (?:mais|logo|breve|amanha|a proxima)\b|\b(?:era )?so isso\b|\bnada mais\b|\bfalou\b"
    ),
    Intent.YES: either_of(
        r"^(?:sim|isso|ok|okay|pode|claro|quero|confirm\w*|beleza|certo|perfeito|com certeza|bora|fechado|otimo|exato"
        r"|esta (?:bom|otimo|certo)|show|joia|top|demorou)\b",
        r"^(?:e )?ess[ea](?: mesm[oa])?[ .!]*$",
        "^👍",
    ),
    Intent.NO: either_of(r"^nao\b(?! (?:sei|entendi))|^negativo\b|^nenhum\w*\b|^melhor nao\b|^deixa\b"),
}

# "Quero que o banho se repita" is about an appointment that there is, "quero marcar banho toda quinta" about a new one.
REPEATS_WHAT_THERE_IS = either_of(
    r"^(?!.*\b(?:marca|agenda|reserva)(?:r|ria)?\b).*\b(?:rep(?:ita|itam|ete|etir|etindo|etido|etida)|(?:fixo|fixa|fixar))\b"
)

# Asked for their own sake, whatever else the customer is about.
APART = frozenset(
    {Intent.EMERGENCY, Intent.PERSON, Intent.COMPLAINT, Intent.HOURS, Intent.LOCATION, Intent.PRICES, Intent.RULES}
)
# Words of a subject, which want something only where nothing is asked about it.
SUBJECTS = frozenset({Intent.HOTEL, Intent.DAYCARE, Intent.TRAINING})
ASKING = frozenset(
    {Intent.DOES, Intent.PRICES, Intent.SERVICES, Intent.HOURS, Intent.RULES, Intent.LIST_STAYS, Intent.EXTRAS}
    | {Intent.TRAINING_DAYS}
)
