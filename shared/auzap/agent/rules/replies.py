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
    "booked": r"agendei|marquei|confirmei|(?:fiz|fizemos|efetuei|conclui)\s+(?:o|a|seu|sua)\s+(?:agendamento|marcacao)|i(?: have|'ve)? (?:booked|scheduled|confirmed)|(?:we've|we have|we) (?:booked|scheduled)",
    "reserved": r"reservei|(?:fiz|fizemos|efetuei|conclui)\s+(?:o|a|seu|sua)\s+(?:pre-?)?reserva|garanti\s+(?:o|a|seu|sua)\s+(?:horario|vaga|lugar|diaria)|(?:i(?: have|'ve)?|we've|we have|we) reserved",
    "approved": r"aprovei|aprovamos|(?:i|we)(?: have|'ve)? approved",
    "checked_in": r"(?:fiz|fizemos|registrei|registramos)\s+(?:o\s+)?check-?in|(?:i|we)(?: have|'ve)? checked (?:\w+ ){1,3}in",
    "proved": r"(?:verifiquei|conferi|comprovei|validei)\s+(?:\w+\s+){0,4}(?:vacinas?|carteir\w+|vermifugo)|i(?: have|'ve)? (?:verified|checked) (?:\w+ ){0,3}(?:vaccines?|vaccination)",
    "requested": r"(?:solicitei|enviei|mandei)\s+(?:o|a|seu|sua)\s+(?:pedido|solicitacao|agendamento|reserva)|i(?: have|'ve)? requested (?:your|the)",
    "planned": r"(?:criei|montei|fechei|fiz|iniciei)\s+(?:o|seu|um)\s+(?:\w+\s+){0,2}plano|i(?: have|'ve)? (?:made|set up|created) (?:the|your|a) (?:\w+ ){0,2}plan",
    "added": r"(?:adicionei|inclui|acrescentei|somei|coloquei)\s+(?:\w+\s+){0,8}(?:n[ao]|ao?|ness[ae]|nest[ae])\s+(?:estadia|hospedagem|reserva|diaria|banho|tosa|consulta|agendamento|atendimento)|i(?: have|'ve)? added (?:\w+ ){0,8}to (?:the|your) (?:stay|booking|reservation|appointment|bath)",
    "updated": r"(?:atualizei|corrigi|alterei|mudei|anotei|marquei)\s+(?:\w+\s+){0,4}(?:cadastro|ficha|porte|peso|raca|idade|pelagem|vacinas?|vermifugo|carteir\w+|alergias?|prontuario|restricoes)|i(?: have|'ve)? updated",
    "remembered": r"(?:guardei|salvei|gravei|memorizei)\s+(?:\w+\s+){0,3}(?:preferencias?|nome|informac(?:ao|oes)|isso)|i(?: have|'ve)? (?:saved|stored) (?:your|that|it)",
    "rescheduled": r"remarquei|reagendei|(?:mudei|passei|transferi|troquei|alterei)\s+(?:o|a|seu|sua)\s+(?:\w+\s+){0,3}?(?:agendamento|marcacao|reserva|horario|banho|tosa|consulta|vacina)|i(?: have|'ve)? (?:rescheduled|moved)|(?:we've|we have|we) (?:rescheduled|moved)",
    "cancelled": r"cancelei|desmarquei|(?:fiz|fizemos|efetuei|conclui)\s+o\s+cancelamento|i(?: have|'ve)? cancell?ed|(?:we've|we have|we) cancell?ed",
    "paid": r"(?:recebi|recebemos)\s+(?:o\s+)?(?:seu\s+)?(?:pagamento|pix|valor|sinal)|(?:pagamento|pix)\s+(?:ja\s+)?caiu|payment\s+(?:was\s+|has been\s+)?received|(?:i|we)(?: have|'ve)? received (?:your|the) payment",
    "refunded": r"estornei|reembolsei|estornamos|reembolsamos|devolvi\s+(?:o|seu)\s+(?:valor|dinheiro)|(?:i|we)(?: have|'ve)? refunded",
    "registered": r"cadastrei|registrei|i(?: have|'ve)? registered",
    "waitlisted": r"(?:coloquei|inclui|adicionei|inseri|inscrevi|anotei|pus|botei|deixei)\s+(?:\w+\s+){0,8}na\s+(?:nossa\s+)?(?:lista|fila)(?:\s+de\s+espera)?|i(?: have|'ve)? (?:added|put) (?:\w+ ){0,8}(?:on|to) (?:the|our) wait(?:ing )?list",
    "unlisted": r"(?:tirei|removi|retirei|exclui)\s+(?:\w+\s+){0,8}da\s+(?:nossa\s+)?(?:lista|fila)(?:\s+de\s+espera)?|i(?: have|'ve)? (?:removed|taken) (?:\w+ ){0,8}(?:off|from) (?:the|our) wait(?:ing )?list",
    "repeated": r"(?:criei|programei|montei|configurei|ativei|deixei)\s+(?:\w+\s+){0,8}(?:recorrentes?|recorrencia|repeticao|repetind[oa]|fix[oa]s?|tod[oa]s? (?:as? |os? )?(?:semanas?|mes(?:es)?)|a cada (?:\w+ )?(?:semanas?|mes(?:es)?))|i(?: have|'ve)? (?:set up|made|created) (?:\w+ ){0,4}(?:recurring|repeating|regular|weekly|monthly)",
    "unrepeated": r"(?:encerrei|parei|interrompi|finalizei|desativei)\s+(?:\w+\s+){0,4}(?:recorrencia|recorrentes?|repeticao|horario fixo)|i(?: have|'ve)? (?:ended|stopped) (?:\w+ ){0,4}(?:recurring|repeating|regular|series)",
}
# The plural is past or future: it claims nothing after these words.
DID_TOGETHER = {
    "booked": r"agendamos|marcamos|confirmamos",
    "reserved": r"reservamos",
    "rescheduled": r"remarcamos|reagendamos",
    "cancelled": r"cancelamos|desmarcamos",
    "registered": r"cadastramos|registramos",
}
TO_COME = r"\b(?:que|e|depois|dai|ai|entao|logo|so|se|nao|como|onde|quando|sempre|normalmente|a gente|nos)\s+(?:ja\s+|nos\s+)?$"
IS = {
    "booked": r"(?:agendad|marcad|confirmad)[oa]s?|booked|scheduled|confirmed",
    "reserved": r"(?:pre-?)?reservad[oa]s?|(?:reserva|hospedagem|estadia|diaria)\s+(?:(?!so\b|nao\b|ainda\b)\w+\s+){0,2}(?:feita|garantida|aprovada)|reserved",
    "approved": r"(?:reserva|hospedagem|estadia|vaga|hotel|creche|diarias?)\s+(?:(?!so\b|nao\b|ainda\b|sera\b|quando\b|aguarda\b)\w+\s+){0,8}aprovad[oa]s?|(?:stay|reservation)\s+(?:(?!not\b|once\b|be\b)\w+\s+){0,4}approved",
    "checked_in": r"(?:ja\s+)?(?:fez|feito|realizado)\s+(?:o\s+)?check-?in|check-?in\s+(?:\w+\s+){0,2}(?:feito|realizado|concluido)|(?:ja\s+)?deu entrada|(?:esta|ja esta)\s+hospedad[oa]|is checked in|has checked in",
    "proved": r"(?:vacinas?|carteir\w+|vermifugo)\s+(?:(?!nao\b|ainda\b|so\b|sem\b|precisam?\b|devem?\b|for\b|forem\b|ser\b|serem\b|estar\b|estiver\w*\b|sejam?\b|que\b)\w+\s+){0,4}(?:verificad|comprovad|conferid|validad)[oa]s?|(?<!se )(?<!se as )vacinas?\s+(?:d\w+\s+(?:\w+\s+)?)?(?:ja\s+)?estao\s+(?:\w+\s+)?em dia|vaccines?\s+(?:(?!not\b|must\b|be\b|once\b)\w+\s+){0,3}(?:verified|proved|up to date)",
    "planned": r"plano\s+(?:\w+\s+){0,5}(?:criado|montado|fechado|ativo|aprovado)|plan (?:\w+ ){0,2}(?:is set|created|approved)",
    "added": r"(?:adicionad|incluid|acrescentad)[oa]s?\s+(?:na|a|nessa|nesta)\s+(?:estadia|hospedagem|reserva|diaria)|added to (?:the|your) (?:stay|booking|reservation)",
    "updated": r"(?:cadastro|ficha|prontuario|carteir\w+)\s+(?:\w+\s+){0,3}(?:atualizad|corrigid|alterad)[oa]|(?:record|profile) (?:\w+ ){0,2}updated",
    "rescheduled": r"(?:remarcad|reagendad)[oa]s?|rescheduled",
    "cancelled": r"(?:cancelad|desmarcad)[oa]s?|cancell?ed",
    "paid": r"(?:pagamento|pix|sinal)\s+(?:\w+\s+){0,2}(?:confirmad|recebid|aprovad|identificad)o|(?:esta|foi|tudo)\s+pag[oa]|payment (?:\w+ ){0,2}(?:confirmed|approved)",
    "refunded": r"(?:valor|dinheiro|pagamento)\s+(?:\w+\s+){0,2}(?:estornad|reembolsad|devolvid)o|(?:estorno|reembolso)\s+(?:\w+\s+){0,1}(?:feito|realizado|efetuado|aprovado)|refunded",
    "waitlisted": r"(?:esta|estao|ficou|ficaram|entrou|entraram|foi (?:incluid|adicionad|colocad|inscrit)[oa])\s+na\s+(?:nossa\s+)?(?:lista|fila)\s+de\s+espera|(?:is|are|you're|was added|has been added) (?:now )?(?:on|to) (?:the|our) wait(?:ing )?list",
    "unlisted": r"(?:saiu|sairam|esta fora|foi (?:removid|retirad|tirad)[oa])\s+da\s+(?:nossa\s+)?(?:lista|fila)\s+de\s+espera|(?:is|are|you're|was|were) (?:now )?(?:off|removed from|taken off) (?:the|our) wait(?:ing )?list",
    "repeated": r"(?:recorrencia|repeticao|horario fixo|agendamento recorrente)\s+(?:\w+\s+){0,2}(?:criad|ativad|programad|configurad)[oa]|(?:recurring|regular) appointments? (?:\w+ ){0,2}(?:set up|active|created)",
    "unrepeated": r"(?:recorrencia|repeticao|horario fixo|agendamento recorrente)\s+(?:\w+\s+){0,2}(?:encerrad|interrompid|parad|desativad|finalizad)[oa]|(?:recurring|regular) appointments? (?:\w+ ){0,2}(?:ended|stopped)",
}
# Acts of which the same may be said: what was moved, or is expected, or was approved, is booked; what is booked is reserved too.
ALSO = {
    "booked": ("rescheduled", "confirmed", "approved"),
    # An extra may be booked at once with its appointment.
    "added": ("booked", "requested"),
    "reserved": ("booked", "rescheduled", "confirmed", "approved", "requested"),
    "requested": ("booked", "reserved"),
    "approved": ("booked", "confirmed"),
    "proved": ("approved",),
    "registered": ("updated", "remembered"),
    "updated": ("registered", "remembered", "booked", "rescheduled"),
    "remembered": ("updated", "registered"),
}
# A tool that lists appointments shows how they stand.
STANDING = {
    "booked": r"(?m)\| (?:confirmed|approved|staying)\s*$",
    "reserved": r"(?m)\| (?:confirmed|requested|approved|awaiting assessment|staying)\s*$",
    "approved": r"(?m)\| (?:approved|staying)\s*$",
    "checked_in": r"(?m)\| staying\s*$",
    "proved": r"(?m)\| (?:approved|staying)\s*$|\bdeworming are proved\b|\| seen by the team\b",
    "planned": r"(?m)\| (?:planned|running)\s*$",
    "cancelled": r"(?m)\| cancelled\s*$",
    "waitlisted": r"(?m)\| (?:waiting|offered)\s*$",
    "repeated": r"(?m)\| every \d+ (?:week|month)s?\b",
}
# "ainda não está agendado", "quando for confirmado", "com hora marcada": no claims.
HEDGE = (
    r"\b(?:(?:nao|nada|nenhuma?|nunca|sem|quando|assim que|caso|not|once|when|until|nothing)\s+(?:\w+\s+){0,2}"
    r"|(?:ser|seja|for|estiver|estiverem|tiver|be|get)\s+(?:\w+\s+)?|com\s+(?:hora|horario)\s+)$"
)

# "Assim que você confirmar, o horário fica reservado": what comes after a comma is still to come.
ONCE = r"\b(?:(?:assim que|depois que|quando|se)\s+(?:(?:a\s+)?equipe\s+(?:conferir|aprovar|avaliar|verificar)|(?:as\s+)?vacinas?\s+(?:for|forem|estiver\w*))\b|(?:assim que|depois que|quando|se)\s+(?:voce\s+)?(?:me\s+)?(?:confirmar|responder|disser|mandar|escolher|quiser|concordar)|(?:once|when|if|after)\s+you\s+(?:confirm|reply|say|choose|agree))\b"

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
