"""The calls of a recipe, made in blocking code: what `brownout trigger` sends to a running server."""

from __future__ import annotations

from base64 import b64encode
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

import orjson

from brownout.core.triggers import Step, Triggers, filled, reached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.triggers import Recipe
    from brownout.drill.attach.api import Api

_HTTP_SECONDS: Final = 30.0
_ADVANCE_SECONDS: Final = 120.0
_BAD: Final = 400
_SHOWN_LETTERS: Final = 300


class NotCausedError(Exception):
    """A call of a recipe went otherwise than it should: a fault, a rule of the sandbox, or what was overridden."""


class Done(NamedTuple):
    """A step that was taken: the path called, as filled in, and the id of what its answer is about, if it has one."""

    path: str
    id: str | None
    answer: Any


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow none: a page sends its visitor on to a shop that isn't there."""


class Runner:
    """Sends a recipe's steps to a sandbox of a running server, and keeps what they answered."""

    def __init__(self, api: Api, provider: str, triggers: Triggers, key: str, account: str | None) -> None:
        self.api = api
        self.answers: dict[str, Any] = {"call": {"key": key, "basic": b64encode(key.encode()).decode()}}
        self._about: set[str] = set()
        self._base = f"{api.sandbox_url}/{provider}"
        self._provider = provider
        self._triggers = triggers
        self._account = account
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), _NoRedirect())

    def begin(self) -> None:
        """Make the calls that come before any recipe's."""
        for step in self._triggers.first:
            self.do(step)

    def advance(self, length: str) -> None:
        """Let world time pass. Raises UsageError if it can't, as while somebody else holds the sandbox."""
        self.api.send("POST", "/clock", body=orjson.dumps({"advance": length}), timeout_seconds=_ADVANCE_SECONDS)

    def do(self, step: Step) -> Done:
        """Make a call.

        Raises:
            NotCausedError: if it is answered otherwise than the recipe has it.
        """
        path, params = self._filled(step.name, step.path), self._filled(step.name, dict(step.params))
        status, body = self._send(step, path, params)
        if (status >= _BAD) is not step.refused:
            raise NotCausedError(f"{step.name}: {step.method} {path} was answered {status}: {_said(body)}")
        answer = self.answers[step.name] = _json(body)
        about = _text_at(step.about, answer)
        if about is not None:
            self._about.add(about)
        return Done(path, about, answer)

    def events(self, event: str, account: str | None = None) -> list[dict[str, Any]]:
        """Return the provider's newest events of a type, as its API lists them. Raises as `do` does."""
        path = self._triggers.events.format(event=quote(event))
        listed = self.do(Step(name="events", path=path, method="GET", account=account)).answer
        found = listed.get(self._triggers.listed) if isinstance(listed, dict) else None
        return [one for one in found or () if isinstance(one, dict) and isinstance(one.get("id"), str)]

    def account_of(self, recipe: Recipe) -> str | None:
        """Return the connected account whose event a recipe is about, None for the caller's own. Raises as `do`."""
        return None if recipe.account is None else self._filled("account", recipe.account)

    def _filled(self, name: str, value: Any) -> Any:
        try:
            return filled(value, self.answers)
        except LookupError as missing:
            raise NotCausedError(f"{name}: no earlier step answered {missing.args[0]}") from None

    def made(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event is about something that the steps made, rather than somebody else's."""
        text = orjson.dumps(event)
        return any(one.encode() in text for one in self._about)

    def why_not(self, event: str) -> str:
        """Return why an event may not have happened although every call went well."""
        return (
            f"every call went well, but {self._provider} lists no {event} about it"
            + (f"; {self._triggers.unlisted}" if self._triggers.unlisted else "")
        )  # fmt: skip

    def _send(self, step: Step, path: str, params: dict[str, Any]) -> tuple[int, bytes]:
        url = path if step.visits else f"{self._base}{path}"
        if urlsplit(url).scheme not in ("http", "https"):
            raise NotCausedError(f"{step.name}: {url!r} is no address")
        body = None
        headers = {} if step.visits else self._headers(step)
        if step.method == "GET" and params:
            url += f"?{urlencode(flat(params))}"
        elif step.method in ("POST", "PATCH"):
            as_form = step.visits or step.form or self._triggers.encoding == "form"
            body = urlencode(flat(params)).encode() if as_form else orjson.dumps(params)
            headers["Content-Type"] = "application/x-www-form-urlencoded" if as_form else "application/json"
        request = Request(url, data=body, headers=headers, method=step.method)  # noqa: S310 - http or https
        try:
            with self._opener.open(request, timeout=_HTTP_SECONDS) as answer:
                return answer.status, answer.read()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read()
        except (OSError, HTTPException) as problem:
            why = getattr(problem, "reason", problem)
            raise NotCausedError(f"{step.name}: {step.method} {path} got no answer: {why}") from None

    def _headers(self, step: Step) -> dict[str, str]:
        chosen = dict(step.headers) if step.headers else dict(self._triggers.headers)
        headers = {name: self._filled(step.name, one) for name, one in chosen.items()}
        account = self._filled(step.name, step.account) if step.account else self._account
        if account is not None and self._triggers.account_header is not None:
            headers[self._triggers.account_header] = account
        return headers


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return nested parameters as a form has them.

    >>> flat({"items": [{"price": "p_1"}], "on": True})
    [('items[0][price]', 'p_1'), ('on', 'true')]
    """
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in flat(one, f"{name}[{key}]" if name else str(key))]
    if isinstance(value, list):
        return [pair for place, one in enumerate(value) for pair in flat(one, f"{name}[{place}]")]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


def _said(body: bytes) -> str:
    """Return what an answer says to people, else its beginning."""
    answer = _json(body)
    said = _text_at("error.message", answer) or _text_at("message", answer) or body.strip().decode("utf-8", "replace")
    return said[:_SHOWN_LETTERS]


def _text_at(path: str, answer: Any) -> str | None:
    try:
        found = reached(path, answer)
    except LookupError:
        return None
    return found if isinstance(found, str) else None


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
