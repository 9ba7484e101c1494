"""How a service's answers are read, what its database says, and where a drill attaches: right input, and wrong."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import orjson
import pytest

from brownout import __version__
from brownout.cli import run
from brownout.core.errors import UsageError
from brownout.core.plan import Arm, ClockOptions, Load, Phase, Plan
from brownout.drill.attach.api import Api, Taken, Unreachable
from brownout.drill.attach.conduct import SERVICE, reachable, service_plan
from brownout.drill.attach.database import Database, read_csv, settled
from brownout.drill.attach.ground import AttachedGround
from brownout.drill.attach.lease import Tenancy
from brownout.drill.attach.terms import Terms
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brownout.testing import Sandbox


@pytest.mark.parametrize(
    ("rules", "status", "disliked", "outcome"),
    [
        ("", 204, False, "ok"),
        ("", 302, False, "unknown"),
        ("", 409, False, "fail"),
        ("", 500, False, "unknown"),
        ("", 0, False, "unknown"),
        ("", 200, True, "unknown"),
        ("", 404, True, "fail"),
        ("5xx=fail, 503=unknown", 500, False, "fail"),
        ("5xx=fail, 503=unknown", 503, False, "unknown"),
        ("failure=fail", 200, True, "fail"),
        ("timeout=fail", 0, False, "fail"),
    ],
)
def test_what_an_answer_claims(rules: str, status: int, disliked: bool, outcome: str) -> None:  # noqa: FBT001 - a case
    """2xx is ok, 4xx fail; 5xx, no answer, and what the locustfile didn't like tell nothing. Rules change that."""
    assert Terms.read(claims=rules).outcome(status, disliked=disliked) == outcome


@pytest.mark.parametrize(
    ("key", "headers", "body", "found"),
    [
        ("baggage", {"Baggage": "x=1,brownout.key=order%207"}, None, "order 7"),
        ("baggage", {}, None, None),
        ("header:Order-Id", {"order-id": "o-1"}, None, "o-1"),
        ("body:order.id", {}, {"order": {"id": 7}}, "7"),
        ("body:order", {}, b'{"order":"o-1"}', "o-1"),
        ("body:order", {}, "order=o-1&x=2", "o-1"),
        ("body:order", {}, b"\xff", None),
        ("body:order", {}, [1], None),
        ("response:id", {}, {"id": "o-1"}, None),
    ],
)
def test_where_an_orders_key_is(key: str, headers: dict[str, str], body: Any, found: str | None) -> None:
    """In the request's baggage, a header of it, or a field of its JSON or form."""
    assert Terms.read(key).key_of_request(headers, body) == found


def test_the_key_of_an_answer() -> None:
    """Where only the service knows what the order is called."""
    assert Terms.read("response:order.id").key_of_response(b'{"order":{"id":"o-1"}}') == "o-1"
    assert Terms.read("response:order.id").key_of_response(b"<html>") is None
    assert Terms.read("baggage").key_of_response(b'{"id":"o-1"}') is None


def test_which_requests_are_orders() -> None:
    """By method and path, or by the name that the locustfile gives them."""
    terms = Terms.read(operations=["POST /orders/*/pay", "* checkout"])
    said = [
        terms.concerns("POST", "http://shop/orders/7/pay?x=1"),
        terms.concerns("GET", "/orders/7/pay"),
        terms.concerns("PUT", "/c/9", "checkout"),
    ]
    assert said == [True, False, True]


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"key": "bagage"}, "--key bagage: unknown 'bagage'; did you mean 'baggage'?"),
        ({"key": "header"}, "--key header: write baggage, header:NAME, body:FIELD or response:FIELD"),
        ({"key": "body:"}, "--key body:: write baggage"),
        ({"key": "baggage:x"}, "--key baggage:x: write baggage"),
        ({"claims": "2xx"}, "--claims: '2xx' isn't WHAT=OUTCOME"),
        ({"claims": "6xx=ok"}, "--claims: '6xx=ok' isn't WHAT=OUTCOME"),
        ({"claims": "2xx=okay"}, "--claims: '2xx=okay': unknown 'okay'; did you mean 'ok'?"),
        ({"operations": ["/pay"]}, "--operation '/pay': write METHOD PATH"),
        ({"operations": ["post /pay"]}, "--operation 'post /pay': write METHOD PATH"),
    ],
)
def test_wrong_terms_are_refused(terms: dict[str, Any], message: str) -> None:
    """With what is allowed."""
    with pytest.raises(UsageError) as wrong:
        Terms.read(**terms)
    assert message in str(wrong.value)


