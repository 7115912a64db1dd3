"""What a reply may not say, as patterns over folded text (lower case, no accents), and how grave each rule is."""

from auzap.agent.incidents import Kind, Severity

# fmt: off
RULES: dict[str, tuple[Kind, Severity]] = {
    "length": ("validation_failed", "low"),
    "markup": ("validation_failed", "medium"),
    "language": ("validation_failed", "low"),
    "price": ("validation_failed", "high"),
    "percentage": ("validation_failed", "high"),
    "time": ("validation_failed", "medium"),
    "date": ("validation_failed", "medium"),
    "weekday": ("validation_failed", "medium"),
    "claim": ("validation_failed", "high"),
    "will_return": ("validation_failed", "low"),
    "link": ("validation_failed", "high"),
    "personal_data": ("validation_failed", "critical"),
    "dosage": ("validation_failed", "high"),
    "diagnosis": ("validation_failed", "high"),
    "inner_words": ("prompt_leak", "high"),
    "rules_recited": ("prompt_leak", "high"),
    "human_claim": ("identity_leak", "high"),
    "model_identity": ("identity_leak", "medium"),
    "promise": ("over_promise", "high"),
    "politics": ("off_topic", "medium"),
    "religion": ("off_topic", "medium"),
}

MARKUP = r"</?[a-z!][^<>]{0,200}>|!?\[[^\]]{0,200}\]\([^)]{0,400}\)|```|\{\s*\"|\"\s*:\s*[\"{\[]"

# What a reply may only say when the act was done in this turn: that one did it, or that it is so.
DID = {
    "booked": r"agendei|marquei|reservei|confirmei|remarquei|(?:fiz|fizemos|efetuei|conclui)\s+(?:o|a|seu|sua)\s+(?:agendamento|reserva|marcacao)|garanti\s+(?:o|a|seu|sua)\s+(?:horario|vaga)|i(?: have|'ve)? (?:booked|scheduled|reserved|confirmed)|(?:we've|we have|we) (?:booked|scheduled|reserved)",
    "cancelled": r"cancelei|desmarquei|(?:fiz|fizemos|efetuei|conclui)\s+o\s+cancelamento|i(?: have|'ve)? cancell?ed|(?:we've|we have|we) cancell?ed",
    "paid": r"(?:recebi|recebemos)\s+(?:o\s+)?(?:seu\s+)?(?:pagamento|pix|valor|sinal)|(?:pagamento|pix)\s+(?:ja\s+)?caiu|payment\s+(?:was\s+|has been\s+)?received|(?:i|we)(?: have|'ve)? received (?:your|the) payment",
    "refunded": r"estornei|reembolsei|estornamos|reembolsamos|devolvi\s+(?:o|seu)\s+(?:valor|dinheiro)|(?:i|we)(?: have|'ve)? refunded",
    "registered": r"cadastrei|registrei|i(?: have|'ve)? registered",
}
# The plural is past or future: it claims nothing after these words.
DID_TOGETHER = {
    "booked": r"agendamos|marcamos|reservamos|confirmamos|remarcamos",
    "cancelled": r"cancelamos|desmarcamos",
    "registered": r"cadastramos|registramos",
}
TO_COME = r"\b(?:que|e|depois|dai|ai|entao|logo|so|se|nao|como|onde|quando|sempre|normalmente|a gente|nos)\s+(?:ja\s+|nos\s+)?$"
IS = {
    "booked": r"(?:agendad|marcad|reservad|confirmad|remarcad)[oa]s?|booked|scheduled|rescheduled|reserved|confirmed",
    "cancelled": r"(?:cancelad|desmarcad)[oa]s?|cancell?ed",
    "paid": r"(?:pagamento|pix|sinal)\s+(?:\w+\s+){0,2}(?:confirmad|recebid|aprovad|identificad)o|(?:esta|foi|tudo)\s+pag[oa]|payment (?:\w+ ){0,2}(?:confirmed|approved)",
    "refunded": r"(?:valor|dinheiro|pagamento)\s+(?:\w+\s+){0,2}(?:estornad|reembolsad|devolvid)o|(?:estorno|reembolso)\s+(?:\w+\s+){0,1}(?:feito|realizado|efetuado|aprovado)|refunded",
}
# A tool that lists appointments shows how they stand.
STANDING = {
    "booked": r"(?m)\| confirmed\s*$",
    "cancelled": r"(?m)\| cancelled\s*$",
}
# "ainda não está agendado", "quando for confirmado", "com hora marcada": no claims.
HEDGE = (
    r"\b(?:(?:nao|nada|nenhuma?|nunca|sem|quando|assim que|caso|not|once|when|until|nothing)\s+(?:\w+\s+){0,2}"
    r"|(?:ser|seja|for|estiver|estiverem|tiver|be|get)\s+(?:\w+\s+)?|com\s+(?:hora|horario)\s+)$"
)

