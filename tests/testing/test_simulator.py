"""`Simulator`, the engine without sockets, and the pytest plugin, as a user's tests meet them."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from toy import KEY, REGISTRIES

from brownout.core.errors import ScenarioError, UsageError
from brownout.core.plan import Plan
from brownout.testing import EngineTransport, Simulator

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]
PAY = b'{"amount":100,"order":"o-1"}'


def post(url: str, body: bytes = PAY) -> int:
    """Pay over a real socket from blocking code; return the status."""
    request = urllib.request.Request(f"{url}/v1/payments", data=body, headers=KEY)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_blocking_code_gets_a_server_on_a_thread_of_its_own() -> None:
    """`with` starts and stops it; nothing is left running."""
    before = threading.active_count()
    with Simulator(registries=REGISTRIES) as box:
        assert post(box.url_of("toy")) == 200
        assert box.ledger().captured("o-1") == 100
        assert threading.active_count() > before
    assert threading.active_count() == before


def test_a_fault_lives_as_long_as_its_block() -> None:
    """`with` takes it out again, and it counts what it did."""
    with Simulator(registries=REGISTRIES) as box:
        with box.fault("abort", operation="toy.payments.create", status=503) as down:
            assert post(box.url_of("toy")) == 503
        assert post(box.url_of("toy")) == 200
        assert down.fired == 1


def test_faults_without_a_name_do_not_replace_each_other() -> None:
    """Each gets a free name of its own."""
    with Simulator(registries=REGISTRIES) as box:
        box.fault("latency", delay=0.01)
        box.fault("latency", delay="20ms", operation="toy.*")

        assert [one["name"] for one in box.faults()] == ["latency-1", "latency-2"]


def test_each_fault_counts_its_own_firings() -> None:
    """The second block's fault has the first one's name, and not its firings; nor does its end take the first one's."""
    with Simulator(registries=REGISTRIES) as box:
        with box.fault("abort", status=503, first=2) as first:
            assert [post(box.url_of("toy")) for _ in range(2)] == [503, 503]
        with box.fault("abort", status=503, first=1) as second:
            assert post(box.url_of("toy")) == 503
            (told,) = box.faults()

        assert (first.fired, second.fired) == (2, 1)
        assert (told["matched"], told["fired"], told["idle"]) == (1, 1, 0)


def test_a_fault_that_is_taken_out_early_is_not_taken_out_again() -> None:
    """The end of its block leaves alone who has its name by then."""
    with Simulator(registries=REGISTRIES) as box:
        with box.fault("abort", status=503) as early:
            early.remove()
            box.fault("abort", status=500)

        assert post(box.url_of("toy")) == 500
        assert early.fired == 0


def test_every_duration_may_be_a_number_of_seconds() -> None:
    """Whatever a fault calls it, and the rule's own as well."""
    with Simulator(registries=REGISTRIES) as box:
        box.fault("outage", name="a", retry_after=30, at=1.5, for_=2, repeat=60)
        box.fault("latency", name="b", delay=0.5, rise=2_592_000, ttl=600)
        box.fault("trickle", name="c", first_byte=1, piece_bytes=9, pause=0.25)
        rules = {one.rule.name: one.rule for one in box._world.rules.compiled}  # noqa: SLF001 - what became of it

    assert (rules["a"].fault.retry_after, rules["a"].when.for_seconds) == (30.0, 2.0)  # type: ignore[attr-defined,union-attr]
    assert rules["b"].fault.rise == 2_592_000.0  # type: ignore[attr-defined]
    assert rules["c"].fault.pause == 0.25  # type: ignore[attr-defined]


def test_a_wrong_fault_is_explained() -> None:
    """The mistake names the key and what was meant; nothing is put in force."""
    with Simulator(registries=REGISTRIES) as box:
        with pytest.raises(ScenarioError, match="did you mean 'status'"):
            box.fault("abort", sttus=500)
        assert box.faults() == []


def test_sandboxes_of_one_server_never_meet() -> None:
    """Ledger, faults and clock are each one's own."""
    with Simulator(registries=REGISTRIES) as one:
        other = one.sandbox("other", seed=9)
        one.fault("abort", status=500)
        other.clock.advance("1d")

        assert (post(one.url_of("toy")), post(other.url_of("toy"))) == (500, 200)
        assert (one.seed, other.seed) == (0, 9)
        assert other.clock.now - one.clock.now > 86_000
        assert one.ledger().entries == ()


def test_verify_says_what_was_seen_instead() -> None:
    """A failed verification is an assertion with the journal in short."""
    with Simulator(registries=REGISTRIES) as box:
        post(box.url_of("toy"))
        box.verify(operation="toy.payments.create", count=1)

        with pytest.raises(AssertionError, match=r"found 1; the journal holds .*toy.payments.create 200"):
            box.verify(operation="toy.payments.create", count=2)


