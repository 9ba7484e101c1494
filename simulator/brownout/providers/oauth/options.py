"""What a scenario may say under `providers: oauth:`: how tokens live, who may have which, and what they open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from brownout.core.errors import OptionError, did_you_mean
from brownout.core.provider import ONCE
from brownout.core.tokens import TokenRules
from brownout.core.units import Seconds
from brownout.providers.oauth import registrations
from brownout.providers.oauth.registrations import UNREGISTERED, Registration

ROOT: Final = "/api/"
"""What the path of every fixture begins with."""
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_VISIBLE: Final = re.compile(r"[\x20-\x7e]+")
_PATH_TAIL: Final = re.compile(r"[^\x00-\x20?#\x7f]+")
_HOST: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")
_CLIENT_ID_LETTERS: Final = 255
_BODILESS: Final = (204, 205, 304)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """What a GET of one path answers to a token that has all of `scopes`.

    `body` is any JSON.

    Raises:
        ValueError: if the status can't carry a body, or the body isn't JSON.
    """

    scopes: tuple[str, ...] = ()
    body: Any = None
    status: int = 200
    needed: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check that it can be sent."""
        if not 200 <= self.status <= 599 or self.status in _BODILESS:
            raise OptionError(
                f"must be 200 to 599, and one that carries a body (not 204, 205 or 304), not {self.status}", "status"
            )
        try:
            orjson.dumps(self.body)
        except TypeError as problem:
            raise OptionError(f"can't be written as JSON: {problem}", "body") from None
        object.__setattr__(self, "needed", frozenset(self.scopes))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token that `client` holds from the start, with all the scopes there are unless some are named.

    Raises:
        ValueError: if the text or the client's id can't go over the wire.
    """

    token: str
    client: str
    scopes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check what no client could send."""
        if not _VISIBLE.fullmatch(self.token):
            raise OptionError("must be printable ASCII (RFC 6749 §A.17), and not empty", "token")
        if not is_client_id(self.client):
            raise OptionError(_NO_CLIENT_ID, "client")


_NO_CLIENT_ID: Final = f"must be 1 to {_CLIENT_ID_LETTERS} printable ASCII characters (RFC 6749 §A.1)"


def is_client_id(text: str) -> bool:
    """Return whether `text` can be a client's id (RFC 6749 §A.1)."""
    return len(text) <= _CLIENT_ID_LETTERS and _VISIBLE.fullmatch(text) is not None


def _ping() -> dict[str, Fixture]:
    return {"/api/ping": Fixture(body={"pong": True})}


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthOptions:
    """Options of the generic OAuth 2.0 provider.

    `scopes` are those that a client may have. `clients` maps ids to secrets: one that is named must send its own, and
    under `credentials: closed` there are no others but the `registered`, of which more is known than a secret.
    `live_clients` are ids of the live environment that this one isn't: unknown here, and the journal says why.

    `refresh_tokens` hands out a refresh token with each grant;
    `refresh` are some that exist from the start. `fixtures` maps paths under `/api/` to what a token opens there.
    `hosts` are the real names of the server that this stands for, which `--intercept` then answers for.

    `consent: auto` approves everything without a page; `subject` is who is signed in at the page unless `login_hint`
    says otherwise. `pkce` says whose authorization codes need it: those of `public` clients or `all`; `pkce_plain` lets
    plain challenges pass. A code lives for `code_ttl`.

    Access tokens are `opaque` or, by `access_format`, a `jwt` for `audience`, signed with key `signing_key` of four,
    each for `key_rotation` (None: for ever). `scope_ttl` caps the life of tokens that have a scope. `expires_in` may be
    `absent` from answers or a `text`; `expires_in_says` is a lie told in it. The rest is how tokens live; the
    scenario's own `oauth` section goes before it.

    Raises:
        ValueError: if something is out of range, or names a scope that isn't in `scopes`.
    """

    access_ttl: Seconds = 3600.0
    refresh_ttl: Seconds | None = None
    refresh_idle_ttl: Seconds | None = None
    refresh_absolute_ttl: Seconds | None = None
    rotation: bool = False
    reuse_grace: Seconds = 0.0
    grace_returns: Literal["new", "same", "old"] = "new"
    on_reuse: Literal["reject", "revoke_family"] = "revoke_family"
    scopes: tuple[str, ...] = ("read", "write")
    clients: dict[str, str] = field(default_factory=dict)
    registered: dict[str, Registration] = field(default_factory=dict)
    live_clients: tuple[str, ...] = ()
    consent: Literal["page", "auto"] = "page"
    subject: str = "user-1"
    pkce: Literal["public", "all"] = "public"
    pkce_plain: bool = False
    code_ttl: Seconds = 60.0
    access_format: Literal["opaque", "jwt"] = "opaque"
    audience: str | None = None
    signing_key: int = 0
    key_rotation: Seconds | None = None
    scope_ttl: dict[str, Seconds] = field(default_factory=dict)
    expires_in: Literal["right", "absent", "text"] = "right"
    expires_in_says: Seconds | None = None
    refresh_tokens: bool = True
    refresh: tuple[RefreshToken, ...] = field(default=(), metadata=ONCE)
    fixtures: dict[str, Fixture] = field(default_factory=_ping)
    hosts: tuple[str, ...] = field(default=(), metadata=ONCE)
    rules: TokenRules = field(init=False, repr=False)
    all_scopes: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the parts against each other, and make what each request needs of them."""
        rules = TokenRules(
            access_ttl_seconds=self.access_ttl,
            refresh_ttl_seconds=self.refresh_ttl,
            refresh_idle_ttl_seconds=self.refresh_idle_ttl,
            refresh_absolute_ttl_seconds=self.refresh_absolute_ttl,
            rotation=self.rotation,
            reuse_grace_seconds=self.reuse_grace,
            grace_returns=self.grace_returns,
            on_reuse=self.on_reuse,
        )
        object.__setattr__(self, "rules", rules)
        object.__setattr__(self, "all_scopes", frozenset(self.scopes))
        _check_scopes(self.scopes)
        _check_clients(self.clients)
        _check_refresh(self.refresh, self.scopes)
        _check_registered(self.registered, self.scopes)
        _check_lengths(self)
        _check_hosts(self.hosts)
        for path, fixture in self.fixtures.items():
            _check_path(path)
            _known(fixture.scopes, self.scopes, "fixtures", path, "scopes")

    def registration(self, client: str) -> Registration:
        """Return what is known of a client; of one that isn't registered, that nothing is restricted."""
        return self.registered.get(client, UNREGISTERED)

    def knows(self, client: str) -> bool:
        """Return whether the scenario names a client."""
        return client in self.clients or client in self.registered

    def scopes_of(self, client: str) -> frozenset[str]:
        """Return the scopes that a client may have."""
        own = self.registration(client).scopes
        return frozenset(own) if own else self.all_scopes

    def access_life(self, client: str, scopes: frozenset[str], rules: TokenRules) -> float:
        """Return the life of an access token: the client's own or the rules', cut by the briefest of its scopes."""
        own = self.registration(client).access_ttl
        life = rules.access_ttl_seconds if own is None else own
        return min((life, *(seconds for scope, seconds in self.scope_ttl.items() if scope in scopes)))


