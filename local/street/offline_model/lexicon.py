"""The words of a pet shop's chat, as data: what a phrase asks for, and what a pet is."""

import re
from enum import StrEnum

from local.street.offline_model.text import words


class Intent(StrEnum):
    EMERGENCY = "emergency"
    PERSON = "person"
    COMPLAINT = "complaint"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    LIST_BOOKINGS = "list_bookings"
    LIST_PETS = "list_pets"
    REGISTER_PET = "register_pet"
    BOOK = "book"
    FREE_TIMES = "free_times"
    PRICES = "prices"
    SERVICES = "services"
    HOURS = "hours"
    LOCATION = "location"
    GREETING = "greeting"
    THANKS = "thanks"
    BYE = "bye"
    YES = "yes"
    NO = "no"


def either_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(alternatives)})")


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
    Intent.PERSON: either_of(
        r"\b(?:falar|conversar|fala|contato) com (?:uma? |o |a |os |as |algum |alguma )?"
        r"(?:pessoa|atendente|humano|alguem|gente|dono|dona|gerente|responsavel|equipe|veterinari)",
        r"\batendente|\bhuman[oa]\b|\bpessoa (?:de verdade|real)\b|\bme liga\b|\bme ligue",
    ),
    Intent.COMPLAINT: either_of(
        r"\breclama(?:r|cao|coes|ndo)?\b|\bpessim|\bhorrivel|\babsurdo|\bprocon\b|\bindignad|\bdecepcion|\binsatisfeit",
        r"\bmal atendid|\bmachuca(?:ram|do|da)|\bnao gostei|\bnunca mais\b|\bfalta de respeito",
    ),
    Intent.CANCEL: either_of(r"\bcancel", r"\bdesmarc", r"\bnao vou (?:mais )?(?:poder |conseguir )?(?:ir|levar)\b"),
    Intent.RESCHEDULE: either_of(
        r"\bremarc|\breagend",
        r"\b(?:mudar|trocar|alterar|adiar) (?:o |a |de )?(?:meu |minha )?(?:horario|dia|data|agend)",
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
    Intent.REGISTER_PET: either_of(
        r"\bcadastr(?:o|a|ar|e|em)\b",
        r"\b(?:registrar|incluir|adicionar) (?:\w+ ){0,3}(?:pet|cachorr|gat)",
        r"\b(?:novo|nova) (?:pet|cachorr|gat|filhote)",
        r"\b(?:adotei|ganhei|comprei) (?:um|uma) (?:pet|cachorr|gat|filhote|coelh)",
    ),
    Intent.BOOK: either_of(
        r"\b(?:marca|agenda|reserva|encaixa)(?:r|ria|mos)?\b|\bmarque\b|\bagende\b|\bencaixe\b",
        r"\b(?:quero|queria|gostaria de|preciso|vou querer|da pra) (?:\w+ ){0,2}?"
        r"(?:dar|fazer|levar|banho|tosa|tosar|vacina|vacinar|consulta|hidratacao|horario)\b",
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
        r"\bquanto (?:custa|fica|e|sai|esta|cobra|seria|que)|\bprecos?\b|\bvalor(?:es)?\b|\btabela\b|\bcusta\b"
    ),
    Intent.SERVICES: either_of(
        r"\bservicos?\b|\bque (?:e que )?voces (?:fazem|oferecem|tem)\b",
        r"\bvoces (?:fazem|dao|oferecem|trabalham)\b",
    ),
    Intent.HOURS: either_of(
        r"\b(?:horario|horarios) de (?:funcionamento|atendimento|voces)|\bhorario da loja|\bqual (?:e )?o horario de",
        r"\b(?:que horas|ate que horas|quando) (?:e que )?(?:voces )?(?:abre|fecha|funciona|atende)",
        r"\b(?:abre|abrem|fecha|fecham|funciona|funcionam|aberto|aberta|abertos)\b",
        r"\batendem? (?:de|no|na|aos|ate|hoje|amanha|sabado|domingo)\b",
    ),
    Intent.LOCATION: either_of(
        r"\bonde (?:fica|e|voces|esta)|\benderecos?\b|\blocalizacao|\bcomo (?:chego|chegar)|\bqual (?:a )?rua"
    ),
    Intent.GREETING: either_of(r"^(?:oi|oie|ola|opa|e ai|eai|bo[am] (?:dia|tarde|noite)|hey|hello|salve|alo)\b"),
    Intent.THANKS: either_of(r"\bobrigad|\bvaleu\b|\bagradec"),
    Intent.BYE: either_of(
        r"\btchau\b|\bate (?:mais|logo|breve|amanha|a proxima)\b|\b(?:era )?so isso\b|\bnada mais\b|\bfalou\b"
    ),
    Intent.YES: either_of(
        r"^(?:sim|isso|ok|okay|pode|claro|quero|confirm\w*|beleza|certo|perfeito|com certeza|bora|fechado|otimo|exato)\b",
        "^👍",
    ),
    Intent.NO: either_of(r"^nao\b(?! (?:sei|entendi))|^negativo\b|^nenhum\w*\b|^melhor nao\b|^deixa\b"),
}

