"""`brownout listen`: webhooks of a running server, forwarded to your program from where this command runs."""

from __future__ import annotations

import signal
import ssl
from base64 import b64decode
from contextlib import suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import click
import orjson

from brownout.core.errors import UsageError
from brownout.server.system import Wall, monotonic

if TYPE_CHECKING:
    from brownout.drill.attach.api import Api

DEFAULT_URL: Final = "http://127.0.0.1:8700"
_WAIT_SECONDS: Final = 5
_TTL_SECONDS: Final = 20
_AGAIN_SECONDS: Final = 1.0
_ANSWER_KEPT_BYTES: Final = 1_024


class Answer(NamedTuple):
    """What your program answered: no status if it didn't, and then what went wrong."""

    status: int | None
    error: str | None
    seconds: float
    text: str = ""


@click.command()
@click.option("--forward-to", metavar="URL", help="Where your program takes webhooks; without it they are only shown.")
@click.option("--forward-connect-to", metavar="URL", help="Where it takes those of connected accounts "
                                                          "(default: the same).")  # fmt: skip
@click.option("--events", "-e", default="*", show_default=True, metavar="A,B", help="Which events, such as charge.*.")
@click.option("--provider", default="stripe", show_default=True, metavar="NAME", help="Whose webhooks.")
@click.option("--version", metavar="V", help="The API version to get events in (default: the account's).")
@click.option("--latest", is_flag=True, help="Get events in the newest API version.")
@click.option("--print-secret", is_flag=True, help="Print the signing secret and leave.")
@click.option("--skip-verify", is_flag=True, help="Take any certificate of your program's, if it speaks https.")
@click.option("--attach", default=DEFAULT_URL, show_default=True, metavar="URL", envvar="BROWNOUT_URL",
              help="The Brownout that runs.")  # fmt: skip
@click.option("--sandbox", metavar="NAME", help="The sandbox to listen to (default: the one that needs no name).")
@click.option("--admin-token", envvar="BROWNOUT_ADMIN_TOKEN", help="What the server's admin API asks for.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line an event, with the event in it.")
def command(**options: Any) -> int:
    """Forward webhooks of a running server to your program, for as long as this runs.

    This command posts them itself, so your program needs to be reachable from here, not from the server. What it
    answers decides whether an event counts as delivered or is tried again. All accounts of the sandbox are heard.
    Ctrl-C ends it and leaves nothing; the exit code is then 0.

    \b
    Examples:
      brownout listen --forward-to localhost:3000/webhooks
      brownout listen --forward-to localhost:3000/webhooks --events payment_intent.succeeded,charge.dispute.*
      brownout listen --provider paypal --forward-to http://localhost:3000/paypal --sandbox checkout
      brownout listen --attach http://brownout:8700 --admin-token T --json
      export STRIPE_WEBHOOK_SECRET=$(brownout listen --print-secret)
    """
    from brownout.drill.attach.api import Api

    forwarder = Forwarder(
        _url(options["forward_to"], "--forward-to"),
        _url(options["forward_connect_to"], "--forward-connect-to"),
        verify=not options["skip_verify"],
    )
    wanted = {
        "provider": options["provider"],
        "events": [one.strip() for one in options["events"].split(",") if one.strip()],
        "version": _version(options),
        "ttl": f"{_TTL_SECONDS}s",
    }
    ear = Ear(Api(options["attach"], options["sandbox"], options["admin_token"]), wanted)
    printer = Printer(as_json=options["as_json"])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        ear.open()
        if options["print_secret"]:
            click.echo(ear.secret)
            return 0
        printer.ready(ear, forwarder)
        _listen(ear, forwarder, printer)
    except KeyboardInterrupt:
        pass
    finally:
        ear.close()
    return 0


def _version(options: dict[str, Any]) -> str | None:
    if not options["latest"]:
        version: str | None = options["version"]
        return version
    if options["version"] is not None or options["provider"] != "stripe":
        raise UsageError("--latest: give it without --version, and for Stripe alone, which dates its versions")
    from brownout.providers.stripe.versions import API_VERSION

    return API_VERSION


def _url(given: str | None, option: str) -> str | None:
    """Return an address; `localhost:3000/webhooks` will do."""
    if given is None:
        return None
    url = given if "://" in given else f"http://{given}"
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{option}: {given!r} is no address: write one such as http://localhost:3000/webhooks")
    return url


# ---------------------------------------------------------------- the server
class Ear:
    """A registration with a running server, made again whenever that forgets it."""

    def __init__(self, api: Api, wanted: dict[str, Any]) -> None:
        self.api = api
        self._wanted = wanted
        self.secret = ""
        self._id: str | None = None

    def open(self) -> None:
        """Begin to listen; raises UsageError if nobody answers there, or it refuses."""
        made = orjson.loads(self.api.send("POST", "/listeners", body=orjson.dumps(self._wanted)))
        self._id, self.secret = made["id"], made["secret"]
        self._wanted["secret"] = self.secret  # stays what your program was told, also after a restart

    def fetch(self) -> list[dict[str, Any]]:
        """Return what has arrived, waiting a few seconds for it. Raises as `open` does."""
        path = f"/listeners/{self._id}"
        answer = self.api.send("GET", path, query={"wait": f"{_WAIT_SECONDS}s"}, timeout_seconds=_WAIT_SECONDS * 3)
        found: list[dict[str, Any]] = orjson.loads(answer)["deliveries"]
        return found

    def tell(self, number: int, answer: Answer) -> None:
        """Say what became of a delivery. Raises as `open` does."""
        said = {
            "number": number,
            "status": answer.status,
            "error": answer.error,
            "seconds": answer.seconds,
            "answer": answer.text,
        }
        self.api.send("POST", f"/listeners/{self._id}/answer", body=orjson.dumps(said))

    def close(self) -> None:
        """Leave nothing."""
        if self._id is not None:
            with suppress(UsageError):
                self.api.send("DELETE", f"/listeners/{self._id}")


