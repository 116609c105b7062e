"""What is asked of the web, how politely, and what is never asked."""

from __future__ import annotations

import gzip
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpcore
import pytest
import trustme
from web_site import Page, WebSite, web_site

from zeitfrage.config import Settings
from zeitfrage.config.errors import FetchFailed, FetchFailedForNow
from zeitfrage.index.fetching import Fetcher, Validators
from zeitfrage.index.guarded_network import is_public
from zeitfrage.index.guarded_network import resolve as system_resolve
from zeitfrage.index.politeness import Turns, retry_after


@pytest.fixture
def site() -> Iterator[WebSite]:
    with web_site() as running:
        yield running


def fetcher(**settings: object) -> Fetcher:
    given = {"allow_private_addresses": True, "fetch_requests_per_second": 1000}
    return Fetcher(Settings(**given | settings))


def refusal(url: str, kind: type[FetchFailed] = FetchFailed, **settings: object) -> str:
    with pytest.raises(FetchFailed) as caught:
        fetcher(**settings).fetch(url)
    assert type(caught.value) is kind, caught.value
    return str(caught.value)


# --- what comes back ------------------------------------------------------------------------


def test_a_page_comes_with_its_address_kind_and_charset(site):
    site.pages["/a"] = Page("Größe", kind='Text/HTML; Charset="ISO-8859-1"')
    fetched = fetcher().fetch(f"{site.url}/a#unten")
    assert (fetched.url, fetched.data) == (f"{site.url}/a", "Größe".encode())
    assert (fetched.media_type, fetched.charset) == ("text/html", "iso-8859-1")


def test_the_client_says_who_it_is_and_how_to_reach_its_user(site):
    site.pages["/a"] = Page("Text")
    fetcher(fetch_contact="archiv@zeitung.example").fetch(f"{site.url}/a")
    assert {headers["User-Agent"] for headers in site.headers} == {
        "Zeitfrage/0.1.0 (archiv@zeitung.example)"
    }
    assert not any("Cookie" in headers or "Referer" in headers for headers in site.headers)


def test_what_is_packed_in_gzip_is_unpacked(site):
    packed = gzip.compress(b"Erster Teil. ") + gzip.compress(b"Zweiter Teil.")
    site.pages["/a"] = Page(packed, headers={"Content-Encoding": "gzip"})
    assert fetcher().fetch(f"{site.url}/a").data == b"Erster Teil. Zweiter Teil."
    assert site.headers[-1]["Accept-Encoding"] == "gzip"


def test_an_unchanged_page_is_not_sent_again(site):
    site.pages["/a"] = Page("Text", headers={"ETag": '"1"'})
    asking = fetcher()
    first = asking.fetch(f"{site.url}/a")
    assert asking.fetch(f"{site.url}/a", first.validators) is None
    site.pages["/a"] = Page("Neuer Text", headers={"ETag": '"2"'})
    assert asking.fetch(f"{site.url}/a", first.validators).data == b"Neuer Text"


def test_a_condition_is_not_taken_to_where_an_address_leads_now(site):
    stamp = "Sat, 04 May 2024 10:00:00 GMT"
    site.pages["/a"] = Page(status=302, headers={"Location": "/b"})
    site.pages["/b"] = Page("B", headers={"Last-Modified": stamp})
    known = Validators(f"{site.url}/a", None, stamp)
    assert fetcher().fetch(f"{site.url}/a", known).data == b"B"


def test_not_modified_without_having_asked_is_a_failure(site):
    site.pages["/a"] = Page(status=304)
    assert "304" in refusal(f"{site.url}/a")


# --- redirects and failures -----------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(site, status):
    site.pages["/a"] = Page(status=status, headers={"Location": "b?c=1"})
    site.pages["/b?c=1"] = Page("Da")
    fetched = fetcher().fetch(f"{site.url}/a")
    assert (fetched.url, fetched.data) == (f"{site.url}/b?c=1", b"Da")


