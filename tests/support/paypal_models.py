"""What paypal-server-sdk's models take up of an answer: everything, or a test fails."""

from __future__ import annotations

from typing import Any

import orjson


def parsed(model: Any, raw: Any) -> None:
    """Assert that a model took up every field of the JSON that it was read from, nested ones too."""
    assert type(model).__module__.startswith("paypalserversdk.models"), raw
    names = {wire: name for name, wire in model._names.items()}  # noqa: SLF001 - what the model says it can read
    for wire, value in raw.items():
        assert wire in names, f"{type(model).__name__} knows no {wire}"
        read = getattr(model, names[wire], None)
        if isinstance(value, dict) and value:
            parsed(read, value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            assert len(read) == len(value)
            for one, one_raw in zip(read, value, strict=True):
                parsed(one, one_raw)
        elif value not in ({}, [], 0, False):  # which the SDK reads as None where a field may be missing
            assert read == value, wire


def checked(response: Any, status: int, model: type) -> Any:
    """Return the body of an answer that has this status and is read in full."""
    assert response.status_code == status
    assert isinstance(response.body, model)
    parsed(response.body, orjson.loads(response.text))
    return response.body
