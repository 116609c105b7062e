"""What an agency says of articles that it sent before, and the newer forms of ninjs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from zeitfrage.index import Article
from zeitfrage.index.loaders import Content, Rejection, Withdrawal, read_articles

FIXTURES = Path(__file__).parent.parent / "fixtures"


def read(name: str, data: bytes) -> Content:
    (found,) = read_articles(io.BytesIO(data), name)
    return found


def article(name: str, data: bytes) -> Article:
    found = read(name, data)
    assert isinstance(found, Article), found
    return found


def test_a_later_revision_in_newsml_1_2_is_the_same_article():
    sent = (FIXTURES / "newsml-1.2.xml").read_bytes()
    later = sent.replace(b"bruecke-0311:1<", b"bruecke-0311:2U<").replace(b">1</Rev", b">2</Rev")
    first, second = article("a.xml", sent), article("a.xml", later)
    assert first.id == second.id
    assert (first.revision, second.revision) == (1, 2)


def test_a_correction_in_nitf_is_a_version_of_the_article_that_it_corrects():
    sent = (FIXTURES / "nitf.xml").read_bytes()
    own = b'<doc-id id-string="kd-2023-1107-werft"'
    corrects = b'<correction info="Auftragswert" id-string="kd-2023-1107-werft"/>'
    corrected = sent.replace(own, corrects + b'<doc-id id-string="kd-2023-1108-werft"')
    assert article("b.nitf", corrected).id == article("a.nitf", sent).id


@pytest.mark.parametrize("status", ["canceled", "withheld"])
def test_an_order_in_nitf_takes_back_the_article_that_it_names(status):
    sent = (FIXTURES / "nitf.xml").read_bytes()
    order = (
        '<nitf><head><docdata management-status="usable" management-doc-idref="kd-2023-1107-werft" '
        f'management-idref-status="{status}"><doc-id id-string="kd-2023-1108-kill"/></docdata>'
        "</head><body><body.content><p>Bitte nicht verwenden.</p></body.content></body></nitf>"
    )
    assert read("b.nitf", order.encode()) == Withdrawal("b.nitf", article("a.nitf", sent).id)


NINJS = {
    "uri": "https://mra.example/item/20240611-4711",
    "standard": {"name": "ninjs", "version": "3.0"},
    "versioncreated": "2024-06-12T16:05:00Z",
    "contentcreated": "2024-06-11T15:20:00Z",
    "pubstatus": "usable",
    "by": "Lena Voss",
    "headlines": [{"role": "main", "value": "Stadtbad Altenweiler öffnet"}],
    "bodies": [
        {"contenttype": "text/plain", "value": "Das Stadtbad hat geöffnet."},
        {
            "contenttype": "text/html",
            "value": "<p>Das Stadtbad hat geöffnet.</p><p>Der Eintritt kostet 5,50 Euro.</p>",
        },
    ],
    "subjects": [{"name": "Sport"}, {"name": "Freizeit"}],
    "infosources": [{"name": "Mittelrhein-Agentur"}],
}


def test_ninjs_3_has_lists_of_headlines_and_bodies():
    found = article("a.json", json.dumps(NINJS).encode())
    assert found.title == "Stadtbad Altenweiler öffnet"
    assert found.text == "Das Stadtbad hat geöffnet.\n\nDer Eintritt kostet 5,50 Euro."
    assert (found.byline, found.agency) == ("Lena Voss", "Mittelrhein-Agentur")
    assert found.keywords == "Sport, Freizeit"


def test_when_content_was_made_counts_before_its_version_in_whatever_order_they_stand():
    turned = dict(reversed(NINJS.items()))
    for record in (NINJS, turned):
        found = article("a.json", json.dumps(record).encode())
        assert (str(found.published), str(found.updated)) == ("2024-06-11", "2024-06-12")


def test_a_sitemap_in_a_file_says_that_it_holds_no_article():
    found = read("news.xml", b"<urlset><url><loc>https://bote.example/a</loc></url></urlset>")
    assert isinstance(found, Rejection)
    assert "sitemap" in found.reason
