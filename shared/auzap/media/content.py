"""What a file is, by its own first bytes, and what each kind of message may carry."""

import re
from collections.abc import Mapping

MEGABYTE = 1024 * 1024
# Enough of a file to know it by.
HEAD = 4096
TAIL = 65_536

MOST_BYTES: Mapping[str, int] = {
    "image": 5 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
    "sticker": 500 * 1024,
}

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp"})
AUDIO = frozenset({"audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/3gpp"})
VIDEO = frozenset({"video/mp4", "video/3gpp"})
OFFICE = "application/vnd.openxmlformats-officedocument"
OLE = frozenset({"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"})
PAPERS = frozenset(
    {
        "application/pdf",
        "application/rtf",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        f"{OFFICE}.presentationml.presentation",
        f"{OFFICE}.spreadsheetml.sheet",
        f"{OFFICE}.wordprocessingml.document",
        "text/plain",
    }
)
ALLOWED: Mapping[str, frozenset[str]] = {
    "image": IMAGES,
    "audio": AUDIO,
    "video": VIDEO,
    "sticker": frozenset({"image/webp"}),
    "document": PAPERS | OLE | IMAGES | AUDIO | VIDEO | {"image/gif", "image/heic"},
}

# The ending of each type's name, first the usual one.
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "application/msword": (".doc",),
    "application/pdf": (".pdf",),
    "application/rtf": (".rtf",),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.ms-powerpoint": (".ppt",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    "application/vnd.oasis.opendocument.text": (".odt",),
    f"{OFFICE}.presentationml.presentation": (".pptx",),
    f"{OFFICE}.spreadsheetml.sheet": (".xlsx",),
    f"{OFFICE}.wordprocessingml.document": (".docx",),
    "audio/3gpp": (".3gp",),
    "audio/aac": (".aac",),
    "audio/amr": (".amr",),
    "audio/mp4": (".m4a", ".mp4"),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "image/gif": (".gif",),
    "image/heic": (".heic", ".heif"),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "text/plain": (".txt", ".csv", ".md", ".xml", ".json", ".vcf", ".ics"),
    "video/3gpp": (".3gp",),
    "video/mp4": (".mp4", ".m4v"),
}

# What the file begins with, after as many bytes that may be anything.
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (8, b"WEBP", "image/webp"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
)
# Frame headers of sound without a container: MPEG layers I to III with a bit rate, and AAC, which says layer 0.
MPEG_AUDIO = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][^\xf0-\xff]", re.DOTALL)
AAC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
OGG_AUDIO = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
SOUND_BRANDS = frozenset({b"M4A ", b"M4B "})
ZIPPED: tuple[tuple[bytes, str], ...] = (
    (b"word/document", f"{OFFICE}.wordprocessingml.document"),
    (b"xl/workbook", f"{OFFICE}.spreadsheetml.sheet"),
    (b"ppt/presentation", f"{OFFICE}.presentationml.presentation"),
)
OPEN_DOCUMENT = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.(?:text|spreadsheet))")
# No text has them: control characters other than tab, line feed, form feed, carriage return and escape.
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def true_type(head: bytes, tail: bytes, declared: str | None) -> str | None:
    """What the bytes are, whatever they were said to be. What was said decides only where bytes leave it open."""
    said = (declared or "").partition(";")[0].strip().lower()
    for offset, magic, found in MAGIC:
        if head[offset : offset + len(magic)] == magic and (offset == 0 or head.startswith(b"RIFF")):
            return found
    if head[4:8] == b"ftyp":
        return _boxed(head[8:12], said)
    if head.startswith(b"OggS"):
        return "audio/ogg" if any(mark in head[:128] for mark in OGG_AUDIO) else None
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head, tail)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return said if said in OLE else None
    if MPEG_AUDIO.match(head):
        return "audio/mpeg"
    if AAC.match(head):
        return "audio/aac"
    return "text/plain" if head and not CONTROLS.search(head) else None


def _boxed(brand: bytes, said: str) -> str:
    """ISO media: a sound or a moving picture, which the first box does not always tell."""
    if brand in HEIC_BRANDS:
        return "image/heic"
    if brand in SOUND_BRANDS:
        return "audio/mp4"
    if brand == b"qt  ":
        return "video/quicktime"
    family = "3gpp" if brand.startswith((b"3gp", b"3g2")) else "mp4"
    return f"audio/{family}" if said.startswith("audio/") else f"video/{family}"


def _zipped(head: bytes, tail: bytes) -> str | None:
    if found := OPEN_DOCUMENT.match(head, 30):
        return found[1].decode()
    # A zip's list of names is at its end.
    return next((type_ for name, type_ in ZIPPED if name in tail or name in head), None)
