"""The words of a pet shop's chat for animals, as data: what a pet is, and which words may be its name."""

import re

from local.street.offline_model.text import words

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
# Taken out before the size is looked for: "pelo médio" is no size.
COAT = re.compile(
    r"\bpel(?:o|os|agem) (?:\w+ )?(?P<said>curt|baix|medi|long|comprid|grand)\w*|\b(?P<long>pelud|felpud)\w*"
    r"|\b(?P<lone>curt|long|comprid)[oa]\b(?= *(?:$|[,.;]))"
)
COATS = {"curt": "short", "baix": "short", "medi": "medium"}
AGES = re.compile(
    r"\b(?P<years>\d{1,2}|um|uma|dois|duas|tres|quatro|cinco|seis|sete) (?:aninho|ano)s?(?P<half> e meio)?"
    r"(?: e (?P<more>\d{1,2}) mes(?:es)?)?\b"
    r"|\b(?P<months>\d{1,2}|um|dois|duas|tres|quatro|cinco|seis|sete) mes(?:es|inhos)?\b"
)
# Three months and forty days are no pet's age when they are about what was or will be.
NOT_AGES = re.compile(
    r"\b(?:a cada|ha|faz|daqui a?|por|durante|em) (?:\d+|um|uma|dois|duas|tres|quatro|cinco|seis|sete) (?:ano|mes)\w*"
)
TEMPERAMENTS = re.compile(
    r"\b(?:docil|doceis|calm[oa]|tranquil[oa]|brav[oa]|agitad[oa]|medros[oa]|brincalh(?:ao|ona)|ansios[oa]|agressiv[oa]|timid[oa]"
    r"|carinhos[oa]|arisc[oa]|sociavel|assustad[oa]|morde|mans[oa]|reativ[oa]|desconfiad[oa]|cheia? de energia)\b"
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
    "shih-tzu": ("Shih Tzu", "dog"),
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
    "siamesa": ("Siamês", "cat"),
    "persa": ("Persa", "cat"),
    "maine coon": ("Maine Coon", "cat"),
    "angora": ("Angorá", "cat"),
    "calopsita": ("Calopsita", "bird"),
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
    pelo pelos pelagem curto curta longo longa comprido comprida docil calmo calma bravo brava agitado agitada medroso
    medrosa tranquilo tranquila brincalhao brincalhona ansioso ansiosa aninho aninhos mesinhos carinhoso carinhosa
    feriado natal carnaval pascoa reveillon viagem virada quarto suite gatil camera passeio passeios adestramento
    adestrar treino aula aulas racao petisco shampoo areia coleira brinquedo remedio preferencia cuidado noticia noticias
    promocao promocoes ambos ambas dois duas tres quinzena lista espera vaga humano gerente equipe responsavel tutor
    tutora limpeza ouvido ouvidos veterinario veterinaria higienica completa cliente conta cadastro historico saude
    """
    )
)
BREED_WORDS = frozenset(word for breed in BREEDS for word in re.split(r"[ -]", breed))

PET_WORD = r"(?:cachorr\w*|cadela|cao|gat[oa]\w*|pet|filhote|coelh[oa]\w*|bichinho|amig\w+|" + "|".join(BREEDS) + ")"
TO_SOMEBODY = r"\b(?:pro|pra|para o|para a|para) (?:(?:meu|minha) )?(?:" + PET_WORD + r" )?"
# "Pra estacionar", "para ele comer".
VERB = r"[a-z]+[aei]r(?:em|mos)?\b"
# The second member tells whether the name must be written with a capital, where anything else may follow too.
NAMINGS = (
    (re.compile(r"\b(?:se )?cham(?:a|ado|ada)(?: de)? (?P<name>[a-z]+)"), False),
    (re.compile(r"\bnome (?:d\w+ )?(?:\w+ )?e (?:o |a )?(?P<name>[a-z]+)"), False),
    (re.compile(TO_SOMEBODY + r"(?!" + VERB + r")(?P<name>[a-z]+)"), False),
    (re.compile(TO_SOMEBODY + r"(?P<name>[a-z]+)"), True),
    (re.compile(r"\b(?:meu|minha|uma?) " + PET_WORD + r",? (?:o |a )?(?P<name>[a-z]+)"), True),
    (re.compile(r"\b(?P<name>[a-z]+) e uma? " + PET_WORD + r"\b"), False),
    (re.compile(r"\b(?P<name>[a-z]+)(?: e|,|:) " + PET_WORD + r"\b"), True),
    (re.compile(r"\b(?:do|da|no|na|e o|e a|o|a|e) (?P<name>[a-z]+)"), True),
)

OWN_PET = re.compile(r"\b(?:meu|minha|d[oa] meu|da minha) (?:" + PET_WORD + r")\b|\bdel[ea]\b|\b(?:nele|nela)\b")
# A name of the customer's own.
INTRODUCTIONS = re.compile(r"\b(?:aqui (?:quem fala )?e|eu sou|sou|me chamo|meu nome e) (?:o |a )?[a-z]+")

COAT_NAMES = {"short": "curto", "medium": "médio", "long": "longo"}
SPECIES_NAMES = {"dog": "cachorro", "cat": "gato", "bird": "ave", "rabbit": "coelho", "other": "outro bichinho"}
SIZE_NAMES = {"small": "pequeno", "medium": "médio", "large": "grande", "giant": "gigante"}
