"""Tricks that customers try on the agent: eleven families, as patterns over folded text (lower case, no accents)."""

from dataclasses import dataclass

from auzap.agent.incidents import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A text matches when it holds one of the words and one of the patterns; the words alone mean nothing."""

    name: str
    severity: Severity
    words: tuple[str, ...]
    patterns: tuple[str, ...]


# What a model has been told. "Mensagem" and "e-mail" are not among it: "desconsidere a mensagem anterior" is daily speech.
TOLD_PT = r"(?:instruc(?:ao|oes)|ordens?|regras|comandos?|orientac(?:ao|oes)|diretrizes|prompts?|contexto)"
TOLD_EN = r"(?:instructions?|orders?|rules|commands?|directives?|guidelines|prompts?|context)"
LIMITS_PT = r"(?:regras|restric(?:ao|oes)|limitac(?:ao|oes)|diretrizes|instruc(?:ao|oes)|filtros?|protecoes|validac(?:ao|oes)|politicas? de seguranca)"
LIMITS_EN = r"(?:rules|restrictions?|limitations?|guidelines|instructions?|filters?|safety|safeguards|programming|security polic(?:y|ies))"
IGNORE_PT = r"(?:ignor[ae]r?|desconsider[ae]r?|desprez[ae]r?|esquec[ae]r?|esquece)"
IGNORE_EN = r"(?:ignore|disregard|discard|forget|skip)"

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule(
        "ignore_previous",
        "medium",
        ("ignor", "desconsider", "desprez", "esque", "disregard", "discard", "forget", "skip"),
        (
            rf"\b{IGNORE_PT}\s+(?:\w+\s+){{0,3}}{TOLD_PT}\s+(?:\w+\s+){{0,3}}(?:anterior(?:es)?|acima|antig[ao]s|de antes|previ[ao]s|inicia(?:l|is))\b",
            rf"\b{IGNORE_PT}\s+(?:\w+\s+){{0,3}}{TOLD_PT}\s+que\s+(?:voce|vc|te|lhe)\b",
            rf"\b{IGNORE_EN}\s+(?:\w+\s+){{0,3}}(?:previous|prior|above|earlier|preceding|initial|original)\s+(?:\w+\s+)?{TOLD_EN}\b",
            rf"\b{IGNORE_EN}\s+(?:\w+\s+){{0,3}}{TOLD_EN}\s+(?:above|before|you\b|that you\b)",
        ),
    ),
    Rule(
        "new_prompt",
        "medium",
        ("prompt", "instruc", "instruct"),
        (
            r"\b(?:novo|new)\s+(?:\w+\s+)?prompt\b|\bprompt\s+(?:novo|do sistema|de sistema)\s*:",
            r"\b(?:suas?|tuas?)\s+novas?\s+instruc(?:ao|oes)\b|\bnovas?\s+instruc(?:ao|oes)(?:\s+(?:do|de)\s+sistema)?\s*:",
            r"\b(?:a partir de agora|agora)\s+(?:as\s+)?suas\s+instruc(?:ao|oes)\s+sao\b",
            r"\b(?:your|system)\s+new\s+instructions?\b|\bnew\s+(?:system\s+)?instructions?\s*:|\bsystem prompt\s*:",
        ),
    ),
    Rule(
        "forget_rules",
        "medium",
        ("esque", "forget", "apag", "erase", "desaprend", "unlearn"),
        (
            r"\b(?:esquec[ae]|esquece|apag(?:a|ue)|desaprenda)\s+(?:\w+\s+){0,2}(?:suas?|seus?|tuas?|teus?)\s+"
            r"(?:\w+\s+)?(?:regras|restric\w+|limit\w+|diretrizes|treinamento|instruc\w+|programac\w+|memoria)\b",
            r"\b(?:esquec[ae]|esquece)\s+(?:de\s+)?(?:tudo|o)\s+(?:o\s+)?que\s+(?:voce|vc|te)\s+(?:sabe|aprendeu|e|foi|disseram|ensinaram|mandaram)\b",
            r"\b(?:esquec[ae]|esquece)\s+que\s+(?:voce|vc)\s+e\s+(?:um|uma)\s+(?:assistente|robo|bot|ia)\b",
            rf"\b(?:forget|erase|unlearn)\s+(?:\w+\s+){{0,2}}(?:your|its)\s+(?:\w+\s+)?(?:{LIMITS_EN}|training|memory)\b",
            r"\bforget\s+(?:everything|all|what)\s+(?:that\s+)?you\s+(?:know|were|have|learned|ve)\b",
        ),
    ),
    Rule(
        "role_change",
        "medium",
        ("aja", "atue", "finja", "finge", "faca de conta", "voce agora", "vc agora", "de agora", "papel", "act as", "pretend", "you are now", "from now on", "roleplay", "role-play", "role play"),
        (
            r"\b(?:aja|atue)\s+como\b|\b(?:finja|finge)\s+(?:ser|que\s+(?:voce\s+|vc\s+)?e)\b|\bfaca de conta que\s+(?:voce|vc)\b",
            r"\b(?:voce|vc)\s+agora\s+e\s+(?:um|uma)\b|\ba partir de agora,?\s+(?:voce|vc)\s+(?:e|sera|vai|deve|responde)\b",
            r"\b(?:assuma|assume|interprete|desempenhe)\s+o\s+papel\s+de\b",
            r"(?:\A|[.!?:;,]\s*|\b(?:please|now|you (?:must|should|will|have to|need to|can))\s+)act\s+as\s+(?:if\s+)?(?:an?|the|my|you)\b",
            r"\bpretend\s+(?:to be|you are|you're|that you)\b|\byou are now\s+(?:an?|the|my|in)\b|\bfrom now on,?\s+you(?:'re| are| will| must)\b|\brole-?\s?play\s+as\b",
        ),
    ),
    Rule(
        "system_access",
        "high",
        ("modo", "mode", "acesso", "access", "sudo", "root", "sql", "select ", "drop table", "banco de dados", "database", "variave", "environment", "api key", "chave de api", "senha do", "password", "terminal", "shell"),
        (
            r"\bmodo\s+(?:de\s+)?(?:desenvolvedor|developer|admin(?:istrador)?|debug|depuracao|root|deus|manutencao|programador)\b",
            r"\b(?:developer|debug|admin(?:istrator)?|god|root|maintenance)\s+mode\b",
            r"\bacesso\s+(?:de\s+|como\s+)?(?:administrador|admin|root|total ao sistema|ao sistema|ao banco de dados|ao servidor)\b",
            r"\b(?:admin(?:istrator)?|root|system|database|shell|full)\s+access\s+(?:to\s+(?:the|your)\s+(?:system|database|server)|now|mode|granted)\b|\bgive me\s+(?:\w+\s+)?(?:root|admin(?:istrator)?|shell)\s+access\b",
            r"\bsudo\s+\w+|\bdrop\s+table\b|\bselect\s+(?:\*|[\w, ]+)\s+from\s+\w+",
            r"\b(?:mostr[ae]|list[ae]|revel[ae]|envi[ae]|me\s+(?:da|de|passa|manda|envia))\s+(?:\w+\s+){0,3}(?:banco de dados|variaveis de ambiente|chaves? de api|api key|senha do (?:sistema|banco|admin))\b",
            r"\b(?:show|list|reveal|dump|send|give)\s+(?:\w+\s+){0,3}(?:database|environment variables|api keys?|system password|admin password)\b",
        ),
    ),
    Rule(
        "identity_override",
        "high",
        ("sou", "aqui e", "aqui quem fala", "i am", "i'm", "this is"),
        (
            r"\b(?:sou|aqui e|aqui quem fala e)\s+(?:[oa]\s+)?(?:seu|sua|teu|tua)\s+(?:criador|criadora|desenvolvedora?|programadora?|administradora?|chefe|patrao)\b",
            r"\b(?:sou|aqui e|aqui quem fala e)\s+(?:[oa]\s+)?(?:desenvolvedora?|programadora?|administradora?|admin|criadora?|tecnic[oa])\s+(?:do|da|deste|desse|desta|dessa)\s+(?:\w+\s+)?(?:sistema|bot|robo|chatbot|assistente|ia|plataforma|aplicativo)\b",
            r"\b(?:sou|aqui e|aqui quem fala e)\s+(?:[oa]\s+)?(?:don[oa]|proprietari[oa]|gerente)\s+d[aoe]s?\s+(?:loja|pet\s?shop|empresa|estabelecimento|sistema)\b",
            r"\b(?:sou|aqui e)\s+(?:da|do|a|o)\s+(?:equipe d[ao]\s+)?(?:openai|anthropic|google|meta|suporte do sistema|ti do sistema)\b",
            r"\b(?:i am|i'm|this is)\s+(?:your|the)\s+(?:system\s+|app\s+|bot'?s?\s+)?(?:developer|creator|administrator|admin|programmer|boss)\b",
            r"\b(?:i am|i'm|this is)\s+the\s+(?:owner|manager)\s+of\s+(?:this|the)\s+(?:shop|store|company|system|business)\b|\b(?:i am|i'm|this is)\s+(?:from\s+)?(?:openai|anthropic)\b",
        ),
    ),
    Rule(
        "prompt_extraction",
        "high",
        ("prompt", "instruc", "instruct", "acima", "above", "regras internas", "mensagem de sistema", "system message", "hidden rules", "secret rules", "internal rules", "regras secretas", "regras ocultas"),
        (
            r"\b(?:mostr[ae]r?|revel[ae]r?|repit[ae]|repetir|imprim[ae]|diga|dizer|copi[ae]|cole|list[ae]|conte|escrev[ae]|envi[ae]|mand[ae]|traduz[ae]?|resum[ae]|qual e|quais sao)\s+(?:\w+\s+){0,4}"
            r"(?:(?:seu|teu|o)\s+(?:\w+\s+)?prompt|prompt (?:do|de) sistema|(?:suas|tuas)\s+(?:\w+\s+)?instruc(?:ao|oes)|(?:regras|instruc\w+) (?:internas|secretas|ocultas|do sistema)|mensagem de sistema)\b",
            r"\b(?:repit[ae]|copi[ae]|mostr[ae]|escrev[ae])\s+(?:\w+\s+){0,2}(?:tudo|texto|palavras)\s+(?:\w+\s+){0,4}acima\b",
            r"\b(?:show|reveal|repeat|print|tell|output|display|write|paste|copy|translate|summari[sz]e|what is|what's|what are|what were)\s+(?:\w+\s+){0,3}"
            r"(?:your\s+(?:\w+\s+)?prompt|the system prompt|system message|(?:hidden|secret|internal) (?:rules|instructions)"
            r"|your\s+(?:system|initial|hidden|original|internal|secret|exact)\s+(?:instructions|rules|guidelines|message)|your\s+instructions(?!\s+(?:for|about|on|to)))\b",
            r"\brepeat\s+(?:everything|all|the (?:words|text))\s+(?:\w+\s+){0,2}above\b",
        ),
    ),
    Rule(
        "markup_injection",
        "medium",
        ("<", "[", "```", "role", "###", "system:", "assistant:", "sistema:"),
        (
            r"</?\s*(?:system|sistema|assistant|assistente|instructions?|prompt|user|tool|admin|script|iframe|img|svg|style)\b[^>]{0,200}>",
            r"<\|[\w ]{1,30}\|>|\[/?(?:inst|sys|system|sistema|assistant)\]|<</?sys>>|\[result\]",
            r"[\"']role[\"']\s*:\s*[\"'](?:system|assistant|developer|tool)|```\s*(?:system|json|xml|tool)|###\s*(?:system|sistema|instruc|instruct|assistant)",
            r"(?:\A|[.!?]\s+)(?:system|assistant|sistema)\s*:\s*\S",
        ),
    ),
    Rule(
        "jailbreak",
        "high",
        ("jailbreak", "dan", "do anything now", "restric", "restrict", "filtro", "filter", "censura", "censor", "burl", "bypass", "irrestrit", "unrestricted", "etica", "ethic", "desbloque", "uncensored"),
        (
            r"\bjail\s?break\w*|\bdo anything now\b|\b(?:modo|mode)\s+dan\b|\bdan\s+mode\b|\byou are dan\b|\bvoce e o dan\b",
            r"\b(?:responda|responde|fale|fala|aja|atue|voce (?:pode|deve|vai|e)|modo)\b.{0,40}\bsem\s+(?:\w+\s+){0,2}(?:restric\w+|filtros?|censura|etica)\b",
            r"\b(?:burl[ae]r?|contorn[ae]r?)\s+(?:\w+\s+){0,2}(?:regras|restric\w+|filtros?|seguranca|protec\w+)\b|\b(?:modo|ia)\s+(?:irrestrit[oa]|sem censura|desbloquead[oa])\b",
            r"\b(?:answer|respond|reply|talk|speak|act|you (?:can|must|will|are))\b.{0,40}\b(?:without\s+(?:\w+\s+){0,2}(?:restrictions?|filters?|censorship|ethics)|uncensored|unrestricted)\b",
            r"\bbypass\s+(?:\w+\s+){0,2}(?:safety|filters?|restrictions?|rules|security|safeguards)\b|\b(?:unrestricted|uncensored)\s+(?:mode|ai)\b",
        ),
    ),
    Rule(
        "ignore_all",
        "medium",
        ("ignor", "desconsider", "desprez", "disregard", "todas as regras", "all rules"),
        (
            r"\b(?:ignor[ae]r?|desconsider[ae]r?|desprez[ae]r?)\s+(?:absolutamente\s+)?tudo\s+(?:isso\s+)?(?:acima|antes|(?:o\s+)?que\s+(?:te|lhe|voce|vc|foi)|que esta acima)\b",
            rf"\b(?:ignor[ae]r?|desconsider[ae]r?|desprez[ae]r?)\s+tod[ao]s?\s+(?:[ao]s\s+)?(?:\w+\s+)?(?:{LIMITS_PT}|ordens|comandos|limites|avisos|orientac\w+)\b",
            rf"\b(?:ignore|disregard|discard)\s+(?:all|any|every|everything)\s+(?:of\s+)?(?:the\s+|your\s+|those\s+|these\s+)?(?:\w+\s+)?(?:{LIMITS_EN}|{TOLD_EN}|above|before|(?:that\s+)?you\s+(?:were|have|ve|know))\b",
        ),
    ),
    Rule(
        "override_rules",
        "high",
        ("sobrescrev", "sobrepon", "anul", "quebr", "desativ", "desabilit", "deslig", "pule", "substitua", "regras nao", "override", "disable", "turn off", "overrule", "break your", "rules do", "rules don", "rules no", "regras mudaram"),
        (
            rf"\b(?:sobrescrev[ae]|sobreponha|anul[ae]|quebr[ae]|desativ[ae]|desabilit[ae]|deslig(?:a|ue)|pule|substitua)\s+(?:(?:as|os|o|a|todas|todos|essas|esses)\s+){{0,2}}(?:(?:suas?|seus?|tuas?|teus?)\s+)?{LIMITS_PT}(?!\s+d[aoe]\s+(?:reserva|hotel|creche|loja|agua|ar))\b",
            r"\b(?:suas|as)\s+regras\s+(?:ja\s+)?(?:nao\s+(?:se aplicam|valem|existem)|foram (?:anuladas|suspensas|alteradas))\b",
            rf"\b(?:override|overrule|disable|turn off|break)\s+(?:(?:all|the|of|any)\s+){{0,3}}(?:your\s+)?(?:\w+\s+)?{LIMITS_EN}\b",
            r"\b(?:your|the)\s+rules\s+(?:do not|don't|no longer|dont)\s+(?:apply|count|matter|exist)\b",
        ),
    ),
)
