"""Where somebody with a browser shows a key, once for all pages."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from zeitfrage.assistant.answer import Language
from zeitfrage.assistant.conversation import interface_language
from zeitfrage.assistant.key_guard import COOKIE, LOGIN
from zeitfrage.assistant.keys import KeyRequired, Keys
from zeitfrage.config import Settings
from zeitfrage.config.texts import say

_STATIC = Path(__file__).with_name("static")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}


def login_router(keys: Keys, settings: Settings) -> APIRouter:
    """Return the login page; Gradio's client logs in there too, with the key as its password.

    Args:
        keys: those that are let in.
        settings: the interface's language.
    """
    router = APIRouter(include_in_schema=False)

    def page(language: Language, wanted: str, wrong: bool) -> HTMLResponse:
        return HTMLResponse(_html(language, wanted, wrong), 401 if wrong else 200, _HEADERS)

    @router.get(LOGIN)
    def show(
        wanted: Annotated[str, Query(alias="next", max_length=4000)] = "/",
        accept_language: Annotated[str, Header()] = "",
    ) -> Response:
        if not keys.required:
            return RedirectResponse("/", 303)
        return page(interface_language(settings.interface_language, accept_language), wanted, False)

    @router.post(LOGIN)
    def log_in(
        request: Request,
        password: Annotated[str, Form(max_length=200)],
        wanted: Annotated[str, Form(alias="next", max_length=4000)] = "/",
        accept_language: Annotated[str, Header()] = "",
    ) -> Response:
        text = password.strip()
        is_page = "text/html" in request.headers.get("accept", "")
        if keys.find(text) is None:
            if not is_page:
                raise KeyRequired("This key is not known.", "zeitfrage keys create makes one.")
            language = interface_language(settings.interface_language, accept_language)
            return page(language, wanted, True)
        response: Response = JSONResponse({"success": True})
        if is_page:
            response = RedirectResponse(_of_this_server(wanted), 303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, text, httponly=True, samesite="lax", secure=secure)
        return response

    return router


def _of_this_server(wanted: str) -> str:
    """Return where to go after the login; an address of another server leads to the chat."""
    return "/" if wanted[:1] != "/" or wanted[1:2] in ("/", "\\") else wanted


def _html(language: Language, wanted: str, wrong: bool) -> str:
    style = "".join(
        (_STATIC / name).read_text(encoding="utf-8") for name in ("article.css", "login.css")
    )
    problem = f'<p role="alert" id="wrong">{say(language, "login.wrong")}</p>' if wrong else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{say(language, 'login.title')} – Zeitfrage</title><style>{style}</style></head>"
        '<body class="page"><main class="login"><h1>Zeitfrage</h1>'
        f'<form method="post" action="{LOGIN}">'
        f'<input type="hidden" name="next" value="{escape(wanted)}">'
        f'<label for="key">{say(language, "login.key")}</label>'
        '<input id="key" name="password" type="password" autocomplete="current-password" required '
        f'autofocus spellcheck="false"{_invalid(wrong)}>{problem}'
        f"<button>{say(language, 'login.enter')}</button></form>"
        f"<p>{say(language, 'login.hint')}</p></main></body></html>"
    )


def _invalid(wrong: bool) -> str:
    return ' aria-invalid="true" aria-describedby="wrong"' if wrong else ""
