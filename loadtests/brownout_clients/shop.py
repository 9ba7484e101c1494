"""What both strategies do: the calls of a checkout. How a call is sent and an answer is read, they say themselves."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from brownout_clients.hearing import FAILED, PAID, REGISTERED, hearing_of, registration
from brownout_clients.protocols import Failure, Lost, Payment
from brownout_clients.providers import (
    FORM,
    JSON,
    OAUTH,
    ONFIDO,
    PAYPAL,
    STRIPE,
    Call,
    as_json,
    failure,
    form,
    multipart,
)
from brownout_clients.shapes import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brownout_clients.hearing import Hearing
    from brownout_clients.protocols import Order, Response, Statement, Surroundings
    from brownout_clients.providers import Provider

PICTURE: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""The smallest PNG: one pixel."""
REVIEW_SECONDS: Final = 0.8
POLL_SECONDS: Final = 0.4
POLLS_MOST: Final = 20
RECORDS: Final = "/api/records"
"""Where the records begin that are copied: a fixture of the scenario, `{data: [...], next: /api/records/2}`."""
PAGES_MOST: Final = 1_000

INTENT: Final = (
    Field("id"),
    Field("status", words=frozenset({"succeeded", "processing", "requires_action", "requires_payment_method"})),
    Field("amount", int),
    Field("amount_received", int),
)
PAYPAL_ORDER: Final = (Field("id"), Field("status", words=frozenset({"CREATED", "APPROVED", "COMPLETED"})))
PAYPAL_CAPTURED: Final = (
    *PAYPAL_ORDER,
    Field("purchase_units.0.payments.captures.0.id"),
    Field("purchase_units.0.payments.captures.0.status", words=frozenset({"COMPLETED", "PENDING", "DECLINED"})),
)
CHECK: Final = (Field("id"), Field("status", words=frozenset({"in_progress", "complete", "withdrawn", "paused"})))
RESULT: Final = (*CHECK, Field("result", words=frozenset({"clear", "consider"})))
REFUND: Final = (Field("id"), Field("status", words=frozenset({"succeeded", "pending", "COMPLETED", "PENDING"})))
ID: Final = (Field("id"),)


