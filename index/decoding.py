"""From bytes of unknown encoding to clean text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import BinaryIO

from zeitfrage.config.errors import UnreadableInput

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP archive (or a DOCX, ODT or EPUB)",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"SQLite format 3": "a database",
    b"\x7fELF": "a program",
}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a\x1b"))
_CONTROLS_OF_BINARY = 0.01
# A JSON list or a page is read in one piece; parsed, it takes several times this in memory.
_MOST_AT_ONCE = 500_000_000
# What browsers do too: pages and tools that say latin-1 or ASCII mean cp1252.
_MEANT_AS_CP1252 = {"iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii"}
# "Spaß“" or "GRÖ–" in cp1252 is by chance valid UTF-8, of scripts that no newspaper here prints.
_CHANCE_UTF8 = re.compile("[\u05c0-\u05ff\u0580-\u0588\u0590-\u05af\u0700-\u073f\u07c0-\u07ff]")
_TWO_OF_A_SCRIPT = re.compile("[\u0580-\u07ff]{2}")
# Bytes that are letters or quotation marks of cp1252, but inside or before small letters of other
# code pages: M„nner and k”nnen are DOS, MŠnner and fŸr are Macintosh.
_NOT_CP1252 = re.compile(
    "[a-zA-Z][\u201a\u201e\u2026\u2020\u2021\u02c6\u2030\u2039\u201c\u201d\u2022\u02dc\u2122"
    "\u203a\u00a6\u00a7\u00ac\u00b6\u00b7\u00b8][a-z]|[a-z][\u0160\u0152\u017d\u0178][a-z]"
)
_MOSTLY_FOREIGN = 0.3
_LETTERS_TO_JUDGE = 20
_OLD_CODE_PAGES = ("cp850", "mac_roman")
_MOSTLY_GERMAN = 0.5

# Control characters but tab and newline; soft hyphen, zero-width characters and marks of direction.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028]")
_BLANKS = " \t\u00a0"
_EMPTY_LINES = re.compile(r"\n{3,}")


def read_whole(stream: BinaryIO) -> bytes:
    """Read a file to its end; raises UnreadableInput where that would fill the memory."""
    data = stream.read(_MOST_AT_ONCE + 1)
    if len(data) > _MOST_AT_ONCE:
        raise UnreadableInput("It holds more than 500 MB, too much to read at once.")
    return data


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text of a file.

    A byte order mark decides, then validity as UTF-8, then what the file declares. What is left
    is read as cp1252, which holds every printable character of latin-1 at the same place and
    the quotation marks that archives have where latin-1 has none; only where that gives no
    plausible text is the encoding guessed.

    Args:
        data: the bytes.
        declared: the encoding that the file says it has.

    Raises:
        UnreadableInput: the bytes are no text.
    """
    for magic, name in _BINARY.items():
        if data.startswith(magic):
            raise UnreadableInput(f"The file is {name}, not text.")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > max(1, _CONTROLS_OF_BINARY * len(data)):
        raise UnreadableInput("The file is binary, not text.")
    return _as_utf8(data) or _as_declared(data, declared) or _as_code_page(data)


def clean(text: str) -> str:
    """Return a text as it is stored: NFC, newlines as LF, without invisible characters.

    Paragraphs stay separated by one empty line; blanks at the ends of lines are gone.
    """
    text = _LINE_END.sub("\n", text).replace("\u2029", "\n\n")
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = "\n".join(line.rstrip(_BLANKS) for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _as_utf8(data: bytes) -> str | None:
    """Return the text if it is UTF-8, a cut or broken character here and there allowed."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
        broken = text.count("\ufffd")
        sound = sum(map(text.count, "äöüÄÖÜß„“”’–—…éèàáíóúñç"))
        return text if sound > broken else None
    by_chance = _CHANCE_UTF8.search(text) and not _TWO_OF_A_SCRIPT.search(text)
    return None if by_chance and not re.search("[äöüÄÖÜß„“–]", text) else text


def _as_declared(data: bytes, declared: str | None) -> str | None:
    name = (declared or "").lower()
    try:
        return data.decode("cp1252" if name in _MEANT_AS_CP1252 else name)
    except (UnicodeError, LookupError):
        return None


def _as_code_page(data: bytes) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if text and not _NOT_CP1252.search(text) and not _is_foreign(text):
        # Nobody prints the sign ¤; it is where latin-9 has the euro.
        return data.decode("iso8859-15") if "\u00a4" in text else text
    old = max((data.decode(name) for name in _OLD_CODE_PAGES), key=_german)
    if _german(old) > _MOSTLY_GERMAN * sum(char > "\x7f" for char in old):
        return old
    from charset_normalizer import from_bytes

    guess = from_bytes(data).best()
    return str(guess) if guess else data.decode("cp1252", errors="replace")


def _german(text: str) -> int:
    return sum(map(text.count, "äöüÄÖÜß"))


def _is_foreign(text: str) -> bool:
    """Whether so many letters are accented that this is another alphabet, read wrongly."""
    letters = [char for char in text[:100_000] if char.isalpha()]
    accented = sum(char > "\x7f" for char in letters)
    return len(letters) > _LETTERS_TO_JUDGE and accented > _MOSTLY_FOREIGN * len(letters)
