"""What onfido-python raises: each of its exception classes, through answers of the server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import onfido
import pytest
from onfido import ApplicantBuilder, CheckBuilder, ReportName
from onfido import exceptions as classes

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Plan

if TYPE_CHECKING:
    from tests.sdk.conftest import MakeOnfido

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

NOBODY = UUID("58a9c6d2-8661-4dbd-96dc-b9b9d344a7ce")
OAUTH = {"oauth_client_id": "shop", "oauth_client_secret": "any"}
BY_STATUS = {
    400: classes.BadRequestException,
    401: classes.UnauthorizedException,
    403: classes.ForbiddenException,
    404: classes.NotFoundException,
    409: classes.ConflictException,
    410: classes.ApiException,
    422: classes.UnprocessableEntityException,
    429: classes.ApiException,
    500: classes.ServiceException,
    502: classes.ServiceException,
    503: classes.ServiceException,
    504: classes.ServiceException,
}


def test_the_table_has_every_exception_of_an_answer() -> None:
    """By reflection: a class that a new version of the SDK adds is noticed here."""
    assert set(BY_STATUS.values()) == {classes.ApiException, *classes.ApiException.__subclasses__()}


@pytest.mark.parametrize("body", ["provider", "html"])
@pytest.mark.parametrize("status", BY_STATUS)
def test_an_injected_status_raises_its_class(
    brownout: Sandbox, onfido_api: onfido.DefaultApi, status: int, body: str
) -> None:
    """In Onfido's envelope as well as from a gateway in front of it."""
    with (
        brownout.fault("abort", operation="onfido.applicants.retrieve", status=status, body=body),
        pytest.raises(classes.ApiException) as caught,
    ):
        onfido_api.find_applicant(NOBODY)

    assert type(caught.value) is BY_STATUS[status]
    assert caught.value.status == status


def caught(call: Any, *given: Any, **named: Any) -> tuple[type[Exception], str]:
    """Return the class that a call raises, and the type of error in its body."""
    with pytest.raises(classes.ApiException) as raised:
        call(*given, **named)
    body = raised.value.data or raised.value.body
    if body is None:  # the SDK keeps neither for calls that answer nothing
        return type(raised.value), ""
    return type(raised.value), onfido.Error.from_json(body).error.type  # type: ignore[union-attr]


def test_answers_of_the_provider_itself(brownout: Sandbox, make_onfido: MakeOnfido) -> None:
    """Not injected: what really goes wrong with a call."""
    api = make_onfido()
    applicant = api.create_applicant(ApplicantBuilder(first_name="A", last_name="B"))
    gone = api.create_applicant(ApplicantBuilder(first_name="A", last_name="B"))
    api.delete_applicant(gone.id)
    document = CheckBuilder(applicant_id=applicant.id, report_names=[ReportName.DOCUMENT])
    watchlist = CheckBuilder(applicant_id=applicant.id, report_names=[ReportName.WATCHLIST_AML])
    api.create_check(watchlist)

    assert caught(make_onfido(api_token="nonsense").list_webhooks) == (
        classes.UnauthorizedException, "authorization_error",
    )  # fmt: skip
    assert caught(api.find_check, NOBODY) == (classes.NotFoundException, "resource_not_found")
    assert caught(api.find_applicant, gone.id) == (classes.ApiException, "gone")
    assert caught(api.create_check, document) == (classes.UnprocessableEntityException, "validation_error")
    assert caught(api.delete_applicant, applicant.id) == (
        classes.UnprocessableEntityException, "deletion_incomplete_checks",
    )  # fmt: skip
    run = onfido.WorkflowRunBuilder(applicant_id=applicant.id, workflow_id=NOBODY)
    assert caught(api.create_workflow_run, run) == (classes.NotFoundException, "resource_not_found")


# ---------------------------------------------------------------- rate limits
def limited(announce: Any) -> Plan:
    """Return a plan that lets one applicant be read, then one a second."""
    match = Match(operation=("onfido.applicants.*",))
    return Plan(
        limits=(
            Limit(
                name="burst", match=match, algorithm="token_bucket", rate_per_second=1.0, burst=1.0, announce=announce
            ),
        )
    )


def test_a_silent_limit_raises_at_once(brownout: Sandbox, onfido_api: onfido.DefaultApi) -> None:
    """Without Retry-After the SDK tries once."""
    brownout.use(limited("none"))
    brownout.clock.freeze()
    onfido_api.list_applicants()

    assert caught(onfido_api.list_applicants) == (classes.ApiException, "rate_limit")
    assert [one.status for one in brownout.exchanges(operation="onfido.applicants.list")] == [200, 429]


