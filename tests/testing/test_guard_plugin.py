"""The guard as a user's test suite meets it. A witness below Python's own code sees that nothing was looked up."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]

WITNESS = """
    import os, sys

    def watch(event, args):
        if event == "socket.getaddrinfo":
            where = args[0]
        elif event in {"socket.connect", "socket.gethostbyname"} and isinstance(args[-1], tuple | str):
            where = args[-1][0] if isinstance(args[-1], tuple) else args[-1]
        else:
            return
        if where not in (None, "127.0.0.1", "localhost", "::1"):
            with open(os.environ["WITNESSED"], "a") as file:
                print(event, where, file=file)

    sys.addaudithook(watch)
"""
SHOP = """
    import onfido
    import requests
    import stripe
    from paypalserversdk.configuration import Environment
    from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient


    def by_stripe():
        client = stripe.StripeClient("sk_test_x", max_network_retries=0)
        return client.v1.payment_intents.create({"amount": 2499, "currency": "usd"})


    def by_paypal():
        credentials = ClientCredentialsAuthCredentials(o_auth_client_id="x", o_auth_client_secret="y")
        client = PaypalServersdkClient(client_credentials_auth_credentials=credentials, environment=Environment.SANDBOX)
        return client.orders.get_order({"id": "5O190127TN364715T"})


    def by_onfido():
        token = onfido.Configuration(api_token="api_sandbox.x")
        with onfido.ApiClient(token) as api:
            return onfido.DefaultApi(api).list_applicants()


    def by_hand():
        return requests.get("https://api.stripe.com/v1/balance", timeout=5)


    def swallow(call):
        try:
            call()
        except Exception as problem:
            print("went wrong:", problem)
"""
TESTS = """
    import asyncio
    import aiohttp
    import pytest
    import requests
    import shop

    @pytest.mark.parametrize("call", [shop.by_stripe, shop.by_paypal, shop.by_onfido])
    def test_an_sdk(brownout, call):
        shop.swallow(call)

    def test_own_failure(brownout):
        shop.swallow(shop.by_hand)
        assert brownout.ledger().captured() == 2499, "not paid"

    @pytest.mark.xfail
    def test_expected_to_fail(brownout_guard):
        shop.by_hand()

    def test_that_skips(brownout_guard):
        try:
            shop.by_hand()
        except requests.ConnectionError:
            pytest.skip("no network")

    async def test_async(brownout):
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get("https://files.stripe.com/v1/files")

    def test_dynamic(request):
        request.getfixturevalue("brownout")
        shop.swallow(shop.by_hand)

    @pytest.fixture(scope="module")
    def account():
        shop.swallow(shop.by_hand)

    def test_wider_fixture(account, brownout):
        pass

    @pytest.fixture
    def cleaned(brownout_guard):
        yield
        shop.swallow(shop.by_hand)

    def test_teardown(cleaned):
        pass

    @pytest.fixture
    def broken(brownout_guard):
        shop.by_hand()

    def test_setup(broken):
        pass

    def test_good(brownout):
        answer = requests.get(brownout.url_of("stripe") + "/v1/balance", headers={"Authorization": "Bearer sk_test_x"})
        assert answer.status_code == 200
"""


@pytest.fixture
def witnessed(pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a user's project; return the file with every name and address that was asked of the system."""
    path = tmp_path / "witnessed"
    path.touch()
    monkeypatch.setenv("WITNESSED", str(path))
    monkeypatch.delenv("BROWNOUT_TLS_PORT", raising=False)
    pytester.makeconftest(WITNESS)
    pytester.makepyfile(shop=SHOP)
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    return path


@pytest.mark.slow
@pytest.mark.sdk
@pytest.mark.parametrize("workers", ["0", "2"])
def test_whatever_calls_a_real_provider_fails(pytester: pytest.Pytester, witnessed: Path, workers: str) -> None:
    """Whether the code swallows the error, the test skips, is expected to fail, or is over; and nothing went out."""
    pytester.makepyfile(TESTS)

    result = pytester.runpytest_subprocess("-n", workers, "-p", "no:cacheprovider", "--strict-markers")

    # Passed: the body of the test whose teardown called. Errors: that teardown, and the setup that was broken.
    result.assert_outcomes(failed=9, errors=2, passed=2)
    result.stdout.fnmatch_lines_random([
        "api.stripe.com:443, the real Stripe, would have been called from shop.py:11; it was refused",
        "api-m.sandbox.paypal.com:443 (PayPal)*",
        "api.eu.onfido.com:443 (Onfido)*",
        "files.stripe.com:443, the real Stripe, would have been called from test_whatever*.py:28; it was refused",
        "  shop.py:11 in by_stripe",
        '      return client.v1.payment_intents.create({"amount": 2499, "currency": "usd"})',
        "  test_whatever_calls_a_real_provider_fails.py:9 in test_an_sdk",
        'Point the client at the sandbox: brownout.url_of("paypal").',
        'If it is meant: @pytest.mark.brownout_allow_real("api.stripe.com").',
    ])  # fmt: skip
    result.stdout.fnmatch_lines([
        "E       AssertionError: not paid",
        "*- Brownout's guard -*",
        "api.stripe.com:443, the real Stripe, would have been called from shop.py:*",
    ])  # its own failure comes first  # fmt: skip
    assert witnessed.read_text() == ""