# Asked for their own sake, whatever else the customer is about.
APART = frozenset({Intent.EMERGENCY, Intent.PERSON, Intent.COMPLAINT, Intent.HOURS, Intent.LOCATION, Intent.PRICES})

ORDINALS = (
    (re.compile(r"\bprimeir[oa]\b"), 0),
    (re.compile(r"\bsegund[oa] (?:opcao|horario|alternativa)\b|\bo segundo\b"), 1),
    (re.compile(r"\bterceir[oa]\b"), 2),
    (re.compile(r"\bultim[oa]\b"), -1),
)

SPECIES = (
    (re.compile(r"\bcachorr\w*|\bcao\b|\bcaes\b|\bcadela\w*|\bcaozinho|\bdoguinh\w*"), "dog"),
    (re.compile(r"\bgat(?:o|a|os|as|inho|inha)\b|\bfelin[oa]\b|\bbichano\b"), "cat"),
    (re.compile(r"\bpassar\w*|\bcalopsita\w*|\bperiquito\w*|\bpapagaio\w*|\bave\b|\bcanario\w*"), "bird"),
    (re.compile(r"\bcoelh\w*"), "rabbit"),
    (re.compile(r"\bhamster\w*|\bporquinh\w* da india|\btartaruga\w*|\bfurao\b|\bjabuti\w*|\bchinchila\w*"), "other"),
)

SIZES = (
    (re.compile(r"\bpequenin\w*|\bpequen[oa]s?\b|\bmini\b|\btoy\b"), "small"),
    (re.compile(r"\bmedi[oa]s?\b"), "medium"),
    (re.compile(r"\bgrand(?:e|ao|ona|inho)s?\b"), "large"),
    (re.compile(r"\bgigantes?\b|\benorme\b"), "giant"),
)
SIZE_LETTERS = {"p": "small", "m": "medium", "g": "large", "gg": "giant"}
SIZE_LETTER = re.compile(r"\b(?:porte|tamanho) (?P<letter>p|m|gg|g)\b")
LONE_SIZE_LETTER = re.compile(r"(?:^|[ ,])(?P<letter>p|m|gg|g)(?:$|[ ,.])")
WEIGHT = re.compile(r"\b(?P<kilos>\d{1,3})(?:[.,]\d+)? ?(?:kg|kgs|kilos?|quilos?)\b")
# Up to so many kilograms.
WEIGHT_SIZES = ((10, "small"), (25, "medium"), (45, "large"), (999, "giant"))

BREEDS: dict[str, tuple[str, str]] = {
    "vira lata": ("SRD", "dog"),
    "vira-lata": ("SRD", "dog"),
    "viralata": ("SRD", "dog"),
    "srd": ("SRD", "dog"),
    "sem raca": ("SRD", "dog"),
    "labrador": ("Labrador", "dog"),
    "golden retriever": ("Golden Retriever", "dog"),
    "golden": ("Golden Retriever", "dog"),
    "poodle": ("Poodle", "dog"),
    "shih tzu": ("Shih Tzu", "dog"),
    "shihtzu": ("Shih Tzu", "dog"),
    "shitzu": ("Shih Tzu", "dog"),
    "lhasa": ("Lhasa Apso", "dog"),
    "yorkshire": ("Yorkshire", "dog"),
    "york": ("Yorkshire", "dog"),
    "maltes": ("Maltês", "dog"),
    "spitz": ("Spitz Alemão", "dog"),
    "lulu": ("Spitz Alemão", "dog"),
    "pinscher": ("Pinscher", "dog"),
    "pug": ("Pug", "dog"),
    "bulldog": ("Bulldog", "dog"),
    "buldogue": ("Bulldog", "dog"),
    "pitbull": ("Pit Bull", "dog"),
    "pit bull": ("Pit Bull", "dog"),
    "rottweiler": ("Rottweiler", "dog"),
    "pastor alemao": ("Pastor Alemão", "dog"),
    "border collie": ("Border Collie", "dog"),
    "beagle": ("Beagle", "dog"),
    "dachshund": ("Dachshund", "dog"),
    "salsicha": ("Dachshund", "dog"),
    "husky": ("Husky Siberiano", "dog"),
    "chow chow": ("Chow Chow", "dog"),
    "schnauzer": ("Schnauzer", "dog"),
    "cocker": ("Cocker Spaniel", "dog"),
    "boxer": ("Boxer", "dog"),
    "dalmata": ("Dálmata", "dog"),
    "dogue alemao": ("Dogue Alemão", "dog"),
    "siames": ("Siamês", "cat"),
    "persa": ("Persa", "cat"),
    "maine coon": ("Maine Coon", "cat"),
    "angora": ("Angorá", "cat"),
    "calopsita": ("Calopsita", "bird"),
}

