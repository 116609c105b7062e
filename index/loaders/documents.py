"""Documents of word processors, PDF and e-books."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import BinaryIO

from lxml import etree

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.decoding import decode, read_whole
from zeitfrage.index.loaders import html
from zeitfrage.index.loaders.content import Content, Rejection
from zeitfrage.index.loaders.plain import read_text

_MOST_PAGES = 2000
_MOST_UNPACKED = 200_000_000
_SHORTEST_CHAPTER = 200
_LONGEST_INFORMATION = 10_000
# A line that ends in a hyphen and goes on in small letters is one word; "Nato- und EU" is not.
_HYPHENATED = re.compile(r"(?<=[a-zäöüß])-\n(?=[a-zäöüß])(?!und\b|oder\b|bzw\b|and\b|or\b)")
_SENTENCE_END = re.compile(r"[.!?:“”\"»]\s*$")


def load_pdf(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """Yield the article of a PDF's text layer; all of its text is one article.

    Raises:
        UnreadableInput: it is damaged, locked, or has no text layer.
    """
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        document = pypdf.PdfReader(io.BytesIO(read_whole(stream)))
        if document.is_encrypted and not document.decrypt(""):
            raise UnreadableInput("The PDF is locked with a password.")
        pages = [page.extract_text() for page in document.pages[:_MOST_PAGES]]
        about = document.metadata
        known = {
            "title": about.title if about else None,
            "byline": about.author if about else None,
            "published": about.creation_date if about else None,
            "keywords": about.get("/Keywords") if about else None,
        }
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        raise UnreadableInput(f"It is not a readable PDF: {error}.") from error
    text = _joined("\n".join(pages))
    if not text:
        raise UnreadableInput("The PDF has no text layer; it has to go through OCR first.")
    yield read_text(text, origin, known)


def load_docx(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """Yield the article of a Word document; raises UnreadableInput where it holds no text."""
    import docx

    data = _within_limits(read_whole(stream))
    try:
        document = docx.Document(io.BytesIO(data))
        text = "\n\n".join(paragraph.text for paragraph in document.paragraphs)
        about = document.core_properties
        known = {
            "title": about.title,
            "byline": about.author,
            "published": about.created,
            "keywords": about.keywords,
        }
    except (ValueError, KeyError, AttributeError, etree.LxmlError, zipfile.BadZipFile) as error:
        raise UnreadableInput(f"It is not a readable Word document: {error}.") from error
    yield read_text(text, origin, known)


def load_odt(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """Yield the article of an OpenDocument text; raises UnreadableInput where it holds no text."""
    import odfdo

    data = _within_limits(read_whole(stream))
    try:
        document = odfdo.Document(io.BytesIO(data))
        blocks = [
            part.inner_text
            for part in document.body.get_elements("descendant::text:p|descendant::text:h")
        ]
        about = document.meta
        known = {
            "title": about.title,
            "byline": about.initial_creator or about.creator,
            "published": about.creation_date,
            "keywords": about.keywords,
        }
    except (ValueError, KeyError, TypeError, etree.LxmlError, zipfile.BadZipFile) as error:
        raise UnreadableInput(f"It is not a readable OpenDocument text: {error}.") from error
    yield read_text("\n\n".join(blocks), origin, known)


def load_rtf(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """Yield the article of a Rich Text file; raises UnreadableInput where it holds no text.

    Source: Microsoft, Rich Text Format Specification 1.9.1, "Information Group".
    """
    from striprtf.striprtf import rtf_to_text

    source = decode(read_whole(stream))
    if not source.lstrip().startswith("{\\rtf"):
        raise UnreadableInput("It is not a Rich Text file.")
    try:
        text = str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
        known: dict[str, object] = {
            field: str(rtf_to_text("{\\rtf1\\ansi " + said + "}", errors="replace"))  # type: ignore[no-untyped-call]
            for field, said in _rtf_information(source)
        }
    except (ValueError, LookupError, RecursionError) as error:
        raise UnreadableInput(f"It is not a readable Rich Text file: {error}.") from error
    yield read_text(re.sub(r"\n+", "\n\n", text), origin, known)


def _rtf_information(source: str) -> Iterator[tuple[str, str]]:
    """Yield what a Rich Text file says about itself, by field, still in its notation."""
    start = source.find("{\\info")
    information = source[start : start + _LONGEST_INFORMATION] if start >= 0 else ""
    for word, field in (("title", "title"), ("author", "byline"), ("keywords", "keywords")):
        if match := re.search(rf"\{{\\{word} ((?:[^{{}}\\]|\\[^\n]){{1,500}})\}}", information):
            yield field, match[1]
    if match := re.search(r"\{\\creatim\\yr(\d{4})\\mo(\d\d?)\\dy(\d\d?)", information):
        yield "published", "-".join(match.groups())


def load_epub(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the chapters of an e-book, or the articles of a newspaper's, one each.

    Source: W3C EPUB 3.3; the order is that of the spine.
    """
    data = _within_limits(read_whole(stream))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            about, chapters = _spine(book)
            found = False
            for number, name in enumerate(chapters, start=1):
                where = f"{origin}:{number}"
                chapter = _chapter(book.read(name), where, about)
                found = found or chapter is not None
                if chapter:
                    yield chapter
    except (zipfile.BadZipFile, KeyError, etree.LxmlError, ValueError) as error:
        raise UnreadableInput(f"It is not a readable EPUB: {error}.") from error
    if not found:
        raise UnreadableInput("The EPUB holds no chapter of text.")