class Shop(ABC):
    """Onboards with Onfido, takes payments with Stripe or PayPal. Subclasses say how calls are sent and read."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around

    # ---------------------------------------------------------------- what strategies differ in

    @abstractmethod
    def send(self, call: Call) -> Response:
        """Return the answer to `call`.

        Raises:
            Failure: if it isn't a good one.
        """

    @abstractmethod
    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Return fields of an answer by path.

        Raises:
            Failure: if they can't be had.
        """

    # ---------------------------------------------------------------- one try of a call

    def once(self, call: Call, bearer: str, *, keyed: bool) -> Response:
        """Send a call one time.

        Raises:
            Failure: if no answer came, or not a good one.
        """
        headers = {"Authorization": f"Bearer {bearer}", **call.headers}
        if call.content_type:
            headers["Content-Type"] = call.content_type
        if keyed and call.key and call.provider.key_header:
            headers[call.provider.key_header] = call.key
        url = f"{self.around.base}/{call.provider.name}{call.path}"
        try:
            response = self.around.transport.send(call.method, url, headers=headers, body=call.body)
        except Lost as lost:
            raise Failure("transport", f"{lost} at {call.where}", certain=False) from lost
        wrong = failure(call, response)
        if wrong is not None:
            raise wrong
        return response

    # ---------------------------------------------------------------- a checkout

    def onboard(self, order: Order) -> None:
        """Have Onfido check the customer, and wait for the result.

        Raises:
            Failure: if there is none, or the customer isn't who they say.
        """
        person = order.person
        applicant = self._created(
            ONFIDO, "/v3.6/applicants",
            as_json({
                "first_name": person["first_name"], "last_name": person["last_name"], "email": person["email"],
                "dob": person["date_of_birth"],
            }),
            JSON, f"applicant-{order.order}",
        )  # fmt: skip
        document = {"applicant_id": applicant, "type": person["document"], "issuing_country": person["country"]}
        passport = multipart(document, PICTURE, "passport.png")
        self._created(ONFIDO, "/v3.6/documents", *passport, f"document-{order.order}")
        photo = multipart({"applicant_id": applicant}, PICTURE, "face.png")
        self._created(ONFIDO, "/v3.6/live_photos", *photo, f"photo-{order.order}")
        wanted = {"applicant_id": applicant, "report_names": ["document", "facial_similarity_photo"]}
        check = self._created(ONFIDO, "/v3.6/checks", as_json(wanted), JSON, f"check-{order.order}")
        self._await(order, check)

    def _await(self, order: Order, check: str) -> None:
        call = Call(ONFIDO, "GET", f"/v3.6/checks/{check}")
        self.around.clock.sleep(REVIEW_SECONDS)
        for _ in range(POLLS_MOST):
            response = self.send(call)
            if self.read(response, CHECK, call.where)["status"] == "complete":
                if not self.cleared(response, call.where):
                    raise Failure("business", f"{order.order}: the check isn't clear", certain=True)
                return
            self.around.clock.sleep(POLL_SECONDS)
        raise Failure("business", f"{order.order}: the check takes too long", certain=True)

    def cleared(self, response: Response, where: str) -> bool:
        """Return whether a complete check says that the customer is who they say.

        Raises:
            Failure: if it can't be read.
        """
        return bool(self.read(response, RESULT, where)["result"] == "clear")

    def pay(self, order: Order) -> Payment:
        """Charge the order.

        Raises:
            Failure: if it wasn't charged, or nobody knows.
        """
        return self._pay_stripe(order) if order.provider == "stripe" else self._pay_paypal(order)

    def _pay_stripe(self, order: Order) -> Payment:
        fields = {
            "amount": order.amount_minor,
            "currency": order.currency,
            "payment_method": "pm_card_visa",
            "confirm": "true",
            "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
            "metadata[order_id]": order.order,
        }
        call = Call(STRIPE, "POST", "/v1/payment_intents", form(fields), FORM, f"pay-{order.order}")
        intent = self.read(self.send(call), INTENT, call.where)
        if intent["status"] != "succeeded" and intent["amount_received"] != order.amount_minor:
            raise Failure("business", f"{order.order}: the payment is {intent['status']}", certain=False)
        return Payment(str(intent["id"]), order.amount_minor, str(intent["id"]))

    def _pay_paypal(self, order: Order) -> Payment:
        unit = {
            "amount": {"currency_code": order.currency.upper(), "value": decimal(order.amount_minor)},
            "invoice_id": order.order,
        }
        body = as_json({"intent": "CAPTURE", "purchase_units": [unit]})
        create = Call(PAYPAL, "POST", "/v2/checkout/orders", body, JSON, f"create-{order.order}")
        try:
            placed = str(self.read(self.send(create), PAYPAL_ORDER, create.where)["id"])
        except Failure as wrong:
            wrong.certain = True  # an order takes no money; its capture does
            raise
        capture = Call(PAYPAL, "POST", f"/v2/checkout/orders/{placed}/capture", b"{}", JSON, f"capture-{order.order}")
        done = self.read(self.send(capture), PAYPAL_CAPTURED, capture.where)
        taken = str(done["purchase_units.0.payments.captures.0.id"])
        if "COMPLETED" not in (done["status"], done["purchase_units.0.payments.captures.0.status"]):
            raise Failure("business", f"{order.order}: the capture isn't complete", certain=False)
        return Payment(placed, order.amount_minor, taken)

    def refund(self, order: Order, payment: Payment) -> int:
        """Give back what the order wants back.

        Raises:
            Failure: if it wasn't given, or nobody knows.
        """
        key = f"refund-{order.order}"
        if order.provider == "stripe":
            body = form({"payment_intent": payment.refundable, "amount": order.refund_minor})
            call = Call(STRIPE, "POST", "/v1/refunds", body, FORM, key)
        else:
            amount = {"currency_code": order.currency.upper(), "value": decimal(order.refund_minor)}
            path = f"/v2/payments/captures/{payment.refundable}/refund"
            call = Call(PAYPAL, "POST", path, as_json({"amount": amount}), JSON, key)
        self.read(self.send(call), REFUND, call.where)
        return order.refund_minor

    def reconcile(self, doubtful: Sequence[Order]) -> Mapping[str, Payment | None]:
        """Look through the newest of Stripe's payments, and change no mind over it."""
        self.send(Call(STRIPE, "GET", "/v1/payment_intents?limit=100"))
        return {}

    # ---------------------------------------------------------------- what some journeys need besides

    def audit(self, orders: Sequence[Order]) -> Mapping[str, Statement | None]:
        """Look through the newest of Stripe's payments, and change no mind over it."""
        self.reconcile(orders)
        return {}

    def register(
        self, hearing: Hearing, hear: Callable[[Mapping[str, str], bytes], int],
        events: Sequence[str] = (PAID, FAILED), version: str = "",
    ) -> None:  # fmt: skip
        """Have Stripe tell us of payments.

        Raises:
            Failure: if it didn't say with which secret it will sign.
        """
        call = registration(self.around, hearing, hear, events, version)
        secret = self.read(self.send(call), REGISTERED, call.where)["secret"]
        if secret is None:
            raise Failure("contract", f"no secret in the answer to {call.where}", certain=False)
        hearing.secret = str(secret)

    @property
    def hearing(self) -> Hearing:
        """What all users of the process heard by webhook."""
        return hearing_of(self.around)

    def records(self, order: Order) -> int:
        """Read every page of the records behind the token; return how many records there were.

        Raises:
            Failure: if a page can't be had.
        """
        number, path = 0, RECORDS
        for _ in range(PAGES_MOST):
            found, after = self.page(Call(OAUTH, "GET", path))
            number += len(found)
            if after is None:
                return number
            path = after
        raise Failure("contract", f"{order.order}: the pages have no end", certain=True)

    @abstractmethod
    def page(self, call: Call) -> tuple[list[Any], str | None]:
        """Return the records of a page, and where the next one is, None after the last.

        Raises:
            Failure: if it can't be had.
        """

    def _created(self, provider: Provider, path: str, body: bytes, content_type: str, key: str) -> str:
        call = Call(provider, "POST", path, body, content_type, key)
        return str(self.read(self.send(call), ID, call.where)["id"])


def decimal(minor: int) -> str:
    """Return cents as PayPal spells them.

    >>> decimal(1999), decimal(5)
    ('19.99', '0.05')
    """
    return f"{minor // 100}.{minor % 100:02d}"
