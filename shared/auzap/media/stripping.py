"""Pictures without what they tell beside the picture: where, when and with what they were taken."""

import re
import struct
from collections.abc import Iterator
from mmap import mmap

type Bytes = bytes | mmap

# Of a JPEG's application segments stay those about colours, and none about the world.
JFIF, EXIF_OR_XMP, COLOURS, ADOBE, COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
APPLICATION = range(0xE0, 0xF0)
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


# From where to where in the picture as it came, or bytes of ours.
type Piece = tuple[int, int] | bytes


class Malformed(Exception):
    """Not a picture that a viewer should be given."""


def kept(content_type: str, picture: Bytes) -> Iterator[Piece]:
    """What of a picture is to be kept, in order; all of it, where we cannot tell its parts."""
    try:
        match content_type:
            case "image/jpeg":
                yield from _jpeg(picture)
            case "image/png":
                yield from _png(picture)
            case "image/webp":
                yield from _webp(picture)
            case _:
                yield 0, len(picture)
    except (struct.error, IndexError) as failed:
        raise Malformed(content_type) from failed


def _jpeg(picture: Bytes) -> Iterator[Piece]:
    yield 0, 2
    at = 2
    while True:
        if picture[at] != 0xFF:
            raise Malformed("a segment without a marker")
        marker = picture[at + 1]
        if marker == END_OF_IMAGE:
            # What follows the end is no part of the picture: another one, a film, anything.
            yield at, at + 2
            return
        if marker == 0xFF:
            at += 1
            continue
        (length,) = struct.unpack_from(">H", picture, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(picture):
            raise Malformed("a segment beyond the end")
        if marker == START_OF_SCAN:
            found = MARKER.search(picture, end)
            if found is None:
                # Cut short on its way, and yet most of a picture.
                yield at, len(picture)
                return
            end = found.start()
        yield _kept_of_segment(marker, picture, at, end)
        at = end


def _kept_of_segment(marker: int, picture: Bytes, at: int, end: int) -> Piece:
    if marker == EXIF_OR_XMP and picture[at + 4 : at + 10] == EXIF:
        # A picture that was taken sideways would lie on its side without it.
        return _orientation_alone(picture[at + 10 : end])
    is_colours = marker in {JFIF, ADOBE} or (marker == COLOURS and picture[at + 4 : at + 16] == ICC)
    is_beside_the_picture = marker == COMMENT or marker in APPLICATION
    return b"" if is_beside_the_picture and not is_colours else (at, end)


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


def _png(picture: Bytes) -> Iterator[Piece]:
    at = len(PNG_SIGNATURE)
    yield 0, at
    name = b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", picture, at)
        end = at + 12 + length
        if end > len(picture):
            raise Malformed("a chunk beyond the end")
        if name in PNG_KEPT:
            yield at, end
        at = end


def _webp(picture: Bytes) -> Iterator[Piece]:
    whole = 8 + struct.unpack_from("<I", picture, 4)[0]
    if whole > len(picture):
        raise Malformed("shorter than it says")
    chunks: list[tuple[bytes, int, int]] = []
    at = 12
    while at < whole:
        name, length = struct.unpack_from("<4sI", picture, at)
        end = at + 8 + length + length % 2
        if end > whole:
            raise Malformed("a chunk beyond the end")
        if name not in WEBP_DROPPED:
            chunks.append((name, at, end))
        at = end
    # It begins with its length, so that what is kept must be known before.
    yield struct.pack("<4sI4s", b"RIFF", 4 + sum(end - at for _, at, end in chunks), b"WEBP")
    for name, at, end in chunks:
        if name == b"VP8X":
            yield picture[at : at + 8] + bytes([picture[at + 8] & ~WEBP_FLAGS]) + picture[at + 9 : end]
        else:
            yield at, end