@pytest.mark.slow
def test_an_announced_limit_is_waited_out_by_the_sdk(brownout: Sandbox, onfido_api: onfido.DefaultApi) -> None:
    """With it a GET is repeated silently and sleeps in the caller's thread; a POST never is."""
    brownout.use(limited("retry_after"))
    onfido_api.list_applicants()
    begun = time.monotonic()

    onfido_api.list_applicants()

    assert time.monotonic() - begun >= 0.9
    assert [one.status for one in brownout.exchanges(operation="onfido.applicants.list")] == [200, 429, 200]
    with pytest.raises(classes.ApiException):
        onfido_api.create_applicant(ApplicantBuilder(first_name="A", last_name="B"))
    assert len(brownout.exchanges(operation="onfido.applicants.create")) == 1


# ---------------------------------------------------------------- tokens
def test_a_token_is_fetched_once(brownout: Sandbox, make_onfido: MakeOnfido) -> None:
    """And used for every call."""
    api = make_onfido(**OAUTH)

    for _ in range(3):
        api.list_webhooks()

    assert len(brownout.exchanges(operation="onfido.token")) == 1


def test_a_token_revoked_early_stays_in_use(brownout: Sandbox, make_onfido: MakeOnfido) -> None:
    """The SDK doesn't fetch another because of a 401: every call fails until its own clock says so."""
    api = make_onfido(**OAUTH)
    api.list_webhooks()

    with brownout.fault("token", change="revoke", operation="onfido.webhooks.list", first=1):
        answers = [caught(api.list_webhooks) for _ in range(3)]

    assert answers == [(classes.UnauthorizedException, "authorization_error")] * 3
    assert len(brownout.exchanges(operation="onfido.token")) == 1
    assert [one.error for one in brownout.exchanges(operation="onfido.webhooks.list")] == [None, *["token_revoked"] * 3]
    make_onfido(**OAUTH).list_webhooks()


def test_a_revoked_api_token_is_refused(brownout: Sandbox, onfido_api: onfido.DefaultApi) -> None:
    """A static one too, for good."""
    with brownout.fault("token", change="revoke", operation="onfido.webhooks.list"):
        first = caught(onfido_api.list_webhooks)

    assert first == caught(onfido_api.list_webhooks) == (classes.UnauthorizedException, "authorization_error")


def test_a_token_that_dies_early_is_401(brownout: Sandbox, make_onfido: MakeOnfido) -> None:
    """It was told to live an hour and lives a minute."""
    with brownout.fault("token", change="short_life", life="1m", operation="onfido.token"):
        api = make_onfido(**OAUTH)
        api.list_webhooks()
    brownout.clock.advance("61s")

    assert caught(api.list_webhooks) == (classes.UnauthorizedException, "expired_token")


def test_a_token_told_to_be_short_is_fetched_for_every_call(brownout: Sandbox, make_onfido: MakeOnfido) -> None:
    """Thirty seconds are what the SDK takes off; and it asks twice a call, once for each way to authenticate."""
    api = make_onfido(**OAUTH)

    with brownout.fault("token", change="short_life", life="30s", announced=True, operation="onfido.token"):
        for _ in range(3):
            api.list_webhooks()

    assert len(brownout.exchanges(operation="onfido.token")) == 6


@pytest.mark.parametrize("status", [401, 429, 500, 504])
def test_a_failed_exchange_is_a_runtime_error(brownout: Sandbox, make_onfido: MakeOnfido, status: int) -> None:
    """None of the SDK's own classes."""
    with (
        brownout.fault("abort", operation="onfido.token", status=status),
        pytest.raises(RuntimeError, match=f"failed with status {status}"),
    ):
        make_onfido(**OAUTH).list_webhooks()


def test_a_wrong_client_is_a_runtime_error(brownout: Sandbox, make_onfido: MakeOnfido) -> None:
    """Where the scenario closes the list."""
    brownout.use(Plan(credentials="closed"))

    with pytest.raises(RuntimeError, match="failed with status 401"):
        make_onfido(**OAUTH).list_webhooks()


# ---------------------------------------------------------------- connections
@pytest.mark.parametrize("target", ["request", "response"])
def test_a_reset_raises_what_urllib3_does(brownout: Sandbox, make_onfido: MakeOnfido, target: str) -> None:
    """A POST that was reset after its effect has left an applicant behind."""
    api = make_onfido(retries=0)

    with (
        brownout.fault("abort", operation="onfido.applicants.create", target=target, connection="reset"),
        pytest.raises(Exception, match=r"(?i)connection"),
    ):
        api.create_applicant(ApplicantBuilder(first_name="A", last_name="B"))

    assert len(api.list_applicants().applicants) == (target == "response")
