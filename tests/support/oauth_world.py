"""The generic OAuth provider without a socket: the engine transport by hand, on a clock that moves only when told."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

import orjson

from brownout.core.plan import ClockOptions, Plan
from brownout.providers.oauth import Fixture, OAuthOptions
from brownout.testing import EngineTransport

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


class Answered:
    """An answer: status, headers and the parsed body."""

    def __init__(self, sent: Sent) -> None:
        self.status = sent.status
        self.headers = {name.lower(): value for name, value in sent.headers.items()}
        self.raw = sent.body
        self.body: Any = orjson.loads(sent.body) if sent.body else None

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.body["error"]

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
        return Answered(self.transport.send(method, f"/oauth{path}", headers=headers or {}, body=body))

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