def test_a_csv_of_claims(tmp_path: Path) -> None:
    """A line of headings, in any order; what is empty says nothing; a spreadsheet's mark at its head is ignored."""
    file = tmp_path / "db.csv"
    file.write_text(
        "\ufeffoutcome,key,amount_minor,currency,object,at\n"
        'ok,"o-1, first",2499,USD,pi_1,2026-11-23T12:00:00Z\n\nfail,o-2,,,,\n',
        encoding="utf-8",
    )
    assert read_csv(file) == [
        {"outcome": "ok", "key": "o-1, first", "amount_minor": 2499, "currency": "usd", "object": "pi_1",
         "at": 1795435200.0},
        {"outcome": "fail", "key": "o-2"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "db.csv:1: there is no column key and no outcome"),
        ("key,outcom\n", "db.csv:1: column unknown 'outcom'; did you mean 'outcome'?"),
        ("key,key,outcome\n", "db.csv:1: a column is there twice"),
        ("key,outcome\na,ok\nb\n", "db.csv:3: 1 fields, and there are 2 columns"),
        ("key,outcome\na,yes\n", "db.csv:2: outcome: unknown 'yes'; known: fail, ok, unknown"),
        ("key,outcome,amount_minor\na,ok,24.99\n", "db.csv:2: amount_minor must be whole minor units"),
        ("key,outcome,at\na,ok,noon\n", "db.csv:2: at must be unix seconds or an ISO 8601 time, not 'noon'"),
        ('key,outcome\n"a,ok\n', "db.csv:2: not CSV"),
    ],
)
def test_a_wrong_csv_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """File and line of each mistake."""
    file = tmp_path / "db.csv"
    file.write_text(text)
    with pytest.raises(UsageError) as wrong:
        read_csv(file)
    assert message in str(wrong.value)


def test_files_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    """One that isn't there, and one that is no text."""
    with pytest.raises(UsageError, match="No such file"):
        read_csv(tmp_path / "none.csv")
    (tmp_path / "db.csv").write_bytes(b"key,outcome\n\xff,ok\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_csv(tmp_path / "db.csv")


def test_a_file_of_an_earlier_run_is_waited_over(tmp_path: Path) -> None:
    """It is believed once it is newer than the run; if it never is, that is said, with how to judge later."""
    file = tmp_path / "db.csv"
    file.write_text("key,outcome\na,ok\n")
    born = file.stat().st_mtime

    assert Database(file, born, lambda _: None).claims() == [{"key": "a", "outcome": "ok"}]
    old = Database(file, born + 60, lambda _: None)
    assert old.claims() == []
    with pytest.raises(
        UsageError, match=r"is older than this run, 30 s after .*\n.*brownout verdict .*j.jsonl .*db.csv"
    ):
        old.check(tmp_path / "j.jsonl")
    missing = Database(tmp_path / "none.csv", born, lambda _: None)
    assert missing.claims() == []
    with pytest.raises(UsageError, match=r"none.csv isn't there"):
        missing.check(tmp_path / "j.jsonl")
    Database(None, born, lambda _: None).check(tmp_path)


def test_whose_word_counts() -> None:
    """The database's before the service's own, that before its answers; of each, the last. Times stay."""
    answers = [
        {"key": "a", "outcome": "ok", "by": "answer", "due": 1.0, "detail": "201"},
        {"key": "b", "outcome": "fail", "by": "answer"},
        {"key": "b", "outcome": "ok", "by": "answer"},
        {"key": "c", "outcome": "unknown", "by": "answer", "due": 2.0},
    ]
    own = [{"key": "a", "outcome": "unknown"}, {"key": "c", "outcome": "ok"}]

    found = settled([*own, *answers], [{"key": "c", "outcome": "fail", "amount_minor": 5}])

    assert found == [
        {"key": "a", "outcome": "unknown", "due": 1.0},
        {"key": "b", "outcome": "ok", "by": "answer"},
        {"key": "c", "outcome": "fail", "due": 2.0, "amount_minor": 5},
    ]


@pytest.mark.parametrize(
    ("attach", "sandbox", "message"),
    [
        ("127.0.0.1:8700", None, "'127.0.0.1:8700' is no address of a Brownout"),
        ("http://", None, "is no address"),
        ("http://h:x", None, "is no address"),
        ("http://h/stripe", None, "is no address"),
        ("http://h/~a/stripe", None, "is no address"),
        ("ftp://h", None, "is no address"),
        ("http://h", "b/ü", "can't be a sandbox"),
        ("http://h/~UP", None, "can't be a sandbox"),
        ("http://h/~a", "b", "--attach names sandbox 'a', and --sandbox 'b'"),
    ],
)
def test_a_wrong_address_is_refused(attach: str, sandbox: str | None, message: str) -> None:
    """Before anything is sent anywhere."""
    with pytest.raises(UsageError) as wrong:
        Api(attach, sandbox)
    assert message in str(wrong.value)


class _Other(BaseHTTPRequestHandler):
    """A server that isn't the Brownout one thinks; `said` is its answer."""

    said: tuple[int, dict[str, str], bytes] = (200, {}, b"")

    def do_GET(self) -> None:
        """Answer."""
        status, headers, body = self.said
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _server(*said: Any) -> Iterator[str]:
    handler = type("_Saying", (_Other,), {"said": said})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "headers", "body", "message"),
    [
        (302, {"Location": "http://elsewhere/"}, b"", "redirects to http://elsewhere/: give the address of the server"),
        (404, {}, b"<html>", "what answers there isn't Brownout: it said 404"),
        (200, {}, b"<html>", "what answers there isn't Brownout: its answer isn't JSON"),
        (200, {}, b'{"status":"ok"}', "what answers there isn't Brownout"),
        (
            200,
            {},
            b'{"version":"0.0.0","instance":"i"}',
            f"runs Brownout 0.0.0 and this is {__version__}: use one version",
        ),
    ],
)
def test_a_server_that_is_no_brownout_of_ours(status: int, headers: dict[str, str], body: bytes, message: str) -> None:
    """Each is told from the others."""
    with _server(status, headers, body) as url, pytest.raises(UsageError) as wrong:
        Api(url).check()
    assert message in str(wrong.value)


