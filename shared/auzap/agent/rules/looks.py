"""What models write as Markdown, and how WhatsApp shows the same: patterns and what stands in their place, in this order."""

LOOKS: tuple[tuple[str, str], ...] = (
    # Rules between paragraphs.
    (r"(?m)^[ \t]*(?:[-_*=][ \t]?){3,}$\n?", ""),
    (r"(?m)^[ \t]*#{1,6}[ \t]+\**(.+?)\**[ \t]*#*$", r"*\1*"),
    (r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*", r"*\1*"),
    (r"(?<!\w)__([^_\n]+)__(?!\w)", r"_\1_"),
    (r"~~([^~\n]+)~~", r"~\1~"),
    (r"[ \t]+$", ""),
    (r"\n{3,}", "\n\n"),
)