def test_redirects_without_end_are_given_up(site):
    site.pages["/a"] = Page(status=302, headers={"Location": "/a"})
    assert "more than 5 redirects" in refusal(f"{site.url}/a")
    assert site.times("/a") == 6


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (404, FetchFailed, "Check the address"),
        (410, FetchFailed, "taken down"),
        (403, FetchFailed, "Save the page"),
        (500, FetchFailedForNow, "Try again later"),
        (429, FetchFailedForNow, "Try again later"),
        (299, FetchFailed, "299"),
    ],
)
def test_a_status_is_named_with_what_to_do(site, status, kind, advice):
    site.pages["/a"] = Page(status=status)
    said = refusal(f"{site.url}/a", kind)
    assert str(status) in said
    assert advice in said


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "https://",
        "http://[::1",
        "http://a\x00b/",
        "keine Adresse",
        "https://user:secret@example.org/",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url):
    assert "secret" not in refusal(url)


def test_a_redirect_to_another_scheme_is_refused(site):
    site.pages["/a"] = Page(status=302, headers={"Location": "file:///etc/passwd"})
    assert "not an address of the web" in refusal(f"{site.url}/a")


def test_a_host_that_nobody_knows_is_named():
    assert "gibt-es-nicht.invalid cannot be found" in refusal(
        "https://gibt-es-nicht.invalid/", FetchFailedForNow
    )


# --- bounds ---------------------------------------------------------------------------------


def test_a_body_that_takes_too_long_is_given_up(site):
    site.pages["/a"] = Page(pieces=b".", pause=0.05)
    started = time.monotonic()
    said = refusal(f"{site.url}/a", FetchFailedForNow, fetch_timeout_seconds=0.4)
    assert "takes too long" in said
    assert time.monotonic() - started < 5


def test_a_server_that_says_nothing_is_given_up(site):
    site.pages["/robots.txt"] = Page(status=404)
    site.pages["/a"] = lambda _: time.sleep(1) or Page("spät")
    assert "takes too long" in refusal(
        f"{site.url}/a", FetchFailedForNow, fetch_timeout_seconds=0.3
    )


def test_an_endless_body_is_cut_off_at_the_size_allowed(site):
    site.pages["/a"] = Page(pieces=b"x" * 100_000)
    assert "larger than the 1 MB allowed" in refusal(f"{site.url}/a", max_file_megabytes=1)


def test_a_gzip_bomb_is_refused_by_what_it_unpacks_to(site):
    bomb = gzip.compress(bytes(30_000_000))
    assert len(bomb) < 100_000
    site.pages["/a"] = Page(bomb, headers={"Content-Encoding": "gzip"})
    assert "larger than the 1 MB allowed" in refusal(f"{site.url}/a", max_file_megabytes=1)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br"])
def test_a_packing_that_nobody_asked_for_is_refused(site, encoding):
    site.pages["/a"] = Page(b"\x1b\xff\xff", headers={"Content-Encoding": encoding})
    assert "which nobody asked for" in refusal(f"{site.url}/a")


@pytest.mark.parametrize("body", [gzip.compress(b"x" * 5000)[:-20], b"no gzip at all"])
def test_a_broken_gzip_is_a_failure_for_now(site, body):
    site.pages["/a"] = Page(body, headers={"Content-Encoding": "gzip"})
    assert "gzip" in refusal(f"{site.url}/a", FetchFailedForNow)


# --- politeness -----------------------------------------------------------------------------


def test_a_host_is_asked_at_the_pace_that_is_set(site):
    site.pages |= {f"/{n}": Page("Text") for n in range(4)}
    asking = fetcher(fetch_requests_per_second=20)
    started = time.monotonic()
    for n in range(4):
        asking.fetch(f"{site.url}/{n}")
    assert time.monotonic() - started >= 0.2, "robots.txt and four pages: four pauses of 50 ms"


