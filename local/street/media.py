"""Media on the street: what customers send, what the shop uploads, and links that die after five minutes."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path

from local.street.config import StreetConfig
from local.street.graph_errors import GraphError
from local.street.journal import Journal

SAMPLES = Path(__file__).parent / "samples"
LINK_SECONDS = 5 * 60
INBOUND_DAYS = 7
UPLOADED_DAYS = 30
MEGABYTE = 1024 * 1024

TYPE_LIMITS: Mapping[str, int] = {
    "image/jpeg": 5 * MEGABYTE,
    "image/png": 5 * MEGABYTE,
    "image/webp": 500 * 1024,
    "audio/aac": 16 * MEGABYTE,
    "audio/amr": 16 * MEGABYTE,
    "audio/mp4": 16 * MEGABYTE,
    "audio/mpeg": 16 * MEGABYTE,
    "audio/ogg": 16 * MEGABYTE,
    "video/3gpp": 16 * MEGABYTE,
    "video/mp4": 16 * MEGABYTE,
    "application/pdf": 100 * MEGABYTE,
    "text/plain": 100 * MEGABYTE,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": 100 * MEGABYTE,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": 100 * MEGABYTE,
}


@dataclass(frozen=True)
class Sample:
    file: str
    mime_type: str


SAMPLE_OF_KIND: Mapping[str, Sample] = {
    "image": Sample("foto-da-mel.jpg", "image/jpeg"),
    "voice": Sample("mensagem-de-voz.ogg", "audio/ogg; codecs=opus"),
    "audio": Sample("mensagem-de-voz.ogg", "audio/ogg"),
    "video": Sample("video.mp4", "video/mp4"),
    "document": Sample("carteira-de-vacinacao.pdf", "application/pdf"),
    "sticker": Sample("figurinha.webp", "image/webp"),
}


@dataclass(frozen=True)
class Stored:
    id: str
    mime_type: str
    filename: str
    data: bytes
    expires_at: float

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.data).digest()


class MediaStore:
    def __init__(self, config: StreetConfig, journal: Journal) -> None:
        self._config = config
        self._journal = journal
        self._stored: dict[str, Stored] = {}
        for record in journal.records():
            if "media" in record:
                media = record["media"]
                self._stored[media["id"]] = Stored(**{**media, "data": base64.b64decode(media["data"])})

    def keep_sample(self, kind: str) -> Stored:
        sample = SAMPLE_OF_KIND[kind]
        data = (SAMPLES / sample.file).read_bytes()
        return self.keep(data, sample.mime_type, sample.file, days=INBOUND_DAYS)

    def keep(self, data: bytes, mime_type: str, filename: str, *, days: int) -> Stored:
        stored = Stored(
            id=str(secrets.randbelow(9 * 10**15) + 10**15),
            mime_type=mime_type,
            filename=filename,
            data=data,
            expires_at=self._now() + days * 24 * 3600,
        )
        self._stored[stored.id] = stored
        self._journal.append({"media": {**vars(stored), "data": base64.b64encode(data).decode()}})
        return stored

    def get(self, media_id: str) -> Stored | None:
        stored = self._stored.get(media_id)
        return stored if stored is not None and stored.expires_at > self._now() else None

    def delete(self, media_id: str) -> bool:
        return self._stored.pop(media_id, None) is not None

    def reset(self) -> None:
        self._stored.clear()

    def link(self, stored: Stored) -> str:
        expires = int(self._now()) + LINK_SECONDS
        return f"{self._config.base_url}/graph/media/{stored.id}/{expires}/{self._ticket(stored.id, expires)}"

    def opened_by(self, media_id: str, expires: int, ticket: str) -> Stored | None:
        """The media behind a link, if the link is ours and still alive."""
        genuine = hmac.compare_digest(ticket.encode(), self._ticket(media_id, expires).encode())
        return self.get(media_id) if genuine and expires >= self._now() else None

    def _ticket(self, media_id: str, expires: int) -> str:
        return hmac.new(self._config.app_secret.encode(), f"{media_id}.{expires}".encode(), "sha256").hexdigest()

    def _now(self) -> float:
        return self._config.clock().timestamp()


@dataclass(frozen=True)
class Upload:
    data: bytes
    mime_type: str
    filename: str


def parse_upload(content_type: str, body: bytes) -> Upload:
    """The file of a multipart form, checked against Meta's types and sizes."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    form = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
    if "file" not in parts:
        raise GraphError(100, "file is required")
    product = parts.get("messaging_product")
    if product is None or product.get_payload(decode=True) != b"whatsapp":
        raise GraphError(100, "messaging_product must be whatsapp")
    file = parts["file"]
    data = file.get_payload(decode=True)
    mime_type = file.get_content_type()
    limit = TYPE_LIMITS.get(mime_type)
    if limit is None:
        raise GraphError(100, f"file must not be {mime_type}")
    if not isinstance(data, bytes) or not 0 < len(data) <= limit:
        raise GraphError(131053, f"file must hold 1 to {limit} bytes")
    return Upload(data, mime_type, file.get_filename() or "arquivo")
