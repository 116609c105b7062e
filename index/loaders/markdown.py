"""Markdown with YAML front matter, one article a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.decoding import clean, decode, read_whole
from zeitfrage.index.loaders.record import article_of, guess_columns
from zeitfrage.index.newstext import read_news_text

_NOTHING = ("", "~", "null", "Null", "NULL")


def load(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """Yield the article of a Markdown file.

    Raises:
        UnreadableInput: the front matter is not valid YAML, or there is no text.
    """
    fields, body = _front_matter(clean(decode(read_whole(stream))))
    heading, text = _plain_text(body)
    reading = read_news_text(clean(text))
    found = {
        "title": heading or reading.title,
        "text": reading.text,
        "published": str(reading.published or ""),
        "byline": reading.credit.byline,
        "agency": reading.credit.agency,
        "source": reading.credit.source,
    }
    yield article_of({**fields, **_missing(found, fields)}, origin, alone=True)


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the fields at a file's head, all of them as text, and what follows."""
    try:
        fields, body = frontmatter.parse(text, handler=_FrontMatter())
    except (yaml.YAMLError, RecursionError) as error:
        raise UnreadableInput(f"The front matter is not valid YAML: {error}.") from error
    return {name: value for name, value in fields.items() if value not in _NOTHING}, body


class _FrontMatter(YAMLHandler):
    def load(self, fm: str, **_: object) -> dict[str, Any]:
        found: dict[str, Any] = yaml.load(fm, Loader=_PlainLoader)  # noqa: S506 (makes only texts)
        return found


class _PlainLoader(yaml.BaseLoader):
    """Reads every value as text, and follows no alias: a dozen can stand for billions of words."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not followed")
        return super().compose_node(parent, index)


def _missing(found: Mapping[str, object], fields: Mapping[str, object]) -> dict[str, object]:
    """Return what the text says that the front matter does not; the text itself always."""
    said = guess_columns(map(str, fields))
    return {name: value for name, value in found.items() if name == "text" or name not in said}


def _plain_text(markdown: str) -> tuple[str | None, str]:
    """Return the first top heading, and the words of all other blocks, an empty line between."""
    from markdown_it import MarkdownIt

    heading: str | None = None
    blocks: list[str] = []
    tokens = MarkdownIt("commonmark").parse(markdown)
    for token, opener in zip(tokens[1:], tokens, strict=False):
        if token.type != "inline":
            continue
        parts = (
            "\n" if child.type in ("softbreak", "hardbreak") else child.content
            for child in token.children or []
            if child.type != "html_inline"
        )
        words = "".join(parts).strip()
        if opener.tag == "h1" and heading is None and not blocks:
            heading = words
        elif words:
            blocks.append(words)
    return heading, "\n\n".join(blocks)
