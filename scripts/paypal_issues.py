"""Write docs/providers/paypal-issues.md: every issue of orders and payments, from the tables in the code.

.venv/bin/python scripts/paypal_issues.py
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from brownout.providers.paypal.errors import ON

PAGE = Path(__file__).parents[1] / "docs" / "providers" / "paypal-issues.md"
HEAD = """# PayPal's issues

Every issue that orders and payments can be refused with, and by which operations (names begin with `paypal.`). Any of
them can be forced with PayPal's own trigger, on the operations that it stands beside:

```sh
curl -X POST http://127.0.0.1:8700/paypal/v2/checkout/orders/X/capture -H "Authorization: Bearer $TOKEN" \\
  -H 'PayPal-Mock-Response: {"mock_application_codes":"INSTRUMENT_DECLINED"}'
```

and by a rule: `{kind: abort, status: 422, code: INSTRUMENT_DECLINED}`. Many come about by themselves too, as
[the page on PayPal](paypal.md) says. Written by `scripts/paypal_issues.py`; words and statuses are those of PayPal's
specifications (Orders v2, Payments v2).

| issue | HTTP | operations |
|---|---|---|
"""


def page() -> str:
    """Return the page."""
    rows: dict[tuple[str, int], list[str]] = defaultdict(list)
    for name, issues in ON.items():
        for issue, (status, _) in issues.words.items():
            rows[issue, status].append(name.removeprefix("paypal."))
    lines = [
        f"| `{issue}` | {status} | {'all' if len(names) == len(ON) else ', '.join(names)} |"
        for (issue, status), names in sorted(rows.items())
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
