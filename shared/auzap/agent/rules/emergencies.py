"""How people write that an animal is in danger, and what sounds like it and is not: patterns over folded sentences."""

# fmt: off
EATEN_PT = r"(?:comeu|comendo|ingeriu|engoliu|lambeu|bebeu|mastigou|mordeu|abocanhou)"
POISON_PT = (
    r"(?:venenos?|chumbinho|raticida|inseticida|formicida|agrotoxico|soda caustica|agua sanitaria|candida|desinfetante|alvejante|"
    r"produto(?:s)? de limpeza|detergente|naftalina|anticongelante|creolina|cloro|thinner|querosene|gasolina|tinta|"
    r"chocolates?|bombo(?:m|ns)|uvas?(?:[ -]passas?)?|cebolas?|xilitol|cigarros?|maconha|planta (?:venenosa|toxica)|lirio|comigo[- ]ninguem[- ]pode|"
    r"espirradeira|sapo|cogumelos?|(?:meu|minha|nosso|nossa) (?:\w+ )?(?:remedio|medicamento|medicacao)|remedios? (?:humano|de gente|de pressao|da minha|do meu|meu)|"
    r"(?:cartela|caixa|vidro|frasco)s? (?:inteir[oa] )?de (?:\w+ )?(?:remedio|comprimidos?|medicamento|dipirona|paracetamol|ibuprofeno)|paracetamol|ibuprofeno|diclofenaco)"
)
SWALLOWED_PT = r"(?:agulha|anzol|pilha|bateria|moeda|cacos?|vidro|prego|parafuso|linha|elastico|sacola|plastico|osso|caroco|brinquedo|bolinha|meia|pedra|palito|espinho)s?"
# The dots of "tá...", the words between what is wrong and with whom.
HERE = r"(?:esta|ta|estao|tao|ficou|fica|continua)"

