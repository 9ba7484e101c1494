"""Bank accounts: IBANs whose check digits are right and whose bank doesn't exist.

The body is a pattern in the locale's data, with a bank code that no bank has. Three countries put check digits of their
own inside it; validators look at those too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.people.draws import Draws
    from brownout.people.locales import Locale

# ISO 13616 reads letters as two digits, A = 10 to Z = 35.
_AS_DIGITS = {code: str(int(chr(code), 36)) for code in range(ord("A"), ord("Z") + 1)}


def iban(draws: Draws, locale: Locale) -> str | None:
    """Return an IBAN without spaces, or None where the country has none."""
    if locale.iban is None:
        return None
    digits = draws.fill("iban", locale.iban.body)
    return with_check(locale.country, _SCHEMES[locale.iban.scheme](digits) if locale.iban.scheme else digits)


def with_check(country: str, body: str) -> str:
    """Return the IBAN for an account number, its two check digits by ISO 7064 MOD 97-10.

    >>> with_check("DE", "370400440532013000")
    'DE89370400440532013000'
    """
    rest = int((body + country + "00").translate(_AS_DIGITS)) % 97
    return f"{country}{98 - rest:02d}{body}"


def _french(digits: str) -> str:
    """Append the clé RIB: bank 5, branch 5, account 11.

    >>> _french("200410100505000134026")[-2:]
    '06'
    """
    return f"{digits}{97 - int(digits) * 100 % 97:02d}"


def _spanish(digits: str) -> str:
    """Put the two dígitos de control behind bank 4 and branch 4, before account 10.

    >>> _spanish("210004180200051332")[8:10]
    '45'
    """
    return digits[:8] + _spanish_digit("00" + digits[:8]) + _spanish_digit(digits[8:]) + digits[8:]


def _spanish_digit(ten: str) -> str:
    rest = sum(int(digit) * (2**place % 11) for place, digit in enumerate(ten)) % 11
    return str({0: 0, 1: 1}.get(rest, 11 - rest))


# Values of digits in odd places of an Italian account number, counted from 1; letters don't occur in ours.
_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)


def _italian(digits: str) -> str:
    """Put the CIN before ABI 5, CAB 5 and account 12.

    >>> _italian("0542811101000000123456")[0]
    'X'
    """
    total = sum(int(digit) if place % 2 else _ODD[int(digit)] for place, digit in enumerate(digits))
    return chr(ord("A") + total % 26) + digits


_SCHEMES: dict[str, Callable[[str], str]] = {"es": _spanish, "fr": _french, "it": _italian}