def test_an_exchange_explains_itself() -> None:
    """The fields of both parts are attributes, and `explain` tells the story."""
    with Simulator(registries=REGISTRIES) as box:
        box.fault("abort", name="down", target="response", status=503)
        post(box.url_of("toy"))
        (exchange,) = box.exchanges(operation="toy.*")

        told = exchange.explain()
    assert (exchange.status, exchange.key, exchange.stage) == (503, "o-1", "response")
    assert "Rule 'down' (abort at response) fired" in told
    assert "its effects stand" in told


def test_claims_wrong_in_shape_are_refused() -> None:
    """What a client believes has a form, also in process."""
    with Simulator(registries=REGISTRIES) as box:
        box.claim({"key": "o-1", "outcome": "ok"})
        with pytest.raises(ScenarioError, match="outcome"):
            box.claim({"key": "o-1", "outcome": "perhaps"})


def test_a_port_of_its_own_has_no_path() -> None:
    """For SDKs that can't take one."""
    with Simulator(registries=REGISTRIES) as box:
        assert post(box.listen("toy")) == 200
        assert len(box.exchanges()) == 1


def test_reset_and_drop() -> None:
    """Reset empties a sandbox; a dropped one begins again on its next use."""
    with Simulator(registries=REGISTRIES) as box:
        other = box.sandbox("other")
        post(other.url_of("toy"))
        other.reset()
        assert other.exchanges() == []
        post(other.url_of("toy"))
        other.drop()
        assert post(other.url_of("toy")) == 200
        assert box.sandbox("other").ledger().captured() == 100


async def test_on_the_callers_loop_what_waits_is_awaited() -> None:
    """`async with` runs the server beside the test; the clock's calls are coroutines."""
    async with Simulator(registries=REGISTRIES, seed=4) as box:
        await box.clock.freeze()
        before = box.clock.now
        await box.clock.advance("90s")
        await box.clock.speed(60)
        await box.clock.resume()

        assert box.clock.now - before >= 90
        assert box.seed == 4
        other = box.sandbox("other")
        assert (await other.listen("toy")).startswith("http://127.0.0.1:")
        await other.drop()


def test_scenarios_come_as_plan_text_or_path(tmp_path: Path) -> None:
    """A library name, a path, YAML text or a `Plan`; a wrong name is met with a suggestion."""
    text = "brownout: 1\nseed: 12\n"
    (tmp_path / "mine.yaml").write_text(text)

    for scenario in (text, tmp_path / "mine.yaml", Plan(seed=12)):
        with Simulator(scenario, registries=REGISTRIES) as box:
            assert box.seed == 12
    with pytest.raises(UsageError, match="did you mean 'lost-answer'"):
        Simulator("lost-anser")


def test_the_engine_runs_without_sockets_on_virtual_time() -> None:
    """A delay costs nothing but virtual seconds; a hang and a reset are exceptions."""
    transport = EngineTransport(registries=REGISTRIES)
    began = transport.wall
    for _ in range(1000):
        transport.send("POST", "/toy/v1/payments", headers=KEY, body=PAY)

    assert transport.wall == began
    assert len(transport.world.journal) == 1000
    with pytest.raises(UsageError, match="did you mean 'toy'"):
        transport.send("GET", "/tyo/v1/payments/x")


PROJECT = """
    import pytest
    import urllib.request

    def balance(url):
        request = urllib.request.Request(url + "/v1/balance", headers={"Authorization": "Bearer sk_test_x"})
        with urllib.request.urlopen(request) as answer:
            return answer.status

    def test_one(brownout):
        assert balance(brownout.url_of("stripe")) == 200
        brownout.verify(operation="stripe.balance.retrieve", count=1)

    def test_other(brownout):
        assert brownout.exchanges() == []
        assert brownout.name.startswith("test-other-")

    @pytest.mark.brownout_scenario("lost-answer")
    def test_with_a_scenario(brownout):
        assert [one["name"] for one in brownout.faults()] == ["lost-answer"]

    @pytest.mark.parametrize("odd", ["Ä/..%", "x" * 200])
    def test_odd_names(brownout, odd):
        assert balance(brownout.url_of("stripe")) == 200
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_fixture_gives_each_test_a_sandbox_of_its_own(pytester: pytest.Pytester, workers: str) -> None:
    """In a user's project, alone and under pytest-xdist."""
    pytester.makepyfile(PROJECT)

    result = pytester.runpytest_subprocess("-n", workers, "--strict-markers", *_plugin())

    result.assert_outcomes(passed=5)


@pytest.mark.slow
def test_the_plugin_costs_nothing_unused(pytester: pytest.Pytester) -> None:
    """It is loaded in every project: neither aiohttp nor pydantic may come along."""
    pytester.makepyfile(
        "import sys\ndef test_light():\n    assert not {'aiohttp', 'pydantic', 'yaml', 'orjson'} & set(sys.modules)\n"
    )

    result = pytester.runpytest_subprocess(
        "-p", "no:xdist", "-p", "no:asyncio", "-p", "no:hypothesispytest", *_plugin()
    )

    result.assert_outcomes(passed=1)


def _plugin() -> list[str]:
    """Return how to load our plugin where it isn't installed."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - only this helper asks

    return [] if entry_points(group="pytest11", name="brownout") else ["-p", "brownout.testing.plugin"]
