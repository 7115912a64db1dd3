"""Small PDFs with text in them, as a shop might give its agent to read."""

import io

from pypdf import PdfReader, PdfWriter


def pdf(*pages: str) -> bytes:
    """A page for each text, its lines one below the other."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids: list[str] = []
    for text in pages:
        lines = [
            line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            for line in text.split("\n")
        ]
        shown = b"BT /F1 11 Tf 40 780 Td 14 TL " + b" ".join(b"(" + line + b") Tj T*" for line in lines) + b" ET"
        stream = f"<< /Length {len(shown)} >>\nstream\n".encode() + shown + b"\nendstream"
        objects += [stream]
        fonts = "/Resources << /Font << /F1 3 0 R >> >>"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R {fonts} >>"
        objects += [page.encode()]
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return _file(objects)


def locked(content: bytes, password: str) -> bytes:
    """Opened with this password only; with an empty one, by everybody, and protected against changes."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(user_password=password, owner_password="the owner's", algorithm="AES-256")
    into = io.BytesIO()
    writer.write(into)
    return into.getvalue()


def _file(objects: list[bytes]) -> bytes:
    written, places = b"%PDF-1.4\n", list[int]()
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n".encode()
    return written + head + table + trailer