def test_nobody_there(brownout: Sandbox) -> None:
    """A port on which nothing listens, for the server and for the service; no address at all."""
    with _server(200, {}, b"") as url:
        reachable(url)
    with pytest.raises(Unreachable, match=r"no Brownout answers at .*refused; brownout serve starts one"):
        Api(url).check()
    with pytest.raises(UsageError, match=r"--target: nobody answers at .*refused; is it up"):
        reachable(url)
    for wrong in "shop", "http://h:x", "file:///x":
        with pytest.raises(UsageError, match="is no address of a service"):
            reachable(wrong)


def test_a_sandbox_that_nobody_made_and_one_that_stands_still(brownout: Sandbox) -> None:
    """What is missing is said with what there is; a drill lives in the wall's time."""
    url = brownout.url.rpartition("/~")[0]
    with pytest.raises(UsageError, match=r"(?s)--sandbox: unknown 'nobody'.*curl -X PUT .*/_brownout/sandboxes/nobody"):
        Api(url, "nobody").check()
    Api(brownout.url).check()
    brownout.clock.freeze()
    with pytest.raises(UsageError, match=r"the clock of sandbox .* stands still: a drill that attaches"):
        Api(brownout.url).check()


def test_a_wrong_token_says_where_the_right_one_goes() -> None:
    """The option and its variable."""
    with (
        _server(401, {}, orjson.dumps({"brownout": {"error": "the admin API needs a token"}})) as url,
        pytest.raises(
            UsageError, match="the admin API needs a token; here it is --admin-token, or BROWNOUT_ADMIN_TOKEN"
        ),
    ):
        Api(url).check()


def _call(box: Sandbox, path: str, **form: str | int) -> dict[str, Any]:
    """Call Stripe at a sandbox; return what it answers."""
    headers = {"Authorization": "Bearer sk_test_x"}
    request = Request(f"{box.url_of('stripe')}/v1/{path}", urlencode(form).encode() if form else None, headers)
    with build_opener(ProxyHandler({})).open(request, timeout=5) as answer:
        return dict(orjson.loads(answer.read()))


@pytest.mark.slow
def test_what_happened_before_the_lease_does_not_count(brownout: Sandbox) -> None:
    """Neither requests nor claims, nor payments that were begun before: a refund of one is left out, and counted."""
    api = Api(brownout.url)
    pay = {"amount": 500, "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa"}
    earlier = _call(brownout, "payment_intents", **pay, return_url="http://shop/")
    api.send("POST", "/claims", body=b'{"key":"o-1","outcome":"ok"}')

    with Tenancy(api, 60) as tenancy:
        with pytest.raises(Taken, match="is held by brownout drill of "):
            Tenancy(api, 60)
        ground = AttachedGround(tenancy, lambda _: None)
        _call(brownout, "refunds", payment_intent=str(earlier["id"]))
        later = _call(brownout, "payment_intents", **pay, return_url="http://shop/")
        api.send("POST", "/claims", body=b'{"key":"o-2","outcome":"ok"}')
        found = ground.written()

    assert [claim["key"] for claim in found.claims] == ["o-2"]
    assert len(found.lines) == 2
    assert {entry.payment for entry in found.entries} == {later["id"]}
    assert ground.before == 1
    assert api.get("/lease")["held"] is False