def _check_registered(registered: dict[str, Registration], scopes: tuple[str, ...]) -> None:
    for client in registered:
        if not is_client_id(client):
            raise OptionError(f"a client's id {_NO_CLIENT_ID}", "registered", client)
    registrations.check(registered, scopes)


def _check_lengths(options: OAuthOptions) -> None:
    if not _VISIBLE.fullmatch(options.subject):
        raise OptionError("must be printable ASCII, and not empty", "subject")
    if options.signing_key < 0:
        raise OptionError("must be at least 0", "signing_key")
    named = {"code_ttl": options.code_ttl, "key_rotation": options.key_rotation,
             "expires_in_says": options.expires_in_says}  # fmt: skip
    for key, seconds in named.items():
        if seconds is not None and seconds <= 0:
            raise OptionError("must be above 0", key)
    for scope, seconds in options.scope_ttl.items():
        if scope not in options.all_scopes:
            raise OptionError(f"{did_you_mean(scope, options.scopes)}; scopes are listed in providers.oauth.scopes",
                              "scope_ttl", scope)  # fmt: skip
        if seconds <= 0:
            raise OptionError("must be above 0", "scope_ttl", scope)


def _check_scopes(scopes: tuple[str, ...]) -> None:
    if not scopes:
        raise OptionError("must name at least one scope that a client may have", "scopes")
    for place, scope in enumerate(scopes):
        if not _SCOPE.fullmatch(scope):
            raise OptionError(
                f"{scope!r} can't be a scope: use printable ASCII without spaces, \" and \\ (RFC 6749 §3.3)",
                "scopes",
                place,
            )


def _check_clients(clients: dict[str, str]) -> None:
    for client, secret in clients.items():
        if not is_client_id(client):
            raise OptionError(f"a client's id {_NO_CLIENT_ID}", "clients", client)
        if not _VISIBLE.fullmatch(secret):
            raise OptionError("the secret must be printable ASCII (RFC 6749 §A.2), and not empty", "clients", client)


def _check_refresh(refresh: tuple[RefreshToken, ...], scopes: tuple[str, ...]) -> None:
    seen: dict[str, int] = {}
    for place, one in enumerate(refresh):
        _known(one.scopes, scopes, "refresh", place, "scopes")
        if one.token in seen:
            raise OptionError(f"the same token as refresh[{seen[one.token]}]", "refresh", place, "token")
        seen[one.token] = place


def _check_hosts(hosts: tuple[str, ...]) -> None:
    for place, host in enumerate(hosts):
        if not _HOST.fullmatch(host):
            raise OptionError(f"{host!r} is no host name: write it in lower case, without a scheme, port or path",
                              "hosts", place)  # fmt: skip


def _known(named: tuple[str, ...], scopes: tuple[str, ...], *path: str | int) -> None:
    for place, scope in enumerate(named):
        if scope not in scopes:
            raise OptionError(f"{did_you_mean(scope, scopes)}; scopes are listed in providers.oauth.scopes",
                              *path, place)  # fmt: skip


def _check_path(path: str) -> None:
    if not path.startswith(ROOT):
        wanted = f"{ROOT}{path.lstrip('/')}"
        raise OptionError(f"a fixture's path begins with {ROOT}: write {wanted}", "fixtures", path)
    if not _PATH_TAIL.fullmatch(path, len(ROOT)):
        raise OptionError(
            f"a fixture's path goes on after {ROOT}, without spaces, control characters, ? and #", "fixtures", path
        )
