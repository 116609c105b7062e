"""Articles cut into chunks at paragraphs and sentences."""

from __future__ import annotations

from dataclasses import dataclass

from zeitfrage.index.article import Article, Chunk
from zeitfrage.index.sentences import Span, paragraph_spans, sentence_spans


@dataclass(frozen=True, slots=True)
class CutChunk:
    """A chunk with the half-open spans of its sentences in the article's text."""

    chunk: Chunk
    sentences: tuple[Span, ...]


def cut(article: Article, max_characters: int) -> list[CutChunk]:
    """Cut an article into chunks of whole sentences.

    Paragraphs are packed together while they fit; a longer paragraph is cut between sentences.
    Chunks are in order, do not overlap, and hold every sentence exactly once; a single sentence
    longer than the limit is a chunk of its own.

    Args:
        article: to be cut.
        max_characters: what a chunk should not exceed.
    """
    groups: list[list[Span]] = []
    for paragraph in _paragraphs(article):
        fits = bool(groups) and paragraph[-1][1] - groups[-1][0][0] <= max_characters
        if fits:
            groups[-1] += paragraph
        else:
            groups += _packed(paragraph, max_characters)
    return [_chunk(article, number, group) for number, group in enumerate(groups)]


def _paragraphs(article: Article) -> list[list[Span]]:
    paragraphs = []
    for start, end in paragraph_spans(article.text):
        sentences = sentence_spans(article.text[start:end], article.language)
        paragraphs.append([(start + a, start + b) for a, b in sentences])
    return paragraphs


def _packed(sentences: list[Span], max_characters: int) -> list[list[Span]]:
    groups: list[list[Span]] = []
    for sentence in sentences:
        if groups and sentence[1] - groups[-1][0][0] <= max_characters:
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    return groups


def _chunk(article: Article, number: int, sentences: list[Span]) -> CutChunk:
    start, end = sentences[0][0], sentences[-1][1]
    chunk = Chunk(article.id, number, start, end, article.text[start:end])
    return CutChunk(chunk, tuple(sentences))
