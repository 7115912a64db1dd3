"""What a file is by its own bytes, whatever it was said to be; and under which name it is shown."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.media.content import ALLOWED, AUDIO, ENDINGS, HEAD, IMAGES, MOST_BYTES, TAIL, VIDEO, true_type
from auzap.media.links import shown_name

SAMPLES = Path(__file__).parents[2] / "local/street/samples"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


def zipped(*names: str, first: tuple[str, str] | None = None) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        if first:
            archive.writestr(*first)
        for name in names:
            archive.writestr(name, "x" * 100)
    return packed.getvalue()


def boxed(brand: bytes) -> bytes:
    return b"\0\0\0\x20ftyp" + brand + bytes(100)


def of(content: bytes, declared: str | None = None) -> str | None:
    return true_type(content[:HEAD], content[-TAIL:], declared)


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("foto-da-mel.jpg", "image/jpeg"),
        ("figurinha.webp", "image/webp"),
        ("mensagem-de-voz.ogg", "audio/ogg"),
        ("video.mp4", "video/mp4"),
        ("carteira-de-vacinacao.pdf", "application/pdf"),
    ],
)
def test_real_files_are_known(name: str, type_: str) -> None:
    assert of((SAMPLES / name).read_bytes()) == type_


@pytest.mark.parametrize(
    ("content", "declared", "type_"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/jpeg", "image/png"),
        (b"\xff\xd8\xff\xe0....", "application/pdf", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", None, "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav", None),
        (b"RIFF\x10\0\0\0AVI LIST", "video/avi", None),
        (b"xxxxyyyyWEBP\0", "image/webp", None),
        (b"GIF89a....", "image/png", "image/gif"),
        (b"%PDF-1.7\n", "image/png", "application/pdf"),
        (b"{\\rtf1\\ansi", "application/msword", "application/rtf"),
        (b"#!AMR\n\x3c\x91", "audio/amr", "audio/amr"),
        (b"ID3\x04\0\0", "audio/mpeg", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg", "audio/mpeg"),
        (b"\xff\xf3\x40\xc4", None, "audio/mpeg"),
        (b"\xff\xf1\x50\x80\0", "audio/aac", "audio/aac"),
        (b"OggS\0\x02" + bytes(22) + b"OpusHead", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"OggS\0\x02" + bytes(22) + b"\x80theora", "video/ogg", None),
        (boxed(b"isom"), "video/mp4", "video/mp4"),
        (boxed(b"isom"), "audio/mp4", "audio/mp4"),
        (boxed(b"isom"), None, "video/mp4"),
        (boxed(b"M4A "), "video/mp4", "audio/mp4"),
        (boxed(b"3gp4"), "video/3gpp", "video/3gpp"),
        (boxed(b"3gp4"), "audio/3gpp", "audio/3gpp"),
        (boxed(b"qt  "), "video/mp4", "video/quicktime"),
        (boxed(b"heic"), "image/jpeg", "image/heic"),
        (OLE, "application/msword", "application/msword"),
        (OLE, "application/vnd.ms-excel", "application/vnd.ms-excel"),
        (OLE, "application/x-msi", None),
        (OLE, None, None),
        (zipped("[Content_Types].xml", "word/document.xml"), "application/zip", WORD),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), WORD, SHEET),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), None, SLIDES),
        (
            zipped("content.xml", first=("mimetype", "application/vnd.oasis.opendocument.text")),
            None,
            "application/vnd.oasis.opendocument.text",
        ),
        (zipped("AndroidManifest.xml", "classes.dex"), WORD, None),
        (zipped("virus.exe"), "application/pdf", None),
        (b"MZ\x90\0\x03\0\0\0", "image/jpeg", None),
        (b"\x7fELF\x02\x01\x01\0", "application/pdf", None),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "audio/mpeg", None),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "video/mp4", None),
        (b"Rar!\x1a\x07\x01\0", "application/pdf", None),
        (b"Vacinas da Mel: V10, raiva\r\n", "application/pdf", "text/plain"),
        ("Vacinação em dia".encode("latin-1"), "text/plain", "text/plain"),
        (b"<script>alert(1)</script>", "text/html", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "text/plain"),
        (b"#!/bin/sh\nrm -rf /", "image/png", "text/plain"),
        (b"text\0with a NUL", "text/plain", None),
        (b"", "text/plain", None),
    ],
)
def test_bytes_say_what_a_file_is(content: bytes, declared: str | None, type_: str | None) -> None:
    assert of(content, declared) == type_


@given(st.binary(max_size=64), st.none() | st.text(max_size=40))
def test_no_bytes_are_too_strange(content: bytes, declared: str | None) -> None:
    found = of(content, declared)
    assert found is None or "/" in found


def test_a_kind_carries_what_whatsapp_says_it_carries() -> None:
    assert ALLOWED.keys() == MOST_BYTES.keys()
    assert (ALLOWED["image"], ALLOWED["audio"], ALLOWED["video"]) == (IMAGES, AUDIO, VIDEO)
    assert not any("html" in type_ or "svg" in type_ or "zip" in type_ for types in ALLOWED.values() for type_ in types)
    assert {type_ for types in ALLOWED.values() for type_ in types} == ENDINGS.keys()


@pytest.mark.parametrize(
    ("given_name", "type_", "shown"),
    [
        ("exame.pdf", "application/pdf", "exame.pdf"),
        ("EXAME.PDF", "application/pdf", "EXAME.PDF"),
        ("exame", "application/pdf", "exame.pdf"),
        ("exame.pdf.exe", "application/pdf", "exame.pdf.exe.pdf"),
        ("foto.jpeg", "image/jpeg", "foto.jpeg"),
        ("foto.png", "image/jpeg", "foto.png.jpg"),
        ("vacinas.csv", "text/plain", "vacinas.csv"),
        ("página.html", "text/plain", "página.html.txt"),
        ("../../etc/passwd", "text/plain", "etcpasswd.txt"),
        ("C:\\windows\\a.pdf", "application/pdf", "Cwindowsa.pdf"),
        ('a"; filename=b.pdf', "application/pdf", "a; filename=b.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "application/pdf", "aSet-Cookie x.pdf"),
        # Written from right to left, it would end in another way than it does.
        ("foto\u202egpj.exe", "image/jpeg", "fotogpj.exe.jpg"),
        ("🐾.jpg", "image/jpeg", "🐾.jpg"),
        ("...", "application/pdf", "arquivo.pdf"),
        ("", "application/pdf", "arquivo.pdf"),
        ("x" * 300 + ".pdf", "application/pdf", "x" * 80 + ".pdf"),
    ],
)
def test_a_name_is_shown_with_the_ending_of_what_the_file_is(given_name: str, type_: str, shown: str) -> None:
    assert shown_name(given_name, type_) == shown


@given(st.text(max_size=100), st.sampled_from(sorted(ENDINGS)))
def test_no_name_is_too_strange(given_name: str, type_: str) -> None:
    shown = shown_name(given_name, type_)
    assert shown.lower().endswith(ENDINGS[type_])
    assert not set(shown) & set('/\\:*?"<>|\r\n\0')