# Signs are cheap to look for: a sentence without one of them needs no pattern.
DANGERS: tuple[tuple[tuple[str, ...], str], ...] = (
    # Fits and fainting.
    (("convul",), r"\b(?:convulsionand\w+|convulsionou|convulsiona|convulsao|convulsoes|convulcao)\b"),
    (("epilep", "espum", "babando"), r"\bataque epilep\w+|\bespumando\b|\bbabando\b.{0,40}\btrem\w+|\btrem\w+.{0,40}\bbabando\b"),
    (("desmai", "desacord", "inconsciente", "dur", "apagou"), r"\bdesmai(?:ou|ad[oa]|ando)\b(?! de (?:sono|cansac|tanto))|\bdesacordad[oa]\b|\binconsciente\b|\bcaiu dur[oa]\b|\bapagou\b.{0,20}\bnao (?:acorda|volta)\b"),
    (("nao ",), r"\bnao (?:esta |ta )?(?:acorda(?:ndo)?|reag\w+|se mexe|mexendo)\b(?! cedo)|\bnao (?:esta |ta )?respond\w+ (?:a|ao|aos|quando) (?:\w+ )?(?:cham|estim|toque)\w*"),
    (("nao ", "paralis"), r"\bnao (?:esta |ta )?(?:consegue|conseguindo|aguenta)\s+(?:nem )?(?:(?:se )?levantar|ficar (?:de|em) pe|se mexer|mexer as patas)\b(?! (?:muito|por))|\bparalis(?:ou|ad[oa])\b"),
    # Poison, bites and stings, things swallowed.
    (("comeu", "comendo", "ingeriu", "engoliu", "lambeu", "bebeu", "mastig", "mordeu", "abocanh"), rf"\b{EATEN_PT}\s+(?:\w+,?\s+){{0,5}}{POISON_PT}\b"),
    (("engoli",), rf"\b(?:engoliu|engolido)\s+(?:\w+\s+){{0,4}}{SWALLOWED_PT}\b"),
    (("envenen", "intoxic"), r"\benvenen(?:ad[oa]|ou|aram|amento)\b|\bintoxic(?:ad[oa]|ou|acao)\b"),
    (("pic", "mord"), r"\b(?:picad[oa]|mordid[oa])\s+(?:\w+\s+){0,2}(?:cobra|escorpiao|aranha|marimbondos?|abelhas?|vespas?|jararaca|cascavel)\b|\b(?:cobra|escorpiao|aranha|abelhas?|jararaca)\s+(?:\w+\s+)?(?:picou|mordeu|picaram)\b"),
    # Bleeding and wounds.
    (("sangr", "sangue", "hemorragia"), r"\bsangrando\b|\bsangra (?:muito|sem parar)\b|\bnao para de sangrar\b|\bhemorragia\b|\bsangramento\b|\b(?:muito|perdendo|perdeu muito|poca de|jorrando) sangue\b"),
    (("sangue",), r"\b(?:vomit\w+|coco|fezes|diarreia|xixi|urina\w*|tossi\w+|evacu\w+)\s+(?:\w+\s+){0,2}sangue\b|\bsangue (?:no|na|pelo|pela) (?:vomito|boca|nariz|focinho|xixi|coco|fezes|urina)\b"),
    (("atropel", "carro", "moto", "onibus", "caminhao", "bicicleta"), r"\batropel(?:ad[oa]|ou|aram|amento)\b|\b(?:carro|moto|onibus|caminhao|bicicleta) (?:\w+ )?(?:bateu|passou por cima|pegou)\b"),
    (("caiu", "despencou", "pulou"), r"\b(?:caiu|despencou|pulou)\s+(?:\w+\s+){0,3}(?:janela|varanda|sacada|predio|telhado|laje|andar|escada abaixo)\b"),
    (("levou", "tomou", "fratura", "osso ", "quebrou"), r"\b(?:levou|tomou)\s+(?:um |uma )?(?:tiro|facada|choque|pancada|paulada)\b|\bfratura\b|\bosso (?:exposto|pra fora|para fora|aparecendo)\b|\bquebrou (?:a|o|as|uma) (?:pata|perna|patinha|perninha|coluna|costela|bacia)s?\b"),
    (("queim", "afog", "olho", "tripa"), r"\bse queimou\b|\bqueimad[oa] (?:com|por|pel[oa]|no|na)\b|\bqueimadura\b|\bafog(?:ou|ad[oa]|ando|amento)\b|\bolho (?:\w+ )?(?:saiu|saltou|pra fora|para fora|pulou)\b|\btripas?\b.{0,20}\bfora\b"),
    (("atacad", "mordid", "estracalhad"), r"\b(?:foi |ser )?(?:atacad[oa]|mordid[oa]|estracalhad[oa])\s+(?:por|pel[oa]s?)\s+(?:\w+\s+){0,3}(?:cachorros?|caes|cao|pitbulls?|rottweilers?)\b"),
    # Breath.
    (("respir", " ar", "folego"), r"\bnao (?:\w+ ){0,2}respir\w+|\bfalta de ar\b|\bsem (?:ar|respirar|folego)\b|\bdificuldade (?:\w+ ){0,2}respira\w*|\brespira(?:ndo|cao)? (?:\w+ )?(?:mal|com dificuldade|muito rapido|ofegante|pela boca|curtinh\w+)\b"),
    (("engasg", "sufoc", "asfixi", "parou", "enforc", "rox", "azul", "lingua", "gengiva"), r"\bengasg(?:ad[oa]|ou|ando)\b|\bsufoc(?:ad[oa]|ando|ou)\b|\basfixi\w+|\bparou de respirar\b|\benforc(?:ou|ad[oa]|ando)\b|\b(?:esta|ta|ficou) (?:todo |toda )?(?:rox[oa]|azulad[oa])\b(?! de )|\blingua (?:\w+ ){0,2}(?:roxa|azul\w*|branca)\b|\bgengivas? (?:\w+ ){0,2}(?:brancas?|roxas?|palidas?|azul\w*)\b"),
    # The belly, the bladder, birth, heat.
    (("barriga", "torcao", "vomitar"), r"\bbarriga (?:\w+ ){0,4}(?:inchad[oa]|inchou|inchando|estufad[oa]|estufou|dilatad[oa]|dur[oa] (?:como|que nem|feito|igual))\b|\btorcao (?:gastrica|de estomago|do estomago)\b|\btenta(?:ndo)? vomitar\b.{0,20}\bnao (?:sai|consegue)\b"),
    (("nao ",), r"\bnao (?:\w+ ){0,2}consegu\w+ (?:fazer xixi|urinar|mijar)\b(?! (?:no|na|em|fora|dentro|quando))|\bnao (?:\w+ )?(?:urina|faz xixi|mija) (?:nada|direito|desde|ha|faz|tem|e chora|e grita)\b"),
    (("filhote", "bebe", "parir", "parto", "insolacao", "golpe", "hipertermia"), r"\b(?:filhotes?|bebe) (?:esta |ta |ficou )?(?:pres[oa]|entalad[oa])\b|\bnao consegue (?:parir|ter os filhotes)\b|\bparto (?:\w+ )?(?:complicad[oa]|parado|travad[oa])\b|\binsolacao\b|\bgolpe de calor\b|\bhipertermia\b"),
    # In so many words.
    (("agoniz", "parada ", "um ", "ultimas", "anafilatico", "alergica", "inch"), r"\bagoniz\w+|\bparada (?:cardiaca|cardiorrespiratoria|respiratoria)\b|\b(?:teve|tendo|sofreu) um (?:avc|infarto|derrame|treco)\b|\bnas ultimas\b|\bchoque anafilatico\b|\breacao alergica (?:grave|forte|severa)\b|\b(?:inchou|inchando) (?:\w+ ){0,2}(?:cara|rosto|focinho|garganta)\b|\b(?:cara|rosto|focinho|garganta) (?:\w+ ){0,2}(?:inchou|inchando|muito inchad[oa])\b"),
    (("morre",), rf"\b{HERE} (?:quase )?morrendo\b(?! de )|\bvai morrer\b(?! de )|\bacho que (?:ele|ela|\w+) (?:esta |ta |vai )?morre\w*\b(?! de )|\bmorrendo[,.!]* (?:socorro|me ajud\w+)"),
    (("socorro", "emergencia", "urgencia", "passando"), r"(?<!do )\bsocorro[,.! ]+(?:\w+ )?(?:meu|minha|o|a|ele|ela) (?:\w+ ){0,2}(?:passando|cachorr\w+|gat\w+|pet|caiu|nao|esta|ta)\b|\b(?:e|eh) (?:uma )?(?:emergencia|urgencia veterinaria)\b|\bpassando muito mal\b|\bemergencia (?:com|aqui com)? ?(?:o )?(?:meu|minha)\b"),
    # In English.
    (("seiz", " fit", "collaps", "unconscious", "unresponsive", "passed out", "wake", "foaming"), r"\b(?:having a|had a|a) (?:seizure|fit)\b|\bseizures?\b|\bseizing\b|\b(?:collapsed|unconscious|unresponsive|passed out)\b|\bwon'?t wake up\b|\bfoaming\b"),
    (("ate ", "eaten", "swallowed", "drank", "licked", "poisoned", "snake", "scorpion", "bitten"), r"\b(?:ate|eaten|swallowed|drank|licked)\s+(?:\w+\s+){0,4}(?:poison|chocolate|grapes?|raisins?|onions?|xylitol|bleach|antifreeze|pills?|medication|battery|needle|bone|socks?)\b|\bpoisoned\b|\b(?:snake|scorpion) (?:bit|bite|stung)\w*|\bbitten by a (?:snake|spider|dog)\b"),
    (("bleeding", "breath", "choking", "hit by", "run over", "fell "), r"\bbleeding\b|\b(?:can'?t|cannot|not|isn'?t|stopped|trouble|difficulty|struggling to) (?:\w+ )?breath\w*|\bchoking\b|\bhit by a (?:car|bike|truck)\b|\brun over\b|\bfell (?:from|off|out of) (?:\w+ ){0,2}(?:window|balcony|roof)\b"),
    (("belly", "stomach", "abdomen", "can't", "dying", "heat", "emergency"), r"\b(?:belly|stomach|abdomen) (?:is |looks )?(?:\w+ )?(?:bloated|swollen|hard)\b|\bcan'?t (?:pee|urinate|stand|get up)\b|\b(?:is|he's|she's) dying\b(?! to)|\bheat ?stroke\b|\bit'?s an emergency\b"),
)
# Said of long ago, of what might be, of what is over, or in jest.
CALM: tuple[str, ...] = (
    r"\b(?:ano|mes|semana) passad[oa]\b|\b(?:ha|faz|tem|fazem) (?:uns? |umas? |mais de |quase |alguns |algumas )?(?:\w+ )?(?:anos?|mes|meses|semanas?)\b|\b(?:anos?|mes(?:es)?|semanas?) (?:atras|ja)\b|\b(?:in|since) (?:19|20)\d\d\b|\bem (?:19|20)\d\d\b",
    r"\bquando (?:ele |ela |\w+ )?era\b|\bja (?:teve|foi|tinha|engoliu|comeu|desmaiou|convulsionou)\b|\b(?:costuma|costumava|as vezes)\b|\b(?:historico|casos?|risco|risc[oa]s|sintomas?|sinais|prevenir|prevencao|evitar|medo) (?:\w+ )?(?:de|do|da|contra)\b|\bcontrolad[oa]\b|\bcontra (?:convuls|envenen|picad)\w*",
    r"\b(?:se|caso) (?:(?:ele|ela|o|a|um|uma|eu|meu|minha|algum|alguma|por|houver|tiver|for|der|meus) ){0,4}(?:\w+ )?(?:tiver|ter|comer|engasgar|passar|sangrar|for|acontecer|precisar|houver|morder|engolir|cair|convulsionar|desmaiar|machucar|ingerir|der|ficar)\b|\bem caso de\b|\bo que (?:fazer|faco) (?:se|quando|em)\b",
    r"\bquase (?:foi|teve|caiu|engasgou)\b|\b(?:ja|agora) (?:(?:esta|ta) (?:bem|melhor|otim[oa]|recuperad[oa])|passou|melhorou|parou|sarou|recuperou|voltou ao normal)\b|\bmas (?:ja )?(?:esta|ta|ficou|passou|melhorou)(?: tudo)? ?(?:bem|otim[oa]|melhor)?\b(?= ?(?:,|\.|!|$|bem|melhor|otim|agora))|\bfoi so (?:um )?susto\b|\bse recuperou\b|\brecuperad[oa]\b|\bpassa bem\b",
    r"\b(?:adot\w+|resgat\w+|faleceu|partiu|perdi|morreu)\b|\b(?:no|do|num|um) (?:filme|video|documentario|desenho|jogo)\b|\bk{3,}\b|\b(?:ha){2,}\b|\b(?:rs){2,}\b|\b(?:a|de) mentir(?:a|inha)\b|\bbrincadeira\b",
    r"\b(?:last|a) (?:year|month|week) ?(?:ago)?\b|\byears? ago\b|\bmonths? ago\b|\b(?:used to|history of|in case of|what if|what to do if|if (?:he|she|my|it|a))\b|\b(?:is|he's|she's|it's) (?:fine|ok|okay|better) now\b|\balmost\b|\blol\b",
)
# Just before a danger it denies it: "não está sangrando", "sem sangramento"; "não sei, está sangrando" does not.
DENIED = r"\b(?:nao|nunca|nem|sem|not|no|never|isn'?t|wasn'?t|didn'?t)\s+(?:(?:e|eh|esta|ta|teve|tem|foi|houve|ha|mais|um|uma|nenhuma?|has|had|have|is|was|been|any|a|an|ter|ser)\s+){0,3}$"

URGENT = (
    r"\burgente(?:mente)?\b|\burgencia\b|\bo (?:mais|quanto) (?:rapido|antes)(?: possivel)?\b|\bimediatamente\b|\bagora mesmo\b|\b(?:ainda|pra|para) hoje\b"
    r"|\bnao (?:posso|da (?:pra|para)) esperar\b|\bcom pressa\b|\bcorrendo\b(?! (?:no|na|pel|atras))|\burgent(?:ly)?\b|\basap\b|\bright (?:now|away)\b|\bas soon as possible\b|\bimmediately\b"
)
# fmt: on