ALLOWED = """
    import socket
    import pytest

    def lookup(host="api.stripe.com"):
        try:
            socket.getaddrinfo(host, 443)
        except ConnectionRefusedError:
            return "refused"
        except OSError:
            pass
        return "asked"

    @pytest.mark.brownout_allow_real
    def test_all(brownout):
        assert lookup() == "asked"

    @pytest.mark.brownout_allow_real("api.stripe.com")
    def test_one(brownout):
        assert lookup() == "asked"

    @pytest.mark.brownout_allow_real("api.stripe.com")
    def test_another(brownout):
        assert lookup("api.onfido.com") == "refused"

    @pytest.mark.brownout_allow_real("api.stripe.com")
    class TestGroup:
        def test_inherits(self, brownout_guard):
            assert lookup() == "asked"

    def test_plain():
        assert lookup() in {"asked", "refused"}

    def test_calls(brownout_guard):
        lookup()
        assert [call.address for call in brownout_guard.calls] == ["api.stripe.com:443"]

    SCENARIO = '''
    brownout: 1
    providers:
      oauth: {hosts: [login.bank.test]}
    '''

    @pytest.mark.brownout_scenario(SCENARIO)
    def test_hosts_of_the_scenario(brownout):
        assert lookup("login.bank.test") == "refused"
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "failed"),
    [
        (("--brownout-guard=on",), {"test_another", "test_calls", "test_hosts_of_the_scenario"}),
        (("--brownout-guard=all",), {"test_another", "test_calls", "test_hosts_of_the_scenario", "test_plain"}),
        (("-o", "brownout_guard=all"), {"test_another", "test_calls", "test_hosts_of_the_scenario", "test_plain"}),
    ],
)
def test_who_is_guarded(pytester: pytest.Pytester, arguments: tuple[str, ...], failed: set[str]) -> None:
    """Markers let hosts through, options widen it; each test's own assertions say that it was done."""
    pytester.makepyfile(ALLOWED)

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", "-rfp", *arguments)

    lines = [line for line in result.outlines if line.startswith("FAILED")]
    assert {line.split("::")[-1].split(" - ")[0] for line in lines} == failed
    assert all("the real" in line or "..." in line for line in lines)
    assert "Error" not in "".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["option", "intercepted"])
def test_where_nothing_is_guarded(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Switched off, or under `brownout run --intercept`, where real names lead to Brownout; the latter says so."""
    monkeypatch.delenv("BROWNOUT_TLS_PORT", raising=False)
    if how == "intercepted":
        monkeypatch.setenv("BROWNOUT_TLS_PORT", "1")
    pytester.makepyfile(ALLOWED)
    option = "--brownout-guard=off" if how == "option" else "--brownout-guard=on"

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", option, "-k", "test_all or test_one or inherits")
    other = pytester.runpytest_subprocess("-p", "no:cacheprovider", option, "-k", "test_another")

    result.assert_outcomes(passed=3)
    other.stdout.fnmatch_lines(["E * AssertionError: assert 'asked' == 'refused'"])
    said = "brownout: no guard, since real hosts lead to Brownout here (BROWNOUT_TLS_PORT is set)"
    assert (said in result.outlines) == (how == "intercepted")


@pytest.mark.slow
def test_a_wrong_setting_is_refused(pytester: pytest.Pytester) -> None:
    """With what there is to choose from."""
    pytester.makeini("[pytest]\nbrownout_guard = yes\n")

    result = pytester.runpytest_subprocess()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *brownout_guard: unknown 'yes'; known: on, all, off"])


@pytest.mark.slow
def test_an_interrupted_test_leaves_nothing_behind(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no teardown; the end of the session is one."""
    monkeypatch.delenv("BROWNOUT_TLS_PORT", raising=False)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile("def test_stopped(brownout_guard):\n    raise KeyboardInterrupt\n")
    known = socket.getaddrinfo

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", no_reraise_ctrlc=True)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert socket.getaddrinfo is known