SERVICE_WORDS = {
    "tosar": "tosa",
    "tosinha": "tosa",
    "banhar": "banho",
    "banhinho": "banho",
    "vacinar": "vacina",
    "vacinacao": "vacina",
    "veterinario": "consulta",
    "veterinaria": "consulta",
    "consultar": "consulta",
    "hidratar": "hidratacao",
    "hospedar": "hospedagem",
    "hotel": "hospedagem",
    "hotelzinho": "hospedagem",
    "creche": "daycare",
}

# What may follow "pro", "chama" or "meu cachorro" without being a pet's name.
NOT_NAMES = frozenset(
    words(
        """
    a ao aos as o os e ou um uma uns umas de da do das dos em no na nos nas com sem por para pra pro que se
    eu ele ela eles elas voce voces mim me meu minha meus minhas seu sua dele dela isso isto esse essa este esta
    esses essas aquele aquela nesse nessa neste nesta outro outra outros outras mesmo mesma algum alguma qualquer
    hoje amanha depois ontem agora cedo tarde noite manha dia dias semana mes hora horas horario horarios vez final fim
    comeco inicio meio proximo proxima primeiro primeira segundo segunda terca quarta quinta sexta sabado domingo seg
    qua qui sab feira que vem as ja la aqui ai entao tambem ainda mais menos muito muita bem sim nao oi ola opa bom boa
    marcar agendar reservar dar fazer levar buscar ver saber tomar ir vir ter ser falar cancelar cortar tosar banhar
    vacinar pagar cadastrar confirmar mudar trocar quero queria gostaria preciso pode podia poderia tem teria vai vou
    foi era esta estao estou fica custa quanto qual quais quando onde como porque obrigado obrigada valeu por favor
    banho banhos tosa vacina consulta hidratacao servico servicos unha unhas hospedagem hotel creche daycare corte
    pet pets bicho bichinho animal cachorro cachorra cachorrinho cachorrinha cao cadela gato gata gatinho gatinha
    filhote coelho coelha passaro ave nome chama chamado chamada raca porte tamanho peso anos ano mes meses kg quilos
    pequeno pequena medio media grande gigante mini toy p m g gg macho femea novo nova dono dona pessoa atendente
    sei acho acha uns umas tipo mistura informar peludo peluda filhotinho velhinho idoso adulto adulta so
    loja casa gente todos todas tudo nada verdade possivel atendimento funcionamento
    """
    )
)
BREED_WORDS = frozenset(word for breed in BREEDS for word in re.split(r"[ -]", breed))

PET_WORD = r"(?:cachorr\w*|cadela|cao|gat[oa]\w*|pet|filhote|coelh[oa]\w*|bichinho|amig\w+|" + "|".join(BREEDS) + ")"
# The second member tells whether the name must be written with a capital, where anything else may follow too.
NAMINGS = (
    (re.compile(r"\b(?:se )?cham(?:a|ado|ada)(?: de)? (?P<name>[a-z]+)"), False),
    (re.compile(r"\bnome (?:d\w+ )?(?:\w+ )?e (?:o |a )?(?P<name>[a-z]+)"), False),
    (re.compile(r"\b(?:pro|pra|para o|para a|para) (?:(?:meu|minha) )?(?:" + PET_WORD + r" )?(?P<name>[a-z]+)"), False),
    (re.compile(r"\b(?:meu|minha|uma?) " + PET_WORD + r",? (?:o |a )?(?P<name>[a-z]+)"), True),
    (re.compile(r"\b(?:do|da|no|na|e o|e a|o|a) (?P<name>[a-z]+)"), True),
)

SPECIES_NAMES = {"dog": "cachorro", "cat": "gato", "bird": "ave", "rabbit": "coelho", "other": "outro bichinho"}
SIZE_NAMES = {"small": "pequeno", "medium": "médio", "large": "grande", "giant": "gigante"}
