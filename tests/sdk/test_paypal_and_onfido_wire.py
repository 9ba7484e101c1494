"""What PayPal's and Onfido's SDKs for Python make of a wire that fails: rarely an exception of their own.

Each row is what the SDK raised in reality, found by trying; what it raises is between it and its HTTP library. Whatever
it raises, the order or the applicant was made.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import onfido
import pydantic
import pytest
import requests
import urllib3
import yaml
from onfido import ApplicantBuilder
from paypalserversdk.exceptions.error_exception import ErrorException

if TYPE_CHECKING:
    from tests.sdk.conftest import MakeOnfido, MakePayPal

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

BODY: Final = {"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "USD", "value": "10.00"}}]}
Seen: TypeAlias = type[Exception] | type[None]
NOTHING: Final = type(None)
"""No exception at all: the answer is read as if nothing were wrong with it."""

ROWS: Final[tuple[tuple[dict[str, Any], Seen, Seen], ...]] = (  # the fault, then PayPal's SDK, then Onfido's
    ({"kind": "cut"}, requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError),
    (
        {"kind": "cut", "connection": "reset"},
        requests.exceptions.ChunkedEncodingError,
        urllib3.exceptions.ProtocolError,
    ),
    ({"kind": "cut", "framing": "chunked"}, requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError),
    ({"kind": "cut", "connection": "stall"}, requests.ConnectionError, urllib3.exceptions.ReadTimeoutError),
    ({"kind": "cut", "framing": "cut"}, yaml.YAMLError, json.JSONDecodeError),
    ({"kind": "trickle", "first_byte": 3}, requests.ConnectionError, urllib3.exceptions.ReadTimeoutError),
    (
        {"kind": "abort", "target": "response", "connection": "hang"},
        requests.exceptions.ReadTimeout,
        urllib3.exceptions.ReadTimeoutError,
    ),
    ({"kind": "malformed", "change": "empty"}, NOTHING, pydantic.ValidationError),
    ({"kind": "malformed", "change": "html"}, NOTHING, json.JSONDecodeError),
    ({"kind": "malformed", "change": "bad_utf8"}, NOTHING, UnicodeDecodeError),
    ({"kind": "malformed", "change": "bom"}, NOTHING, json.JSONDecodeError),
    ({"kind": "mislabel", "change": "html"}, NOTHING, pydantic.ValidationError),
    ({"kind": "mislabel", "change": "bytes"}, NOTHING, onfido.ApiException),
    ({"kind": "mislabel", "change": "utf16"}, NOTHING, json.JSONDecodeError),
    ({"kind": "mislabel", "change": "gzip"}, requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError),
    ({"kind": "mislabel", "change": "huge_header"}, requests.ConnectionError, urllib3.exceptions.ProtocolError),
    ({"kind": "gateway", "target": "response"}, ErrorException, onfido.exceptions.ServiceException),
    (
        {"kind": "gateway", "target": "response", "status": 503, "server": "envoy"},
        ErrorException,
        onfido.exceptions.ServiceException,
    ),
    (
        {"kind": "gateway", "target": "response", "status": 520},
        yaml.YAMLError,
        onfido.exceptions.ServiceException,
    ),
)
UNREAD: Final = (
    {"kind": "malformed", "change": "empty"},
    {"kind": "malformed", "change": "html"},
    {"kind": "mislabel", "change": "utf16"},
)
"""What PayPal's SDK makes nothing of, and says nothing about."""
NAMES: Final = ["-".join(str(part) for part in fault.values()) for fault, _, _ in ROWS]


@pytest.mark.parametrize(("fault", "seen"), [(fault, seen) for fault, seen, _ in ROWS], ids=NAMES)
def test_paypals_sdk(brownout: Sandbox, make_paypal: MakePayPal, fault: dict[str, Any], seen: Seen) -> None:
    """A page where the order should be is no exception to it: the answer is a success, and its body None."""
    paypal = make_paypal(timeout=1, max_retries=0, override_http_client_configuration=False)
    paypal.orders.create_order({"body": BODY})

    with brownout.fault(operation="paypal.orders.create", first=1, **fault) as put:
        answer, raised = None, None
        awaited = (seen,) if issubclass(seen, Exception) else ()
        try:
            answer = paypal.orders.create_order({"body": BODY})
        except awaited as problem:  # any other fails the test by itself
            raised = problem

    assert isinstance(raised, seen)
    if answer is not None:
        assert answer.status_code == 201
        assert (answer.body is None) == (fault in UNREAD)
    assert put.fired == 1
    assert len(brownout.exchanges(operation="paypal.orders.create")[1].decided["objects"]) == 1


@pytest.mark.parametrize(("fault", "seen"), [(fault, seen) for fault, _, seen in ROWS], ids=NAMES)
def test_onfidos_sdk(brownout: Sandbox, make_onfido: MakeOnfido, fault: dict[str, Any], seen: type[Exception]) -> None:
    """The applicant is there afterwards, whatever its client believes."""
    api = make_onfido(retries=0)

    with brownout.fault(operation="onfido.applicants.create", first=1, **fault) as put, pytest.raises(seen):
        api.create_applicant(ApplicantBuilder(first_name="A", last_name="B"), _request_timeout=1)

    assert put.fired == 1
    assert len(api.list_applicants().applicants) == 1
