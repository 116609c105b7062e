"""What proves a sentence that an LLM wrote: computed from the passages, never taken on its word."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from zeitfrage.assistant.answer import GroundedSentence, Language, Quote
from zeitfrage.assistant.figures import date_words, dated_figures, figures
from zeitfrage.assistant.markers import strip_markers
from zeitfrage.index import function_words
from zeitfrage.index.analysis import analyse
from zeitfrage.index.article import Article, Passage
from zeitfrage.index.sentences import sentence_spans

# Chosen on the answers of a 1.5-billion-parameter model to questions with known answers.
_COVERED_AT_LEAST = 0.6
_ACROSS_LANGUAGES_AT_LEAST = 0.3
_CITED_BONUS = 0.1
_MISSING_FIGURE = 0.5
_SECOND_QUOTE_ADDS = 0.15
_COMPOUND_CREDIT = 0.7
_CONTEXT_CREDIT = 0.4
_COMPOUND_PART = 5
_COGNATE = 0.75
_COGNATE_LENGTH = 4

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W_]+)*")
# Words about the answer itself, and units, which the article may write as signs.
_FRAMING = {
    "de": "laut gemäß zufolge basierend aufgrund artikel artikeln passage passagen text texte "
    "quelle quellen information informationen angaben antwort frage lautet lauten folgende "
    "folgenden folgendes vorliegenden gegebenen angegebenen bereitgestellten genannten "
    "zusammenfassend zusammenfassung heißt ja nein prozent euro uhr jahr",
    "en": "according based article articles passage passages text texts source sources "
    "information answer question follows following given provided summary states yes "
    "percent euros year",
}
_ARTICLES = (
    r"\b(?:artikeln?|passagen?|texten?|texte|quellen?|articles?|passages?|texts?|sources?)\b"
)
_NONE = r"\b(?:nicht|nichts|keine?[nrm]?|not?|none|nothing)\b"
# "Die Artikel nennen keine Kosten", "Das wird in den Artikeln nicht erwähnt".
_SAYS_NOTHING = (
    re.compile(
        rf"(?i)^(?!laut|gemäß|nach|according)[^.]*{_ARTICLES}\s+(?:do\s+|does\s+)?(?:{_NONE}\s+)?"
        rf"(?:nennen|nennt|enthalten|enthält|say|contain|mention|provide|state)s?\b"
    ),
    re.compile(
        rf"(?i){_NONE}.*(?:information|angabe|auskunft|erwähnt|genannt|angegeben|hervor|enthalten"
        r"|beantworte|mention|stated|specified|contain|answer)"
    ),
)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A sentence of a passage as the claim's language sees it."""

    passage: Passage
    number: int
    start: int
    end: int
    terms: frozenset[str]
    context: frozenset[str]
    figures: frozenset[str]
    similarity: float
    same_language: bool

    @property
    def quote(self) -> Quote:
        return Quote(self.passage.article, self.start, self.end)

    @property
    def text(self) -> str:
        return self.passage.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a sentence says, as the things that its proof must hold."""

    text: str
    language: Language
    cited: frozenset[int]
    figures: frozenset[str]
    names: tuple[str, ...]
    needed_names: tuple[str, ...]

    def terms(self, same_language: bool, language: str) -> frozenset[str]:
        """Return what an article in this language must show: across languages only names."""
        if not same_language:
            names = _terms(" ".join(self.names), language, same_language=False)
            return names | frozenset(_digits(self.figures))
        return frozenset(analyse(self.text, language)) - _framing_terms(self.language)


def ground(
    sentence: str, language: Language, passages: Sequence[Passage], question: str = ""
) -> GroundedSentence | None:
    """Find the words that prove a sentence of an answer.

    The sentence is matched with every sentence of the passages by the content words that both
    share, weighed by how rare they are in these passages. Each number, date and weekday of it
    must stand in the quoted sentences, or be the article's date. Each name must stand in the
    quoted passage; as German writes names like nouns, each noun must, unless the question has it.
    A valid citation by the model is a hint that lowers the bar, no more.

    An answer in another language than its article shares few words with it. There only numbers
    and names are compared, and a sentence without any is believed where the model cites a passage
    that it was given; the quote is then that passage's best sentence. This proves less.

    Args:
        sentence: as the model wrote it, with any markers.
        language: that the answer is written in.
        passages: those that the model was given, in the order of their numbers.
        question: whose words an answer may repeat.

    Returns:
        The sentence without markers and with at most two quotes; without any where nothing
        proves it; None where it claims nothing about the world ("Laut den Artikeln:").
    """
    text, cited = strip_markers(sentence, len(passages))
    claim = _claim(text, cited, language, question)
    if _claims_nothing(claim):
        return None
    evidence = [e for n, p in enumerate(passages, 1) for e in _evidence(n, p, language)]
    quotes = tuple(found.quote for found in _proof(claim, evidence))
    space = sentence[len(sentence.rstrip()) :]
    return GroundedSentence(claim.text + space, quotes)


def _claim(text: str, cited: frozenset[int], language: Language, question: str) -> _Claim:
    names = _names(text, language)
    first = _WORD.search(text)
    asked = frozenset(_WORD.findall(question))
    # The first word is capitalised whatever it is.
    needed = names[1:] if names and first and names[0] == first.group() else names
    return _Claim(
        text=text,
        language=language,
        cited=cited,
        figures=figures(text, language),
        names=names,
        needed_names=tuple(name for name in needed if name not in asked),
    )


def _claims_nothing(claim: _Claim) -> bool:
    if not claim.figures and not claim.terms(True, claim.language):
        return True
    about_articles = re.search(f"(?i){_ARTICLES}", claim.text) and re.search(_NONE, claim.text)
    return bool(about_articles) and any(kind.search(claim.text) for kind in _SAYS_NOTHING)


@cache
def _framing_terms(language: Language) -> frozenset[str]:
    return frozenset(analyse(_FRAMING[language], language))


def _evidence(number: int, passage: Passage, language: Language) -> Iterator[_Evidence]:
    article, chunk = passage.article, passage.chunk
    same = article.language == language
    around = f"{article.title}\n{article.dateline or ''}\n{chunk.text}"
    context = _terms(around, article.language, same) | _date_terms(article)
    spans = [(s.start, s.end, s.similarity) for s in passage.sentences] or [
        (chunk.start + start, chunk.start + end, 0.0)
        for start, end in sentence_spans(chunk.text, article.language)
    ]
    for start, end, similarity in spans:
        text = article.text[start:end]
        terms, shown = _terms(text, article.language, same), figures(text, article.language)
        yield _Evidence(passage, number, start, end, terms, context, shown, similarity, same)


def _terms(text: str, language: str, same_language: bool) -> frozenset[str]:
    if same_language:
        return frozenset(analyse(text, language))
    words = (part for word in _WORD.findall(text) for part in _parts(word))
    return frozenset(words) | frozenset(_digits(figures(text, language)))


def _date_terms(article: Article) -> frozenset[str]:
    """Return the words that a claim may name the publication date with."""
    return frozenset(analyse(date_words(article), article.language))


# --- choosing ---------------------------------------------------------------------------------


def _proof(claim: _Claim, evidence: Sequence[_Evidence]) -> list[_Evidence]:
    """Return the best one or two sentences, none where they do not prove the claim."""
    if not evidence:
        return []
    rarity = _Rarity(evidence)
    best = max(evidence, key=lambda e: (_score(claim, [e], rarity), e.similarity))
    chosen = [best]
    alone = _score(claim, chosen, rarity)
    second = max(evidence, key=lambda e: (_score(claim, [best, e], rarity), e.similarity))
    if _score(claim, [best, second], rarity) >= alone + _SECOND_QUOTE_ADDS:
        chosen.append(second)
    return chosen if _proves(claim, chosen, rarity) else []


def _score(claim: _Claim, chosen: Sequence[_Evidence], rarity: _Rarity) -> float:
    cited = any(e.number in claim.cited for e in chosen)
    missing = len(_missing_figures(claim, chosen)) / max(1, len(claim.figures))
    return rarity.coverage(claim, chosen) + _CITED_BONUS * cited - _MISSING_FIGURE * missing


def _proves(claim: _Claim, chosen: Sequence[_Evidence], rarity: _Rarity) -> bool:
    if _missing_figures(claim, chosen):
        return False
    cited = any(e.number in claim.cited for e in chosen)
    covered = rarity.coverage(claim, chosen) + _CITED_BONUS * cited
    if chosen[0].same_language:
        return covered >= _COVERED_AT_LEAST and _names_are_known(claim, chosen)
    if claim.cited and not cited:
        # A number in common is too little where the model says that it read something else.
        return False
    if not claim.terms(False, claim.language):
        return cited
    return covered >= _ACROSS_LANGUAGES_AT_LEAST


def _missing_figures(claim: _Claim, chosen: Sequence[_Evidence]) -> frozenset[str]:
    shown = frozenset().union(*(e.figures for e in chosen))
    dates = frozenset().union(*(dated_figures(e.passage.article, claim.figures) for e in chosen))
    return claim.figures - shown - dates


def _names_are_known(claim: _Claim, chosen: Sequence[_Evidence]) -> bool:
    """Whether the passages quoted show each name of the claim, which in German is each noun."""
    shown: frozenset[str] = frozenset()
    for found in chosen:
        article = found.passage.article
        about = (article.title, article.dateline, article.byline, article.source, article.agency)
        text = " ".join((found.passage.chunk.text, *(part or "" for part in about)))
        shown |= _terms(text, article.language, same_language=False)
    framing = _framing_terms(claim.language)
    needed = (
        name for name in claim.needed_names if framing.isdisjoint(analyse(name, claim.language))
    )
    return all(any(_match(part, shown, cognates=True) for part in _parts(name)) for name in needed)


# --- comparing --------------------------------------------------------------------------------


class _Rarity:
    """Inverse document frequencies, a document being a sentence of the passages."""

    def __init__(self, evidence: Sequence[_Evidence]) -> None:
        self._counts = Counter(term for found in evidence for term in found.terms)
        self._sentences = len(evidence)

    def weight(self, term: str) -> float:
        """Return how telling a term is; a word of the model's own counts as a rare one."""
        return math.log(1 + self._sentences / max(1, self._counts[term]))

    def coverage(self, claim: _Claim, chosen: Sequence[_Evidence]) -> float:
        """Return the share of the claim's terms that the sentences hold, in [0, 1]."""
        same = chosen[0].same_language
        wanted = claim.terms(same, chosen[0].passage.article.language)
        total = sum(map(self.weight, wanted))
        held = sum(self.weight(term) * max(_shown(term, e) for e in chosen) for term in wanted)
        return held / total if total else 0.0


