"""Letters and newsletters (RFC 5322), mailboxes, and web pages saved as MHTML (RFC 2557)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, cast

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.decoding import clean, decode, read_whole
from zeitfrage.index.loaders import html
from zeitfrage.index.loaders.content import Content, Rejection
from zeitfrage.index.loaders.record import article_of

_LONGEST_LETTER = 50_000_000
_LONGEST_HEADER = 4_000
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


class _Bounded(policy.EmailPolicy):
    """Reads headers as far as they can be honest: parsing takes the square of their length."""

    def header_fetch_parse(self, name: str, value: str) -> Any:  # noqa: ANN401
        return super().header_fetch_parse(name, value[:_LONGEST_HEADER])


_POLICY = _Bounded()


def load_letter(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield a letter or newsletter as one article; raises UnreadableInput where it holds none."""
    yield from _letter(read_whole(stream), origin, alone=True)


def load_mailbox(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the letters of a mailbox (mbox, RFC 4155), one at a time."""
    letter, number = bytearray(), 0
    for line in stream:
        if line.startswith(b"From ") and letter:
            number += 1
            yield from _numbered(bytes(letter), origin, number)
            letter.clear()
        if not line.startswith(b"From ") and len(letter) < _LONGEST_LETTER:
            letter += line
    if letter.strip():
        yield from _numbered(bytes(letter), origin, number + 1)


def load_saved_page(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the article of a page saved as MHTML; raises UnreadableInput where it holds none."""
    message = _parse(read_whole(stream))
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            url = part.get("Content-Location") or message.get("Snapshot-Content-Location")
            yield html.read_page(_bytes(part), origin, {"url": url})
            return
    raise UnreadableInput("The saved page holds no HTML.")


def _numbered(data: bytes, origin: str, number: int) -> Iterator[Content]:
    where = f"{origin}:{number}"
    try:
        yield from _letter(_QUOTED_FROM.sub(rb"\1", data), where, alone=False)
    except UnreadableInput as error:
        yield Rejection(where, error.message)


def _letter(data: bytes, origin: str, alone: bool) -> Iterator[Content]:
    message = _parse(data)
    sender = _header(message, "from")
    name = re.sub(r"\s*<[^>]*>", "", sender).strip(' "') or sender
    fields: dict[str, object] = {
        "id": _header(message, "message-id") or None,
        "title": _header(message, "subject"),
        "published": _date(message),
        "source": name,
        "url": _header(message, "archived-at").strip("<>") or None,
    }
    plain = message.get_body(("plain",))
    rich = message.get_body(("html",))
    if plain is not None and decode(_bytes(plain)).strip():
        yield article_of(fields | {"text": clean(decode(_bytes(plain)))}, origin, alone)
    elif rich is not None:
        yield html.read_page(_bytes(rich), origin, fields)
    else:
        raise UnreadableInput("The letter holds no text.")


def _parse(data: bytes) -> EmailMessage:
    try:
        message = cast("EmailMessage", message_from_bytes(data, policy=_POLICY))
    except (MessageError, ValueError, RecursionError) as error:
        raise UnreadableInput(f"It is not a readable letter: {error}.") from error
    if not message.keys():
        raise UnreadableInput("It is not a letter: it has no header.")
    return message


def _bytes(part: MIMEPart) -> bytes:
    """Return a part's content in UTF-8, whatever encoding it claims and has."""
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else b""
    return decode(data, part.get_content_charset()).encode("utf-8", "replace")


def _header(message: EmailMessage, name: str) -> str:
    """Return a header's text; empty where it is missing or too broken to be read."""
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, AttributeError, MessageError):
        return ""


def _date(message: EmailMessage) -> object:
    try:
        return parsedate_to_datetime(_header(message, "date"))
    except (ValueError, TypeError):
        return None
