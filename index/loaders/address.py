"""Which addresses lead to the same article, however they are written."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

# courlan's own list would also drop `uid`, `cid` or `gallery`, by which many sites tell their
# articles apart; two articles taken for one would be worse than one taken for two.
_TRACKING = re.compile(
    r"(?:guce|hsa|itm|matomo|mtm|ns|oly|piwik|pk|utm|vero)_\w+"
    r"|at_(?:campaign|creation|custom|format|link|medium|network|ptr|variant)\w*"
    r"|wt[._]\w+(?:\.\w+)?|(?:fbc|gc|dc|yc|ysc|twc|ttc)lid|msclkid|gclsrc|[gw]braid"
    r"|igshid|igsh|li_fat_id|s_kwcid|mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi|icid|ocid|ncid|intcid|smid"
    r"|cmpid|campid|ito|xtor|ref|referer|referrer|guccounter"
    r"|phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id|cfid|cftoken",
    re.IGNORECASE,
)
# Some sites call a story's number so: only what is as long as a session's key is one.
_MAYBE_SESSION = re.compile(r"(?:sid|session|sess|s)=[0-9A-Za-z]{20,}", re.IGNORECASE)
_FORM = re.compile(r"amp=(?:1|true)?|output(?:type)?=amp", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|sid)=[^/;]*", re.IGNORECASE)
_AMP_IN_PATH = re.compile(
    r"^/amp(?=/.)|(?<=.)/amp/?$|\.amp(?=\.html?$)|(?<=.)\.amp$", re.IGNORECASE
)
_SAME_SITE = {"www", "m", "mobil", "mobile", "amp"}
_UNCHANGED_IN_PATH = "/:@!$&'()*+,;=~"


def canonical_url(url: str) -> str:
    """Return what all addresses of one article have in common; it need not be an address itself.

    Scheme, `www`, the hosts and paths of mobile forms, a final slash, the fragment, tracking and
    session parameters, the order of parameters, default ports and the way in which characters are
    escaped tell nothing about which article is meant.

    Args:
        url: of http or https; anything else is returned as it is.
    """
    import courlan

    url = url.strip()
    address, _, fragment = url.partition("#")
    address, _, query = address.partition("?")
    try:
        parts = urlsplit(courlan.normalize_url(address))
        host, port = parts.hostname, parts.port
    except ValueError:
        return url
    if parts.scheme not in {"http", "https"} or not host:
        return url
    site = _site(host, courlan.extract_domain(address) or host)
    shown = fragment if fragment.startswith("!") else ""
    return f"{site}{f':{port}' if port else ''}{_path(parts.path)}?{_query(query)}#{shown}"


def _site(host: str, domain: str) -> str:
    """Return a host without what only says in which form it shows its articles."""
    first, _, rest = host.partition(".")
    if first in _SAME_SITE and f".{rest}".endswith(f".{domain}"):
        return _site(rest, domain)
    return host


def _path(path: str) -> str:
    escaped = quote(unquote_to_bytes(path), safe=_UNCHANGED_IN_PATH)
    return _AMP_IN_PATH.sub("", _SESSION_IN_PATH.sub("", escaped)).rstrip("/")


def _query(query: str) -> str:
    # Bytes that are no UTF-8 must stay apart, which latin-1 grants.
    escaped = quote(query, safe="%&=+;/:@!$'()*,~[]?")
    pairs = parse_qsl(escaped, keep_blank_values=True, encoding="latin-1")
    telling = [pair for pair in sorted(pairs) if not _tells_nothing(*pair)]
    return urlencode(telling, encoding="latin-1")


def _tells_nothing(name: str, value: str) -> bool:
    pair = f"{name}={value}"
    return bool(
        _TRACKING.fullmatch(name) or _MAYBE_SESSION.fullmatch(pair) or _FORM.fullmatch(pair)
    )