def test_robots_txt_is_asked_once_and_obeyed(site):
    site.pages["/robots.txt"] = Page(
        "User-agent: *\nDisallow: /archiv/\nAllow: /archiv/frei/\n\n"
        "User-agent: Anderer\nDisallow: /\n",
        kind="text/plain",
    )
    site.pages |= {path: Page("Text") for path in ("/a", "/archiv/a", "/archiv/frei/a")}
    asking = fetcher()
    assert asking.fetch(f"{site.url}/a")
    assert asking.fetch(f"{site.url}/archiv/frei/a")
    with pytest.raises(FetchFailed, match=r"robots\.txt forbids it"):
        asking.fetch(f"{site.url}/archiv/a")
    assert site.asked == ["/robots.txt", "/a", "/archiv/frei/a"]


def test_robots_txt_that_names_zeitfrage_is_obeyed(site):
    site.pages["/robots.txt"] = Page("User-agent: Zeitfrage\nDisallow: /\n")
    site.pages["/a"] = Page("Text")
    assert "robots.txt forbids" in refusal(f"{site.url}/a")


def test_robots_txt_counts_for_what_a_redirect_leads_to(site):
    site.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /geheim\n")
    site.pages["/a"] = Page(status=302, headers={"Location": "/geheim"})
    site.pages["/geheim"] = Page("Text")
    assert "robots.txt forbids" in refusal(f"{site.url}/a")
    assert site.times("/geheim") == 0


def test_without_a_robots_txt_everything_is_allowed(site):
    site.pages["/a"] = Page("Text")
    assert fetcher().fetch(f"{site.url}/a")
    assert site.statuses == [404, 200]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_where_robots_txt_cannot_be_read_nothing_is(site, status):
    site.pages["/robots.txt"] = Page(status=status)
    site.pages["/a"] = Page("Text")
    assert "robots.txt cannot be read" in refusal(f"{site.url}/a", FetchFailedForNow)
    assert site.times("/a") == 0


def test_the_pause_that_robots_txt_asks_for_is_kept(site):
    site.pages["/robots.txt"] = Page("User-agent: *\nCrawl-delay: 0.15\n")
    site.pages |= {"/a": Page("Text"), "/b": Page("Text")}
    asking = fetcher()
    started = time.monotonic()
    asking.fetch(f"{site.url}/a")
    asking.fetch(f"{site.url}/b")
    assert time.monotonic() - started >= 0.15


def test_a_busy_server_is_asked_again_when_it_says(site):
    answers = [Page(status=503, headers={"Retry-After": "0"}), Page("Da")]
    site.pages["/a"] = lambda _: answers.pop(0)
    assert fetcher().fetch(f"{site.url}/a").data == b"Da"


def test_a_server_that_wants_to_be_left_alone_is(site):
    site.pages["/a"] = Page(status=429, headers={"Retry-After": "86400"})
    asking = fetcher()
    for _ in range(2):
        with pytest.raises(FetchFailedForNow, match=r"left alone for another 3(600|599) seconds"):
            asking.fetch(f"{site.url}/a")
    assert site.times("/a") == 1


def test_retry_after_is_a_number_or_a_date():
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    assert retry_after("120") == 120
    assert 50 < retry_after(in_a_minute) <= 60
    assert retry_after("Sat, 04 May 2024 10:00:00 GMT") == 0
    assert retry_after("bald") is None
    assert retry_after(None) is None


def test_hosts_do_not_wait_for_one_another():
    turns = Turns(requests_per_second=0.01)
    started = time.monotonic()
    for host in ("a.example", "b.example", "c.example"):
        turns.wait(host)
    assert time.monotonic() - started < 1
    with pytest.raises(FetchFailedForNow):
        turns.wait("a.example")


# --- addresses that are not of the open web -------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_an_address_that_is_not_of_the_open_web(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_open_web(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ],
)
def test_no_spelling_of_this_machine_is_asked_unless_allowed(site, host):
    said = refusal(f"http://{host}:{site.port}/a", _kind(host), allow_private_addresses=False)
    assert "allow_private_addresses" in said or "cannot be found" in said
    assert site.asked == []


