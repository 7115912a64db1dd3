"""Pictures without what they tell beside the picture: where, when and with what they were taken."""

import re
import struct

# Of a JPEG's application segments: colours, and nothing about the world. Comments and the rest go.
JFIF, COLOURS, ADOBE = 0xE0, 0xE2, 0xEE
ICC = b"ICC_PROFILE\0"
EXIF = b"Exif\0\0"
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
# Between the markers of a scan: a real marker is an FF that no stuffing, restart or filling explains.
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
ORIENTATION = 0x0112

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What draws: pixels, palette, transparency, colour, density and frames. No text, no time, no EXIF.
PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT".split()
)
WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
# In the flags of an extended WebP: it holds EXIF, it holds XMP.
WEBP_FLAGS = 0x08 | 0x04


class Malformed(Exception):
    """Not a picture that a viewer should be given."""


def strip(content_type: str, picture: bytes) -> bytes:
    try:
        match content_type:
            case "image/jpeg":
                return _jpeg(picture)
            case "image/png":
                return _png(picture)
            case "image/webp":
                return _webp(picture)
            case _:
                return picture
    except (struct.error, IndexError) as failed:
        raise Malformed(content_type) from failed


def _jpeg(picture: bytes) -> bytes:
    kept: list[bytes] = [picture[:2]]
    at = 2
    while True:
        if picture[at] != 0xFF:
            raise Malformed("a segment without a marker")
        marker = picture[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == END_OF_IMAGE:
            # What follows the end is no part of the picture: another one, a film, anything.
            return b"".join([*kept, b"\xff\xd9"])
        (length,) = struct.unpack_from(">H", picture, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(picture):
            raise Malformed("a segment beyond the end")
        segment = picture[at:end]
        if marker == START_OF_SCAN:
            found = MARKER.search(picture, end)
            if found is None:
                # Cut short on its way, and yet most of a picture.
                return b"".join([*kept, picture[at:], b"\xff\xd9"])
            end = found.start()
            segment = picture[at:end]
        kept.append(_kept_of_segment(marker, segment))
        at = end


def _kept_of_segment(marker: int, segment: bytes) -> bytes:
    content = segment[4:]
    if content.startswith(EXIF):
        # A picture that was taken sideways would lie on its side without it.
        return _orientation_alone(content[len(EXIF) :])
    is_application = 0xE0 <= marker <= 0xEF
    is_about_colours = marker in {JFIF, ADOBE} or (marker == COLOURS and content.startswith(ICC))
    is_comment = marker == 0xFE
    return b"" if is_comment or (is_application and not is_about_colours) else segment


def _orientation_alone(tiff: bytes) -> bytes:
    """EXIF of the one word that says which side is up, or nothing."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, directory)
        entries = [struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * each) for each in range(count)]
    except struct.error:
        return b""
    for tag, _, _, value in entries:
        if tag == ORIENTATION and 2 <= value <= 8:
            alone = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, ORIENTATION, 3, 1, value, 0, 0)
            return struct.pack(">BBH", 0xFF, 0xE1, 2 + len(EXIF) + len(alone)) + EXIF + alone
    return b""


def _png(picture: bytes) -> bytes:
    kept: list[bytes] = [PNG_SIGNATURE]
    at = len(PNG_SIGNATURE)
    while True:
        length, name = struct.unpack_from(">I4s", picture, at)
        end = at + 12 + length
        if end > len(picture):
            raise Malformed("a chunk beyond the end")
        if name in PNG_KEPT:
            kept.append(picture[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end


def _webp(picture: bytes) -> bytes:
    kept: list[bytes] = []
    at, whole = 12, 8 + struct.unpack_from("<I", picture, 4)[0]
    if whole > len(picture):
        raise Malformed("shorter than it says")
    while at < whole:
        name, length = struct.unpack_from("<4sI", picture, at)
        end = at + 8 + length + length % 2
        if end > whole:
            raise Malformed("a chunk beyond the end")
        chunk = picture[at:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~WEBP_FLAGS]) + chunk[9:]
        if name not in WEBP_DROPPED:
            kept.append(chunk)
        at = end
    body = b"WEBP" + b"".join(kept)
    return struct.pack("<4sI", b"RIFF", len(body)) + body
