"""The generic OAuth 2.0 provider as the engine sees it: the parts of this folder behind the Protocol of a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.chance import pseudonym
from brownout.core.operation import Operation
from brownout.core.provider import SdkLine
from brownout.core.tokens import Token
from brownout.providers.oauth import authorize, consents, errors, fixtures, forms, metadata, pages, reach, tokens
from brownout.providers.oauth.credentials import credential
from brownout.providers.oauth.options import OAuthOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.exchange import Answer, Credential, Exchange, Request
    from brownout.core.provider import Endpoint, Problem, Variable
    from brownout.core.sandbox import Sandbox

_DAY: Final = 86_400.0
_SIGNS_NOTHING: Final = "the generic OAuth provider sends no webhooks"


class OAuth:
    """An authorization server, and the resources that its tokens open."""

    api = 1
    name = "oauth"
    title = "OAuth 2.0"
    operations: Sequence[Operation] = (
        *tokens.OPERATIONS,
        *authorize.OPERATIONS,
        *consents.OPERATIONS,
        *metadata.OPERATIONS,
        *fixtures.OPERATIONS,
    )
    roots = frozenset({"token", "revoke", "introspect", "authorize", "consents", "jwks", ".well-known", "api"})
    path_words: frozenset[str] = frozenset()
    unknown = Operation(name="oauth.unknown", method="GET", path="/", run=fixtures.unknown, public=True)
    options_type: type[Any] = OAuthOptions
    idempotency_ttl_seconds = _DAY
    webhook_ladder_seconds: Sequence[float] = ()
    webhook_timeout_seconds = 5.0

    def credential(self, request: Request) -> Credential | None:
        """Return the client or the bearer token as presented, None if there is none."""
        return credential(request)

    def decode(self, operation: Operation, request: Request) -> dict[str, Any] | Answer:
        """Return the parameters, or the refusal of a form that can't be read."""
        if operation is self.unknown:
            return {}
        if request.path in errors.TOKEN_PATHS:
            return forms.decode(request)
        if request.path in errors.PAGES:
            try:
                return forms.decode_page(request)
            except forms.MalformedError as malformed:
                return pages.error_page("invalid_request", str(malformed))
        return {}

    def idempotency_key(self, request: Request) -> str | None:
        """Return None: no operation takes one."""
        return None

    def authorise(self, exchange: Exchange, world: Sandbox) -> Answer | None:
        """Return the refusal of a token that isn't good for this resource."""
        return fixtures.authorise(exchange, world)

    def refuse(self, exchange: Exchange, problem: Problem) -> Answer:
        """Return what the engine refuses."""
        return errors.refuse(exchange, problem)

    def injected(self, exchange: Exchange, status: int, code: str | None) -> Answer:
        """Return what this server answers when it fails with `status` and `code`."""
        return errors.injected(exchange, status, code)

    def stores(self, answer: Answer, *, injected: bool) -> bool:
        """Return False: there are no idempotency keys."""
        return False

    def request_id(self, exchange: Exchange, world: Sandbox) -> str:
        """Return `req_` and sixteen letters, fixed by the identity."""
        return "req_" + world.id_chance.text(b"oauth request|" + exchange.identity_bytes, 16)

    def headers(self, exchange: Exchange, answer: Answer, *, replay_of: str | None) -> dict[str, str]:
        """Return the headers of an answer: none of them may be cached (RFC 6749 §5.1)."""
        out = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Request-Id": exchange.request_id}
        if exchange.request.path in errors.TOKEN_PATHS:
            out["Pragma"] = "no-cache"
        if answer.headers:
            out.update(answer.headers)
        return out

    def encode(self, body: Any) -> bytes:
        """Return JSON; bytes stay as they are."""
        return body if isinstance(body, bytes) else orjson.dumps(body)

    def seed(self, world: Sandbox) -> None:
        """Issue the refresh tokens that the options name."""
        options: OAuthOptions = world.options(self.name)
        rules, now = world.token_rules(self.name, options.rules), world.moment.world
        end = rules.refresh_end(issued_at=now, used_at=now, grant_at=now)
        for one in options.refresh:
            world.tokens.issue(
                Token(
                    one.token,
                    kind="refresh",
                    provider=self.name,
                    account=world.plan.accounts.get(one.client, one.client),
                    client_id=one.client,
                    scopes=frozenset(one.scopes or options.scopes),
                    issued_at=now,
                    life_seconds=None if end is None else end - now,
                    family=pseudonym(one.token),
                )
            )

    def endpoints(self, world: Sandbox, account: str) -> list[Endpoint]:
        """Return none."""
        return []

    def event_name(self, event: Mapping[str, Any]) -> str:
        """Raise: there are no events."""
        raise NotImplementedError(_SIGNS_NOTHING)

    def payload(self, event: Mapping[str, Any], endpoint: Endpoint) -> bytes:
        """Raise: there are no events."""
        raise NotImplementedError(_SIGNS_NOTHING)

    def signature(self, body: bytes, endpoint: Endpoint, wire_at: float) -> dict[str, str]:
        """Raise: there are no events."""
        raise NotImplementedError(_SIGNS_NOTHING)

    def webhook_secret(self, world: Sandbox) -> str | None:
        """Return None: nothing is signed."""
        return None

    def with_webhook(self, options: OAuthOptions, url: str) -> OAuthOptions:
        """Raise: there are no webhooks."""
        raise NotImplementedError(_SIGNS_NOTHING)

    def sdk_lines(self, url: str) -> Sequence[SdkLine]:
        """Return how Authlib and plain requests are pointed at `url`."""
        authlib = f'OAuth2Session("shop", "secret", token_endpoint="{url}/token").fetch_token()'
        plain = (
            f'requests.post("{url}/token", auth=("shop", "secret"), data={{"grant_type": "client_credentials"}}).json()'
        )
        return (SdkLine("authlib", authlib), SdkLine("requests", plain))

    def hosts(self, options: OAuthOptions) -> Sequence[str]:
        """Return those that the options name."""
        return options.hosts

    def environment(self, url: str, world: Sandbox) -> Sequence[Variable]:
        """Return what programs read: credentials, and where the API is."""
        return reach.variables(url, world.options(self.name))


OAUTH: Final = OAuth()
