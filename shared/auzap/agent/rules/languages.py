"""Words that tell a language, as far as customers use it: each stands in one list alone."""

# fmt: off
TELLING: dict[str, frozenset[str]] = {
    "pt": frozenset(
        {
            "nao", "voce", "voces", "vc", "vcs", "uma", "um", "umas", "pra", "obrigado", "obrigada", "com", "meu", "minha",
            "seu", "tem", "temos", "qual", "quais", "bom", "boa", "quero", "queria", "banho", "tosa", "muito", "tambem", "sim",
            "posso", "podemos", "ja", "mais", "quanto", "quanta", "do", "da", "em", "dos", "das", "ele", "ela", "isso", "cachorro",
            "cachorra", "amanha", "ola", "oi", "aos", "pelo", "pela", "sao", "ao", "ate", "prefere", "gostaria", "fica",
        }
    ),
    "en": frozenset(
        {
            "the", "and", "you", "your", "we", "have", "is", "are", "for", "with", "can", "what", "when", "how", "much", "please",
            "thanks", "hello", "hi", "my", "would", "like", "at", "on", "to", "of", "does", "dog", "bath", "appointment", "which",
            "it", "i'd", "i'm", "want", "book", "this", "that", "shall", "our", "will", "need", "or", "there", "tomorrow",
        }
    ),
    "es": frozenset(
        {
            "el", "los", "las", "una", "unas", "unos", "y", "usted", "ustedes", "hola", "gracias", "quiero", "quisiera", "buenos",
            "buenas", "puedo", "tiene", "tienen", "tenemos", "cuanto", "cual", "muy", "tambien", "donde", "hoy", "manana",
            "perro", "perra", "bano", "es", "su", "pero", "del", "hay", "cita", "nuestro", "nuestra", "mi", "con", "prefieres", "cuesta",
        }
    ),
}
# fmt: on
