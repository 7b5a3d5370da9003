"""Who may ask the viewer: a browser of this machine that was handed its token, under the viewer's own name.

Rule: the token of the URL is taken once, into a cookie that scripts cannot read; what changes anything comes from a
page of the viewer; no page loads anything from elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECRET_BYTES = 32
_READING = frozenset({"GET", "HEAD"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer carries; of our own scripts and style a browser may keep a copy, and asks whether it holds."""


class Door:
    """The token that lets a browser in once, and the secret that its cookie then holds."""

    def __init__(
        self, port: int, *, renewed: Callable[[str], None] = lambda url: None, command: str = "empa view"
    ) -> None:
        """Make both; ``renewed`` is told the next URL when one was used, ``command`` is what printed the first."""
        self.port, self._renewed, self.command = port, renewed, command
        self.cookie = f"empa_view_{port}"
        """Cookies do not know ports: each viewer has a name of its own."""
        self._token, self._secret = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(2))
        self.hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    @property
    def url(self) -> str:
        """The address that lets the next browser in."""
        return f"http://127.0.0.1:{self.port}/?{urlencode({'token': self._token})}"

    def known(self, cookie: str | None) -> bool:
        """Say whether a cookie is that of a browser that was let in."""
        return cookie is not None and secrets.compare_digest(cookie.encode(), self._secret.encode())

    def redeem(self, token: str | None) -> str | None:
        """Return what the cookie is to hold for a valid ``token``, which is valid no longer; None for any other."""
        if token is None or not secrets.compare_digest(token.encode(), self._token.encode()):
            return None
        self._token = secrets.token_urlsafe(_SECRET_BYTES)
        self._renewed(self.url)
        return self._secret


class Guard:
    """Asks of every request what the module says, before the application sees it."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        """Stand before ``app``."""
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, with our headers on its answer, or answer why not."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        from starlette.requests import Request
        from starlette.responses import PlainTextResponse

        if scope["type"] != "http":
            return await PlainTextResponse("no such door", 403)(scope, receive, send)

        fixed = {"Cache-Control": "no-cache"} if scope["path"].startswith("/static/") else {}

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, {**HEADERS, **fixed})
            await send(message)

        request = Request(scope)
        refusal = self._refusal(request)
        if refusal is not None:
            code, why = refusal
            return await PlainTextResponse(f"{why}\n", code)(scope, receive, headed)
        if self._door.known(request.cookies.get(self._door.cookie)) and "token" not in request.query_params:
            return await self._app(scope, receive, headed)
        answer = self._entered(request)
        return await answer(scope, receive, headed)

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        host = request.headers.getlist("host")
        if len(host) != 1 or host[0] not in self._door.hosts:
            return 421, "this viewer answers under 127.0.0.1 and localhost with its port alone"
        if request.method not in _READING and request.headers.getlist("origin") != [f"http://{host[0]}"]:
            return 403, "what changes anything has to come from a page of the viewer"
        return None

    def _entered(self, request: Request) -> Response:
        """Return the way in for a valid token: the cookie, and the same address without the token."""
        from starlette.responses import PlainTextResponse, RedirectResponse

        known = self._door.known(request.cookies.get(self._door.cookie))
        secret = self._door.redeem(request.query_params.get("token")) if request.method in _READING else None
        if secret is None and not known:
            printed = f"open the address that `{self._door.command}` printed"
            why = f"{printed}; it lets one browser in, and a new one follows it there\n"
            return PlainTextResponse(why, 401)
        rest = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
        path = "/" + request.url.path.lstrip("/")  # never another host
        answer = RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), 303)
        if secret is not None:
            answer.set_cookie(self._door.cookie, secret, httponly=True, samesite="strict", path="/")
        return answer


def _add_headers(message: MutableMapping[str, Any], headers: Mapping[str, str]) -> None:
    named = {name.lower() for name, _ in message.setdefault("headers", [])}
    more = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    replaced = {name for name, _ in more} & named
    kept = [(name, value) for name, value in message["headers"] if name.lower() not in replaced]
    message["headers"] = [*kept, *more]