def _kind(host: str) -> type[FetchFailed]:
    """Not every resolver knows every odd spelling; then the host is unknown, which is as safe."""
    import socket

    try:
        socket.getaddrinfo(host.strip("[]"), 80)
    except OSError:
        return FetchFailedForNow
    return FetchFailed


class OpenWeb(httpcore.SyncBackend):
    """Stands for the open web: whatever address is asked, the site on loopback answers."""

    def __init__(self, site: WebSite) -> None:
        self._site = site
        self.connected: list[str] = []

    def connect_tcp(self, host, _port, timeout=None, *_options):
        self.connected.append(host)
        return super().connect_tcp("127.0.0.1", self._site.port, timeout)


def resolver(**addresses: str):
    """Look `name.example` up in what is given, anything else as the system does."""

    def resolve(host: str, port: int):
        known = addresses.get(host.removesuffix(".example"))
        return [(2, 1, 6, "", (known, port))] if known else system_resolve(host, port)

    return resolve


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/b", "http://intern.example/b", "http://2130706433/b", "http://[::1]/b"],
)
def test_a_redirect_to_a_private_address_is_refused(site, target):
    site.pages["/a"] = Page(status=302, headers={"Location": target})
    site.pages["/b"] = Page("Geheim")
    web = OpenWeb(site)
    settings = Settings(fetch_requests_per_second=1000)
    asking = Fetcher(settings, resolver(zeitung="8.8.8.8", intern="192.168.0.7"), web)
    with pytest.raises(FetchFailed, match="not an address of the open web"):
        asking.fetch("http://zeitung.example/a")
    assert set(web.connected) == {"8.8.8.8"}
    assert site.asked == ["/robots.txt", "/a"]


def test_a_robots_txt_elsewhere_is_not_read_from_a_private_address(site):
    site.pages["/robots.txt"] = Page(status=301, headers={"Location": "http://10.0.0.1/"})
    asking = Fetcher(Settings(), resolver(zeitung="8.8.8.8"), OpenWeb(site))
    with pytest.raises(FetchFailed, match=r"10\.0\.0\.1 is 10\.0\.0\.1, which is not"):
        asking.fetch("http://zeitung.example/a")
    assert site.asked == ["/robots.txt"]


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    answers = [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    asking = Fetcher(Settings(), lambda _host, _port: answers)
    with pytest.raises(FetchFailed, match=r"is 10\.0\.0\.1, which is not an address of the open"):
        asking.fetch("http://zeitung.example/a")


def test_a_name_that_changes_its_address_is_not_looked_up_again_before_connecting(site):
    site.pages |= {"/robots.txt": Page(status=404), "/a": Page("Text")}
    answers = ["8.8.8.8", "8.8.4.4", "127.0.0.1"]
    web = OpenWeb(site)

    def resolve(_host: str, port: int):
        return [(2, 1, 6, "", (answers.pop(0), port))]

    asking = Fetcher(Settings(fetch_requests_per_second=1000), resolve, web)
    assert asking.fetch("http://zeitung.example/a")
    assert web.connected == ["8.8.8.8", "8.8.4.4"], "one look-up for each of two requests"
    assert {headers["Host"] for headers in site.headers} == {"zeitung.example"}
    with pytest.raises(FetchFailed, match="not an address of the open web"):
        asking.fetch("http://zeitung.example/a")


def test_the_certificate_has_to_be_that_of_the_host_name(monkeypatch, tmp_path):
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with web_site(tls) as site:
        site.pages["/a"] = Page("Text")
        assert "certificate" in refusal(f"https://localhost:{site.port}/a", FetchFailedForNow)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert fetcher().fetch(f"https://localhost:{site.port}/a").data == b"Text"
        assert "certificate" in refusal(f"https://127.0.0.1:{site.port}/a", FetchFailedForNow)


def test_a_proxy_of_the_environment_cannot_lead_around_the_check(site, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", site.url)
    monkeypatch.setenv("http_proxy", site.url)
    assert "allow_private" in refusal("http://localhost/a", allow_private_addresses=False)
    assert site.asked == []