def _shown(term: str, evidence: _Evidence) -> float:
    """Return how far a sentence, or what stands around it, shows a term, in [0, 1]."""
    cognates = not evidence.same_language
    in_sentence = _match(term, evidence.terms, cognates)
    return in_sentence or _CONTEXT_CREDIT * _match(term, evidence.context, cognates)


@lru_cache(maxsize=20_000)
def _match(term: str, shown: frozenset[str], cognates: bool) -> float:
    """Return how far a term is shown, in [0, 1]: as it is, within a compound, or as a cognate."""
    if term in shown:
        return 1.0
    if cognates and len(term) >= _COGNATE_LENGTH and any(_akin(term, other) for other in shown):
        return 1.0
    long = len(term) >= _COMPOUND_PART
    within = any(
        (long and term in other) or (len(other) >= _COMPOUND_PART and other in term)
        for other in shown
    )
    return _COMPOUND_CREDIT if within else 0.0


def _akin(a: str, b: str) -> bool:
    if a[0] != b[0] or len(b) < _COGNATE_LENGTH:
        return False
    if a.startswith(b) or b.startswith(a):
        return True
    return difflib.SequenceMatcher(a=a, b=b, autojunk=False).ratio() >= _COGNATE


def _parts(word: str) -> list[str]:
    """Return the parts of a hyphenated word, folded."""
    folded = word.casefold().translate(str.maketrans("äöü", "aou"))
    return [part for part in re.split("[-'’]", folded) if part]


def _digits(shown: frozenset[str]) -> Iterator[str]:
    return (figure for figure in shown if figure[0].isdigit())


# --- names ------------------------------------------------------------------------------------


def _names(text: str, language: Language) -> tuple[str, ...]:
    """Return the capitalised words that are no function words; in German also the nouns."""
    words = (match.group() for match in _WORD.finditer(text))
    return tuple(
        word
        for word in words
        if word[0].isupper()
        and (word.lower() not in function_words.BY_LANGUAGE[language] or word.isupper())
        and not figures(word, language)
    )
