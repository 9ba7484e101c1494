"""3D Secure: what the sandbox's test cards make of it, at once or after the buyer was asked.

(developer.paypal.com, 3D Secure test scenarios, in its form of July 2026 and the older one, and 3D Secure response
parameters; paypal-server-sdk 2.4, `card_verification`; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class Outcome(NamedTuple):
    """How authentication ends: liability shift, enrolment, status; `asks` if the buyer has to do something first."""

    liability: str
    enrolled: str | None = None
    status: str | None = None
    asks: bool = False

    def shown(self) -> dict[str, Any]:
        """Return it for an answer.

        >>> Outcome("NO").shown(), Outcome("POSSIBLE", "Y", "A").shown()["three_d_secure"]
        ({'liability_shift': 'NO'}, {'enrollment_status': 'Y', 'authentication_status': 'A'})
        """
        out: dict[str, Any] = {"liability_shift": self.liability}
        secure = {"enrollment_status": self.enrolled, "authentication_status": self.status}
        if self.enrolled is not None:
            out["three_d_secure"] = {name: value for name, value in secure.items() if value is not None}
        return out


PASSED: Final = Outcome("POSSIBLE", "Y", "Y", asks=True)
FAILED: Final = Outcome("NO", "Y", "N", asks=True)
CARDS: Final = {
    "4868719196829038": Outcome("POSSIBLE", "Y", "Y"),
    "5329879707824603": Outcome("POSSIBLE", "Y", "Y"),
    "4868719158130060": Outcome("NO", "Y", "N"),
    "5329879769571910": Outcome("NO", "Y", "N"),
    "4868719581920723": Outcome("POSSIBLE", "Y", "A"),
    "5329879715396727": Outcome("POSSIBLE", "Y", "A"),
    "4868719033482561": Outcome("NO", "Y", "U"),
    "5329879705777613": Outcome("NO", "Y", "U"),
    "4868719081564153": Outcome("NO", "Y", "R"),
    "5319541865518409": Outcome("NO", "Y", "R"),
    "4868719041085422": Outcome("POSSIBLE", "Y", "A"),
    "5329879703852350": Outcome("POSSIBLE", "Y", "A"),
    "4868719494697210": Outcome("NO"),
    "5329879747163939": Outcome("NO"),
    "4868719632978803": Outcome("NO", "U"),
    "5329879761823947": Outcome("NO", "U"),
    "4868719460707704": PASSED,
    "5329879786234393": PASSED,
    "4868719796782421": FAILED,
    "5329879743856650": FAILED,
    "4868719115514992": Outcome("UNKNOWN", "Y", "U", asks=True),
    "5329879785160250": Outcome("UNKNOWN", "Y", "U", asks=True),
}
"""Number of a test card to what comes of it."""
METHODS: Final = ("SCA_ALWAYS", "SCA_WHEN_REQUIRED", "3D_SECURE", "AVS_CVV")


def outcome(number: str, method: str | None) -> Outcome | None:
    """Return what becomes of authentication by `method`, None if there is none.

    A card that isn't in the table is asked for under `SCA_ALWAYS` alone, and passes.

    >>> outcome("4005519200000004", "SCA_WHEN_REQUIRED"), outcome("4005519200000004", "SCA_ALWAYS").asks
    (None, True)
    """
    if method is None or method == "AVS_CVV":
        return None
    return CARDS.get(number, PASSED if method == "SCA_ALWAYS" else None)