@pytest.mark.slow
def test_what_the_server_drops_was_fetched_in_time() -> None:
    """A ring that is too small for the run loses nothing that was looked at; what it does lose is counted."""
    with Simulator(records_kept=20) as box, Tenancy(Api(box.url), 60) as tenancy:
        watched, late = (AttachedGround(tenancy, lambda _: None) for _ in range(2))
        for _ in range(15):
            _call(box, "balance")
        assert watched.look().snapshot.exchanges == 15
        for _ in range(15):
            _call(box, "balance")

        whole, part = watched.written(), late.written()

    assert (len(whole.lines), whole.evicted) == (30, 0)
    assert (len(part.lines), part.evicted) == (20, 10)


def test_a_lease_that_was_lost_spoils_the_run(brownout: Sandbox) -> None:
    """Somebody took it away, or this process was too busy to renew it: from then on others may have been there."""
    api = Api(brownout.url)
    tenancy = Tenancy(api, 0.3)
    ground = AttachedGround(tenancy, lambda _: None)
    api.delete("/lease", lease=tenancy.id)
    tenancy._thread.join(10)  # noqa: SLF001 - its next renewal, a tenth of a second from now

    assert not ground.alive
    assert "has lapsed, and its faults have ended: this process was stopped" in str(ground.written().trouble)
    tenancy.end()


ARMS = {"naive": Arm(name="naive", client="n", control=True), "own": Arm(name="own", client="o")}


def test_the_services_plan() -> None:
    """One arm, named as thresholds speak of it; a closed load of as long as the phases are."""
    plan = Plan(arms=ARMS, load=Load(rate_per_second=5, users=7, duration_seconds=3))
    shop = service_plan(plan, "http://shop")
    assert (list(shop.arms), shop.arms[SERVICE].client, shop.arms[SERVICE].control) == ([SERVICE], "http://shop", False)
    assert shop.load == Load(executor="users", rate_per_second=None, users=7, duration_seconds=3)

    tagged = replace(plan, thresholds={"payments.lost{arm:own}": ("count == 0",)})
    phased = replace(tagged, phases=(Phase(name="a", duration_seconds=4), Phase(name="b", duration_seconds=5)))
    shop = service_plan(phased, "http://shop", users=2)
    assert (list(shop.arms), shop.load and (shop.load.duration_seconds, shop.load.users)) == (["own"], (9, 2))
    assert list(service_plan(plan, "http://shop", arms=["naive"]).arms) == ["naive"]


@pytest.mark.parametrize(
    ("plan", "arms", "message"),
    [
        (Plan(arms=ARMS), ["on"], "--arm: unknown 'on'; did you mean 'own'?"),
        (Plan(arms=ARMS), ["own", "naive"], "--arm: with --attach there is one arm"),
        (Plan(clock=ClockOptions(speed=60)), [], "clock: a service lives in the wall's time"),
        (Plan(clock=ClockOptions(frozen=True)), [], "clock: a service lives in the wall's time"),
    ],
)
def test_a_plan_that_no_service_can_play(plan: Plan, arms: list[str], message: str) -> None:
    """Before anything starts."""
    with pytest.raises(UsageError) as wrong:
        service_plan(plan, "http://shop", arms=arms)
    assert message in str(wrong.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "http://h"], "--target is for a service of yours: it needs --attach URL"),
        (["--operation", "POST /x"], "--operation is for a service of yours"),
        (["--attach", "http://h"], "--attach needs --target URL"),
        (["--attach", "http://h", "--target", "http://h"], "--attach needs -f LOCUSTFILE"),
        (["--attach", "http://h", "--client", "a:B"], "--client and --attach: the client is the service itself"),
        (["--attach", "http://h", "--processes", "2"], "--processes and --workers aren't for --attach"),
        (["--attach", "http://h", "--lease", "1ms"], "must be from 1s to 1h"),
        (["--attach", "h", "--target", "http://h", "-f", "x.py"], "'h' is no address of a Brownout"),
    ],
)
def test_wrong_options(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    message: str,
) -> None:
    """Exit code 2, and what to write instead."""
    monkeypatch.chdir(tmp_path)
    assert run(["drill", "lost-answer", *arguments]) == 2
    assert message in capsys.readouterr().err
