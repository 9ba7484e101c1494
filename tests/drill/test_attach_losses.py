"""What a drill that attaches fetches, reads and claims: nothing of it is lost, or it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import orjson
import pytest

from brownout.core.errors import UsageError
from brownout.drill.attach import hooks
from brownout.drill.attach.api import Api, Unreachable
from brownout.drill.attach.database import Database, read_csv
from brownout.drill.attach.ground import AttachedGround
from brownout.drill.attach.lease import Tenancy
from brownout.drill.attach.terms import Terms

if TYPE_CHECKING:
    from pathlib import Path

    from brownout.testing import Sandbox


def test_a_file_that_is_still_written_to_is_waited_for(tmp_path: Path) -> None:
    """Half a file would lose orders that the database knows; one that somebody removes meanwhile isn't there."""
    file = tmp_path / "db.csv"
    file.write_text("key,outcome\na,ok\n")
    born = file.stat().st_mtime
    rest = iter(("b,ok\n", "c,ok\n"))

    def write(_: float) -> None:
        with file.open("a") as more:
            more.write(next(rest, ""))

    assert [one["key"] for one in Database(file, born, write).claims()] == ["a", "b", "c"]

    endless = Database(file, born, lambda _: file.write_text(file.read_text() + "d,ok\n"), 3.0)
    assert endless.claims() == []
    with pytest.raises(UsageError, match=r"db.csv is still written to, 3 s after"):
        endless.check(tmp_path)
    gone = Database(file, born, lambda _: file.unlink(missing_ok=True), 1.0)
    assert gone.claims() == []
    with pytest.raises(UsageError, match=r"db.csv isn't there"):
        gone.check(tmp_path)


@pytest.mark.parametrize("at", ["nan", "inf", "-1", "1e300"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, at: str) -> None:
    """No verdict reckons with what isn't a moment."""
    (tmp_path / "db.csv").write_text(f"key,outcome,at\na,ok,{at}\n")

    with pytest.raises(UsageError, match=r"db.csv:2: at must be unix seconds"):
        read_csv(tmp_path / "db.csv")


def _call(box: Sandbox, path: str, **form: str | int) -> dict[str, Any]:
    """Call Stripe at a sandbox; return what it answers."""
    headers = {"Authorization": "Bearer sk_test_x"}
    request = Request(f"{box.url_of('stripe')}/v1/{path}", urlencode(form).encode() if form else None, headers)
    with build_opener(ProxyHandler({})).open(request, timeout=5) as answer:
        return dict(orjson.loads(answer.read()))


class _Pages(Api):
    """A server that goes away after its first page of ledger entries, and comes back."""

    def __init__(self, url: str) -> None:
        """Call `url`."""
        super().__init__(url)
        self.pages = 0

    def lines(self, path: str, **query: int) -> list[bytes]:
        """Return one line at a time; the second page of the ledger doesn't come the first time."""
        if path == "/journal/ledger":
            self.pages += 1
            if self.pages == 2:
                raise Unreachable("gone")
        return super().lines(path, **{**query, "limit": 1})


def test_a_page_that_does_not_come_loses_none_before_it(brownout: Sandbox) -> None:
    """What was fetched is kept when the next page fails: it isn't asked for again."""
    with Tenancy(_Pages(brownout.url), 60) as tenancy:
        ground = AttachedGround(tenancy, lambda _: None)
        pay = {"amount": 500, "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa"}
        for _ in range(2):
            _call(brownout, "payment_intents", **pay, return_url="http://shop/")
        ground.look()
        found = ground.written()

    assert found.trouble is None
    assert [entry.kind for entry in found.entries].count("capture") == 2
    assert len(found.entries) == len({(one.payment, one.kind) for one in found.entries})


def test_a_server_that_refuses_spoils_the_run(brownout: Sandbox) -> None:
    """It isn't an exception, which would leave the drill without what it has seen."""
    with Tenancy(Api(brownout.url), 60) as tenancy:
        ground = AttachedGround(tenancy, lambda _: None)

        def refuse(path: str, **_: str | int) -> Any:
            raise UsageError(f"{path}: no more")

        tenancy.api.get = refuse  # type: ignore[method-assign]
        ground.look()

    assert not ground.alive
    assert ground.written().trouble == "the server is gone: /lease: no more"


class _Deaf(Api):
    """A server that takes claims only from the `after`th try on."""

    def __init__(self, after: int) -> None:
        """Be there, but deaf."""
        super().__init__("http://127.0.0.1:1")
        self.after = after
        self.taken: list[bytes] = []

    def send(self, method: str, path: str, *, body: bytes | None = None, **_: Any) -> bytes:
        """Take claims."""
        self.after -= 1
        if self.after >= 0:
            raise Unreachable("nobody answers")
        self.taken.append(body or b"")
        return b"{}"


def test_a_claims_times_are_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """They go by its clock as it was when the test began, whatever somebody sets this machine's to meanwhile."""
    api = _Deaf(0)
    now = iter((10.0, 12.0, 20.0, 21.0, 25.0, 25.0, 25.0))
    said = {"held": True, "clock": {"wall": 1_000.0}, "now": {"elapsed": 3.0}}
    monkeypatch.setattr(api, "get", lambda _: said)
    monkeypatch.setattr(hooks.time, "monotonic", lambda: next(now))
    reporter = hooks.Reporter(api, Terms.read())
    reporter.begin()  # at 11, which is 1,000 there: the scenario began at 8
    operation = hooks.Operation("o-1", 12.0, "POST /pay")

    reporter.answered({hooks.CONTEXT: operation}, None, TimeoutError())
    reporter.flush()

    claim = orjson.loads(api.taken[0])
    assert (claim["due"], claim["scheduled_at"], claim["at"]) == (12.0, 1_009.0, 1_009.0)


def test_claims_that_nobody_takes_are_offered_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For as long as the test runs, and a little longer; what is lost then is said."""
    monkeypatch.setattr(hooks.time, "sleep", lambda _: None)
    there, gone = _Deaf(2), _Deaf(99)
    for api in there, gone:
        reporter = hooks.Reporter(api, Terms())
        reporter._pending = [b"a", b"b"]  # noqa: SLF001 - what answers would have put there
        reporter.flush()
        reporter.end()

    assert there.taken == [b"a\nb"]
    assert gone.taken == []
    assert capsys.readouterr().err == "brownout: 2 claims couldn't be delivered: nobody answers\n"