def _listen(ear: Ear, forwarder: Forwarder, printer: Printer) -> None:
    """Forward what comes, until interrupted; a server that goes or begins again is waited for."""
    while True:
        try:
            found = ear.fetch()
            if printer.gone is not None:
                raise printer.gone
            for one in found:
                printer.arrived(one)
                Thread(target=_forward, args=(one, ear, forwarder, printer), daemon=True).start()
        except UsageError as lost:
            printer.note(f"{lost}\nListening again as soon as it answers (Ctrl-C to quit)")
            _reopen(ear)
            printer.note("Listening again")


def _reopen(ear: Ear) -> None:
    from brownout.drill.attach.api import Unreachable

    while True:
        try:
            return ear.open()
        except Unreachable:
            Event().wait(_AGAIN_SECONDS)


def _forward(one: dict[str, Any], ear: Ear, forwarder: Forwarder, printer: Printer) -> None:
    """Forward one, in a thread of its own: the server decides what goes out at the same time."""
    body = b64decode(one["body"])
    url = forwarder.url_for(one)
    answer = forwarder.post(url, one["headers"], body, one["timeout"])
    with printer.turn:  # else the next could be shown before this one's answer
        with suppress(UsageError):  # the server went meanwhile: whoever fetches hears of it
            ear.tell(one["number"], answer)
        try:
            printer.answered(one, url, answer, body)
        except BrokenPipeError as gone:
            printer.gone = gone


# ---------------------------------------------------------------- your program
class Forwarder:
    """Posts deliveries to your program."""

    def __init__(self, url: str | None, connect_url: str | None, *, verify: bool) -> None:
        self.url = url
        self._connect_url = connect_url
        self._verify = verify

    def url_for(self, one: dict[str, Any]) -> str | None:
        """Return where a delivery goes, None if it is only shown."""
        return (self._connect_url or self.url) if one["connected"] else self.url

    def post(self, url: str | None, headers: dict[str, str], body: bytes, timeout_seconds: float) -> Answer:
        """Return what is answered; redirects aren't followed, as providers follow none. Without a URL, 200."""
        if url is None:
            return Answer(200, None, 0.0)
        started = monotonic()
        connection = self._connection(url, timeout_seconds)
        try:
            parts = urlsplit(url)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, headers)
            with connection.getresponse() as answer:
                text = answer.read(_ANSWER_KEPT_BYTES).decode("utf-8", "replace")
                return Answer(answer.status, None, monotonic() - started, text)
        except TimeoutError:
            return Answer(None, f"no answer within {timeout_seconds:g}s", monotonic() - started)
        except (OSError, HTTPException, ValueError) as problem:
            return Answer(None, f"{type(problem).__name__}: {problem}", monotonic() - started)
        finally:
            connection.close()

    def _connection(self, url: str, timeout_seconds: float) -> HTTPConnection:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port, timeout=timeout_seconds)
        trust = ssl.create_default_context()
        if not self._verify:
            trust.check_hostname = False
            trust.verify_mode = ssl.CERT_NONE
        return HTTPSConnection(host, parts.port, timeout=timeout_seconds, context=trust)


# ---------------------------------------------------------------- what is shown
class Printer:
    """Says what comes and goes: a line each for people, or one JSON line an event."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._wall = Wall()
        self.turn = RLock()  # held by who prints
        self.gone: BrokenPipeError | None = None  # what a thread met: nobody reads any more

    def ready(self, ear: Ear, forwarder: Forwarder) -> None:
        """Say that events will come, and the secret that signs them."""
        if self._as_json:
            _print({"ready": True, "secret": ear.secret, "forward_to": forwarder.url})
        else:
            click.echo(f"Ready! Your webhook signing secret is {ear.secret} (^C to quit)")

    def note(self, text: str) -> None:
        """Say something that isn't about an event."""
        click.echo(text, err=True)

    def arrived(self, one: dict[str, Any]) -> None:
        """Say that an event came."""
        if not self._as_json:
            connect = "connect " if one["connected"] else ""
            with self.turn:
                click.echo(f"{self._now()}   --> {connect}{one['type']} [{one['event']}]")

    def answered(self, one: dict[str, Any], url: str | None, answer: Answer, body: bytes) -> None:
        """Say what your program answered."""
        milliseconds = round(answer.seconds * 1000)
        if self._as_json:
            _print({
                "event": one["event"], "type": one["type"], "delivery": one["delivery"], "account": one["account"],
                "url": url, "status": answer.status, "error": answer.error, "ms": milliseconds,
                "payload": orjson.loads(body) if body.startswith(b"{") and _is_json(body) else body.decode("latin-1"),
            })  # fmt: skip
        elif url is not None and answer.status is not None:
            click.echo(f"{self._now()}  <--  [{answer.status}] POST {url} [{one['event']}] {milliseconds}ms")
        elif url is not None:
            click.echo(f"{self._now()}  <--  [ERROR] POST {url} [{one['event']}] {answer.error}")

    def _now(self) -> str:
        return datetime.fromtimestamp(self._wall()).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _print(value: dict[str, Any]) -> None:
    click.echo(orjson.dumps(value))
