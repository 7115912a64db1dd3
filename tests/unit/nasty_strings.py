"""What people and programs put where a text is expected, and what has broken readers of texts before."""

NASTY = [
    # Nothing, and what looks like nothing.
    *("", " ", "\t", "\n", "\r\n", "\x0b\x0c", "\x1f", "\x7f", "\x85", "\xa0", "\xad", "\u180e", "\u200b", "\u2028"),
    *(
        "\u2060",
        "\ufeff",
        "\ufffe",
        "\U000e0001",
        "undefined",
        "null",
        "None",
        "nil",
        "NaN",
        "Infinity",
        "-Infinity",
        "true",
    ),
    # What PostgreSQL refuses, alone and in company.
    *("\x00", "a\x00b", "\ud800", "\udfff", "\udc36\ud83d", "\ud83d\udc36", "oi \ud83d", "\\u0000", "\\x00", "%00"),
    # Numbers that are none, or too many.
    *(
        "0",
        "-0",
        "+0",
        "00",
        "1e400",
        "1E1000",
        "0x1F",
        "1,5",
        "1.",
        ".5",
        "1_000",
        "９９９",
        "٣",
        "١٢٣",
        "Ⅷ",
        "½",
        "9" * 5000,
    ),
    # Telephone numbers, as they are written.
    *("+55 (11) 95555-0001", "5511955550001@s.whatsapp.net", "120363025246125486@g.us", "++5511955550001", "55", "+"),
    *("BR.1502576394655843", "BR.ENT.1", "br.1", "BR.", "55119555500011234567890", "0055 11 95555 0001", "1234567\n"),
    # Letters that are not what they seem.
    *("ﬀ", "İ", "ı", "ß", "ẞ", "Å", "é", "e\u0301", "ﷺ", "ҧ", "ＳＩＭ", "𝓼𝓲𝓶", "s\u0336i\u0336m\u0336", "S̷̢̛I̴̧͝M̵̨̛"),
    *(
        "a" + "\u0301" * 300,
        "\u202eotxet",
        "\u2066\u2069",
        "👩‍👩‍👧‍👦",
        "👍🏽",
        "🏳️‍🌈",
        "1️⃣",
        "🇧🇷",
        "¯\\_(ツ)_/¯",
        "(╯°□°）╯︵ ┻━┻",
    ),
    *("ًٌٍَُِّْ", "ܥܠ", "𒐫", "𝕿𝖍𝖔𝖗", "田中さんにあげて下さい", "사회과학원", "Привет", "\ufdfd"),
    # Words of other languages.
    *("' OR 1=1 --", "'; DROP TABLE contacts; --", "$1", "%(text)s", "%s%s%n", "{0}", "{{7*7}}", "${jndi:ldap://x}"),
    *(
        "<script>alert(1)</script>",
        "&lt;",
        "]]>",
        "<!--",
        '"',
        "'",
        "`",
        "\\",
        "/",
        "../../etc/passwd",
        "file:///etc/passwd",
    ),
    *("http://[::1", "https://[broken", "javascript:alert(1)", "data:text/html,x", "mailto:a@b", "http://a..b", "//"),
    *("{", "}", "[", "]", "[" * 2000, '{"a":' * 400, '{"v": 2}', "=cmd|' /C calc'!A0", "@SUM(1)", "-1+1"),
    # Long ones.
    *("x" * 10_000, "ç" * 5_000, "🐾" * 3_000, "\n" * 2_000, "a b " * 2_000),
]