# "Assim que você confirmar, o horário fica reservado": what comes after a comma is still to come.
ONCE = r"\b(?:(?:assim que|depois que|quando|se)\s+(?:voce\s+)?(?:me\s+)?(?:confirmar|responder|disser|mandar|escolher|quiser|concordar)|(?:once|when|if|after)\s+you\s+(?:confirm|reply|say|choose|agree))\b"

# An answer is the last word of a turn: nobody goes and looks after it, unless a person takes over.
WILL_RETURN = (
    r"\b(?:ja|logo|em breve|daqui a pouco)\s+(?:eu\s+)?(?:te\s+|lhe\s+)?(?:retorno|volto)\b|\b(?:retorno|volto)\s+(?:com|ja|em|assim)\b"
    r"|\b(?:so\s+)?um\s+(?:momento|instante|momentinho|instantinho|minutinho|segundinho)\b|\baguarde\b|\ba?guarda\s+(?:so\s+)?um\b"
    r"|\b(?:vou|deixa eu|deixe-me)\s+(?:verificar|checar|consultar|conferir)\b"
    r"|\bi(?:'ll| will)\s+(?:check|get back|look into|find out)\b|\b(?:one|just a)\s+(?:moment|minute|second)\b"
)

# Every word with an underscore is ours too, unless the shop shows it.
INNER_WORDS = r"\b(?:system prompt|prompt do sistema|minhas instrucoes|meu prompt|my (?:system )?prompt|my instructions|tool call|chamada de ferramenta)\b|\[result\]|\[the customer"
SNAKE = r"(?<![@./\w])[a-z0-9]+(?:_[a-z0-9]+)+\b"

HUMAN = (
    r"(?<!nao )\bsou\s+(?:uma?\s+)?(?:pessoa|human[oa]|gente|atendente de verdade)\b|\bnao sou\s+(?:uma?\s+)?(?:robo|bot|ia|maquina|inteligencia artificial|assistente virtual)\b"
    r"|\bi(?:'m| am) (?:a )?(?:human|real person|person)\b|\bi(?:'m| am) not (?:a |an )?(?:robot|bot|ai|machine)\b"
)
MODEL_IDENTITY = (
    r"\b(?:sou|como)\s+(?:(?:uma?|so|apenas|na verdade)\s+)*(?:ia|i\.a\.|inteligencia artificial|modelo de linguagem|modelo de ia|llm|rede neural|chatbot|programa de computador)\b"
    r"|\b(?:i(?:'m| am)|as)\s+(?:(?:just|only|an?)\s+)*(?:ai|a\.i\.|artificial intelligence|(?:large )?language model|llm|chatbot|neural network|computer program)\b"
    r"|\bmodelo de linguagem\b|\blanguage model\b|\bfui (?:treinad[oa]|programad[oa]|desenvolvid[oa]) (?:pel[oa]|por)\b|\bi was (?:trained|developed|created) by\b|\bcreated by (?:openai|google|meta|anthropic)\b"
)
# Some are names of people and pets too: what the shop or the contact is called is allowed.
VENDORS = r"\b(?:openai|open ai|chat ?gpt|gpt-?\d[\w.-]*|gpt|anthropic|claude|gemini|llama ?\d?|mistral|deepseek|copilot|bedrock|google ai|meta ai|bard|qwen)\b"