def _chapter(data: bytes, where: str, about: dict[str, object]) -> Content | None:
    """Return a chapter as an article; None where it is a cover or a table of contents."""
    try:
        article = html.read_page(data, where, about)
    except UnreadableInput:
        return None
    except RecursionError:
        return Rejection(where, "The chapter is nested too deeply to be read.")
    return article if len(article.text) >= _SHORTEST_CHAPTER else None


def _spine(book: zipfile.ZipFile) -> tuple[dict[str, object], list[str]]:
    container = _xml(book.read("META-INF/container.xml"))
    rootfile = container.find(".//{*}rootfile")
    if rootfile is None:
        raise ValueError("it names no package document")
    path = str(rootfile.get("full-path"))
    package = _xml(book.read(path))
    files = {item.get("id"): item.get("href") for item in package.iterfind(".//{*}item")}
    names = [files.get(entry.get("idref")) for entry in package.iterfind(".//{*}itemref")]
    about: dict[str, object] = {
        "source": package.findtext(".//{*}metadata/{*}title"),
        "published": package.findtext(".//{*}metadata/{*}date"),
        "byline": package.findtext(".//{*}metadata/{*}creator"),
        "language": package.findtext(".//{*}metadata/{*}language"),
    }
    return about, [normpath(join(dirname(path), name)) for name in names if name]


def _xml(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _joined(text: str) -> str:
    """Join the lines of a page into paragraphs, words cut at a line's end made whole."""
    text = _HYPHENATED.sub("", text.replace("\r", ""))
    paragraphs: list[str] = []
    for line in text.split("\n"):
        ends = not paragraphs or not paragraphs[-1]
        if not line.strip():
            if not ends and _SENTENCE_END.search(paragraphs[-1]):
                paragraphs.append("")
        elif ends:
            paragraphs[-1:] = [line.strip()]
        else:
            paragraphs[-1] += " " + line.strip()
    return "\n\n".join(filter(None, paragraphs))


def _within_limits(data: bytes) -> bytes:
    """Return a zipped document; raises UnreadableInput where it would fill the memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableInput(f"The document is damaged: {error}.") from error
    if unpacked > _MOST_UNPACKED:
        raise UnreadableInput("The document unpacks to more than 200 MB.")
    return data
