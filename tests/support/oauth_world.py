"""The generic OAuth provider without a socket: the engine transport by hand, on a clock that moves only when told."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import orjson
from multidict import CIMultiDict

from brownout.core.exchange import Request
from brownout.core.plan import ClockOptions, Plan
from brownout.providers.oauth import Fixture, OAuthOptions
from brownout.server.worlds import DEFAULT
from brownout.testing import EngineTransport
from brownout.testing.transport import Flight

if TYPE_CHECKING:
    from brownout.core.sandbox import Sandbox
    from brownout.testing import Sent

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
FIXTURES = {
    "/api/accounts": Fixture(scopes=("read",), body=[{"id": "acc_1", "balance": 1250}]),
    "/api/accounts/acc_1/transfers": Fixture(scopes=("read", "write"), body={"transfers": []}),
    "/api/open": Fixture(body="open to any token"),
    "/api/broken": Fixture(scopes=("read",), body={"error": "maintenance"}, status=503),
}


HERE = "http://test/oauth"
BACK = "https://shop.example/back"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, Appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
REQUEST = {
    "response_type": "code",
    "client_id": "shop",
    "redirect_uri": BACK,
    "state": "s-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def request_of(params: Any) -> dict[str, str]:
    """Return a request for consent that is in order, but for what `params` say; None leaves one out."""
    return {name: value for name, value in {**REQUEST, **params}.items() if value is not None}


class Answered:
    """An answer: status, headers and the parsed body."""

    def __init__(self, sent: Sent) -> None:
        self.status = sent.status
        self.headers = {name.lower(): value for name, value in sent.headers.items()}
        self.raw = sent.body
        read = sent.body and "json" in self.headers.get("content-type", "")
        self.body: Any = orjson.loads(sent.body) if read else None

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.body["error"]

    @property
    def page(self) -> str:
        """The HTML that a browser gets."""
        assert "html" in self.headers["content-type"]
        return self.raw.decode()

    @property
    def back(self) -> dict[str, str]:
        """What the client is told by the redirect, each parameter once."""
        assert self.status in (302, 303), self.raw
        found = parse_qs(urlsplit(self.headers["location"]).query, strict_parsing=True)
        assert all(len(values) == 1 for values in found.values())
        return {name: values[0] for name, values in found.items()}

    @property
    def description(self) -> str:
        return str(self.body["error_description"])

    @property
    def challenge(self) -> str | None:
        return self.headers.get("www-authenticate")


class World:
    """One sandbox with the provider in it; `shop:secret` asks unless something else is said."""

    def __init__(self, plan: Plan | None = None, clock: ClockOptions | None = None, **options: Any) -> None:
        made = OAuthOptions(**{"fixtures": FIXTURES, **options})
        self.transport = EngineTransport(
            plan or Plan(seed=7, clock=clock or ClockOptions(), providers={"oauth": made}), wall=START
        )

    @property
    def box(self) -> Sandbox:
        """The sandbox itself."""
        return self.transport.world

    def send(self, method: str, path: str, *, headers: Any = None, body: bytes = b"") -> Answered:
        return self.send_to(HERE, method, path, headers=headers, body=body)

    def send_to(self, base: str, method: str, path: str, *, headers: Any = None, body: bytes = b"") -> Answered:
        """Send to a path under `base`, by which the client knows this server: its issuer."""
        parts = urlsplit(path)
        given = CIMultiDict(headers or {})
        request = Request(method, parts.path, query=parts.query, headers=given, body=body, base_url=base)
        world, _ = self.transport.worlds.get(DEFAULT, self.transport.wall)
        return Answered(Flight(self.transport.worlds, self.transport, world, "oauth", request).finish())

    def authorize(self, **params: str | None) -> Answered:
        """Ask for consent, as a browser does that a client sent here; None leaves a parameter out."""
        return self.send("GET", f"/authorize?{urlencode(request_of(params))}")

    def decide(self, decision: str = "approve", granted: tuple[str, ...] = (), **params: str | None) -> Answered:
        """Decide on a request in one call; without `granted` all of it is approved."""
        form = [*request_of(params).items(), ("decision", decision), *(("granted", one) for one in granted)]
        return self.post("/authorize/decision", form, auth=None)

    def code(self, **params: Any) -> str:
        """Return a code for an approved request."""
        return self.decide(**params).back["code"]

    def exchange(self, code: str, *, auth: str | None = "shop:secret", **form: str | None) -> Answered:
        """Exchange a code for tokens."""
        given = {"redirect_uri": BACK, "code_verifier": VERIFIER, "code": code, **form}
        sent = {name: value for name, value in given.items() if value is not None}
        return self.token("authorization_code", auth=auth, **sent)

    def introspect(self, token: str, **more: Any) -> Answered:
        return self.post("/introspect", {"token": token}, **more)

    def post(self, path: str, form: Any, *, auth: str | None = "shop:secret", headers: Any = None) -> Answered:
        """Post a form, as the client `auth` (`id:secret`, sent as Basic says; None: by no header)."""
        body = form.encode() if isinstance(form, str) else form if isinstance(form, bytes) else urlencode(form).encode()
        given = {"Content-Type": "application/x-www-form-urlencoded"}
        if auth is not None:
            given["Authorization"] = basic(*auth.split(":", 1))
        return self.send("POST", path, headers=given | (headers or {}), body=body)

    def token(self, grant: str = "client_credentials", *, auth: str | None = "shop:secret", **form: str) -> Answered:
        return self.post("/token", {"grant_type": grant, **form}, auth=auth)

    def refresh(self, token: str, **more: Any) -> Answered:
        return self.token("refresh_token", refresh_token=token, **more)

    def revoke(self, token: str, **more: Any) -> Answered:
        return self.post("/revoke", {"token": token}, **more)

    def get(self, path: str, token: str | None = None, *, scheme: str = "Bearer") -> Answered:
        return self.send("GET", path, headers={} if token is None else {"Authorization": f"{scheme} {token}"})

    def advance(self, seconds: float) -> None:
        """Let `seconds` of world time pass by a jump."""
        self.transport.advance(seconds)

    def wait(self, seconds: float) -> None:
        """Let `seconds` of wall time pass."""
        self.transport.wall += seconds

    @property
    def errors(self) -> list[str | None]:
        """The journal's words, oldest first."""
        return [record.error for record in self.box.journal]


def basic(client: str, secret: str) -> str:
    """Return the header of a client, as RFC 6749 §2.3.1 wants it: each part encoded as in a form."""
    return "Basic " + b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