# "para garantir o seu horário" promises nothing, and "não temos desconto" neither.
PROMISED = r"(?:descontos?|promoc(?:ao|oes)|cupom|cupons|brindes?|cashback|bonus|cortesia|mimo|gratuidade|discounts?|coupons?|freebies?|promotions?)"
PROMISE = (
    rf"\b(?:faco|fazemos|dou|damos|tem|temos|ganha|ganhe|ganhou|ganham|consigo|conseguimos|concedo|aplico|apliquei|aplicamos|libero|liberei|oferec\w+|com|recebe|leva|tera|vai ter|fica com|give|offer|have|get|with|apply|applied)\s+(?:\w+\s+){{0,3}}{PROMISED}\b"
    rf"|\b{PROMISED}\s+(?:especial|exclusiv[oa]|garantid[oa]|liberad[oa]|aplicad[oa]|de\s+\d|para voce|pra voce|for you)\b"
    r"|\b(?:e|sao|is|are|como)\s+(?:uma?\s+|an?\s+)?(?:cortesia|brindes?|mimo|presente|gift|freebie)\b"
    r"|\b(?:gratis|gratuit[oa]s?|gratuitamente|de graca|por nossa conta|por conta da casa|sem (?:custo|cobrar nada)|nao (?:paga|vai pagar) nada|free of charge|for free|is free|on the house|at no cost)\b"
    r"|\b(?:garanto|garantimos|garantia|garantid[oa]s?|te prometo|prometo|prometemos|guaranteed?|i promise|we promise)\b"
    r"|\b100\s?%|\bcem por cento\b|\b(?:sem|zero) riscos?\b|\brisk[- ]free\b|\b(?:vai|ira) (?:curar|ficar curad[oa])\b|\bcura garantida\b|\b(?:nunca mais|jamais) (?:vai|tera)\b|\bmetade do preco\b|\bhalf price\b|\bo mais barato\b|\bmelhor preco\b"
)
NO_PROMISE = r"\b(?:nao(?! so\b| se preocupe)|nem|sem|nenhuma?|infelizmente|sobre|(?:ver|saber|verificar|perguntar) se|not(?! only\b)|don't|can't|cannot|unfortunately|about)\s+(?:\w+\s+){0,2}$"

# By topic: said as an opinion or a story, not the refusal to speak of it ("não falo de política").
TOPICS = {
    "politics": r"\b(?:bolsonar\w+|presidente lula|lulis\w+|petist\w+|esquerdistas?|direitistas?|comunis\w+|fascis\w+|eleic(?:ao|oes)|eleitor\w*|(?:votar?|vote|voto) (?:em|no|na|contra|for)|partidos? politicos?|impeachment|deputad[oa]s?|senador(?:a|es)?|governo federal|congresso nacional|reforma tributaria|donald trump|joe biden|elections?|republicans?|democrats?)\b",
    "religion": r"\b(?:jesus cristo|biblia|evangelhos?|salmos?|alcorao|umbanda|candomble|islamismo|budismo|espiritismo|ateismo|pecados?|pecador\w*|deus (?:existe|quer|castiga|perdoa)|aceite jesus|vida eterna|igreja catolica|vaticano|the bible|jesus christ|quran|koran|sinners?|god (?:exists|wants))\b",
}

MEASURE = r"\b\d+(?:[.,]\d+)?\s?(?:mg|ml|mcg)\b"
DOSE = (
    r"\b\d+(?:[.,]\d+)?\s?(?:gotas?|comprimidos?|capsulas?|pills?|tablets?|drops)\b"
    r"|\b(?:meio|metade|uma?|dois|duas|half|one|two)\s+(?:de\s+um\s+|an?\s+)?(?:comprimidos?|capsulas?|gotas?|pills?|tablets?|drops?)\b"
)
DRUGS = r"\b(?:dipirona|paracetamol|ibuprofen[o]?|diclofenaco|amoxicilina|cefalexina|prednisona|prednisolona|dexametasona|ivermectina|meloxicam|tramadol|metronidazol|enrofloxacina|doxiciclina|omeprazol|aspirina|aas|tylenol|buscopan|cetoconazol|furosemida|gabapentina|acetaminophen|amoxicillin|aspirin)\b"
ILLNESS = r"(?:dermatite|otite|sarna|alergia|vermes?|gripe|infecc(?:ao|oes)|virose|cinomose|parvovirose|micose|gastrite|conjuntivite|leishmaniose|giardia|anemia|artrose|displasia|convulsao|epilepsia|diabetes|cancer|tumor|pneumonia|ear infection|dermatitis|mange|worms|allergy|infection)"
DIAGNOSIS = rf"\b(?:parece(?: ser)?|pode ser|deve ser|provavelmente (?:e|tem|esta com)|com certeza (?:e|tem)|e sinal de|isso e|trata-se de|looks like|sounds like|probably (?:has|is)|it's|it is)\s+(?:(?:uma?|so|apenas|an?|the)\s+)*{ILLNESS}\b"
ILL = rf"\b(?:esta com|ta com|tem|pegou|sofre de|has|got)\s+(?:(?:uma?|an?)\s+)?({ILLNESS})\b"
# fmt: on
