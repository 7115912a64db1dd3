"""How customers ask for a person, as patterns over folded text; and what sounds like it and is not."""

# Without one of these there is no such wish.
# fmt: off
WISH_WORDS = (
    "atend", "human", "gerente", "alguem", "pessoa", "responsavel", "funcionari", "supervis", "recepcion", "gente",
    "equipe", "dono", "dona", "proprietari", "person", "agent", "manager", "someone", "somebody", "anyone", "anybody",
    "representative", "staff", "owner", "operator", "employee",
)
# fmt: on

WHO_PT = (
    r"(?:atendentes?|human[oa]s?|ser humano|alguem|gerente|pessoas?|responsavel|funcionari[oa]|gente de verdade|supervisora?|"
    r"recepcionista|equipe|(?:don[oa]|proprietari[oa]) d[ao] (?:loja|pet ?shop|estabelecimento))"
)
WHO_EN = (
    r"(?:person|people|human(?: being)?|agent|manager|someone|somebody|anyone|anybody|representative|attendant|staff|employee|"
    r"supervisor|operator|owner)"
)

PERSON = "|".join(
    (
        rf"\b(?:falar|conversar|tratar|resolver|fala)\s+(?:\w+\s+){{0,2}}com\s+(?:\w+\s+){{0,2}}{WHO_PT}\b",
        r"\b(?:quero|queria|preciso|prefiro|gostaria|desejo|solicito|exijo|cade|tem|ha|existe|chama|chame|chamar|"
        r"passa|passe|passar|transfere|transfira|transferir|encaminha|encaminhe|manda)\s+"
        r"(?:(?:me|um|uma|o|a|algum|alguma|por|para|pra|pro|com|de|do|da|ser|atendid[oa]|voces?|favor)\s+){0,5}"
        r"(?:atendente|atendimento humano|human[oa]|ser humano|gerente|funcionari[oa]|supervisora?|responsavel|gente de verdade|"
        r"pessoa (?:de verdade|real|humana|de carne e osso)|"
        r"alguem (?:de verdade|real|ai\b|da (?:loja|equipe)|humano|(?:para|pra|que possa) (?:falar|conversar|me (?:atender|ajudar))))\b",
        r"\A\W*(?:atendentes?|human[oa]|pessoa(?: real)?|gerente|atendimento|responsavel)(?:\W+(?:por favor|pfv|pf|pls))?\W*\Z",
        r"\b(?:atendimento|atendente|agente|operador) human[oa]\b|\btem alguem ai\b|\balguem (?:pode|poderia) me atender\b",
        rf"\b(?:talk|speak|chat)\s+(?:to|with)\s+(?:(?:a|an|the|some|your|one|any|real|actual|live|human)\s+){{0,4}}{WHO_EN}\b",
        r"\b(?:want|need|get|give|connect|transfer|put|call)\s+(?:me\s+)?(?:(?:to|with|through|a|an|the|some|your|real|actual|live)\s+){0,5}"
        r"(?:human(?: being| agent)?|agent|(?:real|actual|live) person|manager|attendant|representative|supervisor|person)\b",
        r"\bis (?:there )?(?:anyone|anybody|somebody|someone) (?:there|here|real|human|i can)\b",
        r"\A\W*(?:human|agent|attendant|manager|representative|operator|real person)(?:\W+please)?\W*\Z",
    )
)

# Taken out before the look: wishes that are denied, and questions about what the assistant is.
NO_WISH = "|".join(
    (
        r"\b(?:nao|nem)\s+(?:(?:me|eu)\s+)?(?:quero|queria|preciso|precisa|precisava|precisamos|gostaria|desejo|vou|passa|passe|transfira|"
        rf"transfere|chame|chama|encaminhe|prefiro)\s+(?:(?!quero|prefiro|preciso|mas\b|me\b|e\b)\w+\s+){{0,4}}{WHO_PT}\b",
        rf"\bsem\s+(?:(?:precisar|ter que|querer)\s+)?(?:falar|conversar)\s+com\s+(?:\w+\s+){{0,2}}{WHO_PT}\b",
        rf"\b(?:voce|vc|tu)\s+(?:e|eh|seria)\s+(?:(?:um|uma|o|a)\s+)?{WHO_PT}(?:\s+(?:real|de verdade|human[oa]))?\b",
        r"\b(?:don'?t|do not|didn'?t|no need to|not|without|never|rather not)\s+(?:(?!but\b|i\b)\w+\s+){0,3}"
        rf"(?:talk|talking|speak|speaking|chat|connect|transfer|get|call|need|want)?\s*(?:me\s+)?(?:(?:to|with|a|an|the|any|some|your|real)\s+){{0,4}}{WHO_EN}\b",
        rf"\bare you\s+(?:(?:a|an|the|real|actual)\s+){{0,3}}{WHO_EN}\b",
    )
)
