"""Pictures lose what they tell of the world, and nothing of the picture."""

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.media.stripping import Malformed, kept

SAMPLES = Path(__file__).parents[2] / "local/street/samples"
CANARY = b"Rua das Flores 12, 23.5614 S 46.6559 W"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def stripped(type_: str, picture: bytes) -> bytes:
    pieces = kept(type_, picture)
    return b"".join(piece if isinstance(piece, bytes) else picture[piece[0] : piece[1]] for piece in pieces)


def bare_photo() -> bytes:
    """A real photo, without the comment of the program that wrote it."""
    photo = (SAMPLES / "foto-da-mel.jpg").read_bytes()
    comment = photo.index(b"\xff\xfe")
    (length,) = struct.unpack_from(">H", photo, comment + 2)
    return photo[:comment] + photo[comment + 2 + length :]


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def exif(*, orientation: int | None, order: str = ">") -> bytes:
    """A TIFF directory with a maker, a place, and (if said) the side that is up."""
    entries = [(0x010F, 2, 4, 0x41414141), (0x8825, 4, 1, 200)]
    directory = struct.pack(f"{order}H", len(entries) + (orientation is not None))
    for entry in entries[:1]:
        directory += struct.pack(f"{order}HHII", *entry)
    if orientation is not None:
        directory += struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    directory += struct.pack(f"{order}HHII", *entries[1]) + bytes(4)
    head = {">": b"MM", "<": b"II"}[order] + struct.pack(f"{order}HI", 42, 8)
    return b"Exif\0\0" + head + directory + CANARY


def with_segments(*segments: bytes, after: bytes = b"") -> bytes:
    """A photo with more in front of it, and behind."""
    photo = bare_photo()
    return photo[:2] + b"".join(segments) + photo[2:] + after


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*more: bytes, after: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return (
        SIGNATURE + header + b"".join(more) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"") + after
    )


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP"
    for name, content in chunks:
        body += struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def test_a_picture_without_secrets_stays_as_it_is() -> None:
    assert stripped("image/jpeg", with_segments()) == with_segments()
    assert stripped("image/webp", (SAMPLES / "figurinha.webp").read_bytes()) == (
        (SAMPLES / "figurinha.webp").read_bytes()
    )
    assert stripped("image/png", png()) == png()


@pytest.mark.parametrize(
    "told",
    [
        segment(0xE1, exif(orientation=None)),
        segment(0xE1, exif(orientation=1)),
        segment(0xE1, exif(orientation=9)),
        segment(0xE1, b"Exif\0\0" + CANARY),
        segment(0xE1, b"Exif\0\0MM\0\x2a\xff\xff\xff\xff" + CANARY),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + CANARY),
        segment(0xE2, b"MPF\0" + CANARY),
        segment(0xED, b"Photoshop 3.0\0" + CANARY),
        segment(0xEF, CANARY),
        segment(0xFE, CANARY),
    ],
    ids=[
        "place",
        "upright",
        "no side",
        "no TIFF",
        "no directory",
        "XMP",
        "second picture",
        "Photoshop",
        "any",
        "comment",
    ],
)
def test_a_photo_does_not_tell_where_and_with_what_it_was_taken(told: bytes) -> None:
    assert stripped("image/jpeg", with_segments(told)) == with_segments()


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_keeps_the_side_that_is_up_and_nothing_else(orientation: int, order: str) -> None:
    picture = with_segments(segment(0xE1, exif(orientation=orientation, order=order)))

    bare = stripped("image/jpeg", picture)

    assert CANARY not in bare
    assert len(bare) == len(with_segments()) + 36
    # Once more, and it is the same: it can be read, and holds nothing but that.
    assert stripped("image/jpeg", bare) == bare
    assert struct.pack(">HHIH", 0x0112, 3, 1, orientation) in bare


def test_a_photo_keeps_its_colours() -> None:
    colours = (segment(0xE2, b"ICC_PROFILE\0\x01\x01profile"), segment(0xEE, b"Adobe\0d\0\0\0\0\x01"))
    assert stripped("image/jpeg", with_segments(*colours)) == with_segments(*colours)


def test_what_hangs_behind_a_photo_is_left_behind() -> None:
    behind = CANARY + with_segments(segment(0xE1, exif(orientation=None)))
    assert stripped("image/jpeg", with_segments(after=behind)) == with_segments()


def test_a_photo_that_was_cut_short_is_still_shown() -> None:
    photo = with_segments(segment(0xE1, exif(orientation=None)))[:-3000]
    assert stripped("image/jpeg", photo) == with_segments()[:-3000]


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"prVt", b"dSIG"])
def test_a_png_loses_its_words(name: bytes) -> None:
    assert stripped("image/png", png(chunk(name, CANARY))) == png()


def test_a_png_keeps_its_colours_and_frames_and_nothing_behind_its_end() -> None:
    drawn = [chunk(name, b"content") for name in (b"gAMA", b"pHYs", b"acTL", b"tRNS", b"PLTE")]
    assert stripped("image/png", png(*drawn, after=CANARY)) == png(*drawn)


def test_a_sticker_loses_its_words_and_says_that_it_has_none() -> None:
    extended = b"\x1c\0\0\0" + bytes(6)
    picture = riff((b"VP8X", extended), (b"VP8 ", b"pixels!"), (b"EXIF", CANARY), (b"XMP ", CANARY))

    bare = stripped("image/webp", picture + CANARY)

    assert bare == riff((b"VP8X", b"\x10\0\0\0" + bytes(6)), (b"VP8 ", b"pixels!"))


@pytest.mark.parametrize(
    ("type_", "picture"),
    [
        ("image/jpeg", b""),
        ("image/jpeg", b"\xff\xd8"),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/jpeg", b"\xff\xd8no marker"),
        ("image/jpeg", b"\xff\xd8\xff\xe1\xff\xffshort"),
        ("image/jpeg", b"\xff\xd8\xff\xe1\0\0"),
        ("image/png", SIGNATURE),
        ("image/png", SIGNATURE + struct.pack(">I", 2**31) + b"IDAT"),
        ("image/png", png()[:-12]),
        ("image/webp", b"RIFF"),
        ("image/webp", b"RIFF\xff\xff\xff\xffWEBP"),
        ("image/webp", riff((b"VP8 ", b"x"))[:-4]),
        ("image/webp", struct.pack("<4sI", b"RIFF", 12) + b"WEBPVP8 \xff\xff\xff\xff"),
        ("image/webp", riff((b"VP8X", b""))),
    ],
)
def test_what_is_no_picture_is_not_taken_for_one(type_: str, picture: bytes) -> None:
    with pytest.raises(Malformed):
        stripped(type_, picture)


def test_other_files_stay_as_they_are() -> None:
    assert stripped("application/pdf", CANARY) == CANARY


@given(
    st.sampled_from(["image/jpeg", "image/png", "image/webp"]),
    st.lists(
        st.binary(max_size=12) | st.sampled_from([b"\xff\xd8", b"\xff\xe1\0\x08Exif\0\0", b"\xff\xda\0\x02"]),
        max_size=8,
    ),
)
def test_no_bytes_are_too_strange(type_: str, parts: list[bytes]) -> None:
    beginning = {"image/jpeg": b"\xff\xd8", "image/png": SIGNATURE, "image/webp": b"RIFF\x10\0\0\0WEBP"}[type_]
    picture = beginning + b"".join(parts)
    try:
        bare = stripped(type_, picture)
    except Malformed:
        return
    assert len(bare) <= len(picture) + 36
    assert stripped(type_, bare) == bare
