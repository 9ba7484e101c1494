"""A last placeholder `{name*}` takes whatever is left of a path, where nothing else fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.operation import Operation
from brownout.core.routes import Routes, takes_all
from brownout.testing import EngineTransport


def operation(method: str, path: str) -> Operation:
    """Return an operation that is never run."""
    return Operation(name=f"x.{path}", method=method, path=path, run=lambda _: None)  # type: ignore[arg-type, return-value]


ROUTES = Routes(
    [operation("GET", path) for path in ("/api/{path*}", "/api/me", "/api/me/{id}/x", "/a/{id}/{rest*}", "/token")],
    frozenset({"search"}),
)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/api/x", "/api/{path*}", {"path": "x"}),
        ("/api/x/y/z", "/api/{path*}", {"path": "x/y/z"}),
        ("/api/search", "/api/{path*}", {"path": "search"}),
        ("/api/x/", "/api/{path*}", {"path": "x/"}),
        ("/api/me", "/api/me", {}),
        ("/api/me/7/x", "/api/me/{id}/x", {"id": "7"}),
        ("/api/me/7/y", "/api/{path*}", {"path": "me/7/y"}),
        ("/api/me/7", "/api/{path*}", {"path": "me/7"}),
        ("/a/1/b/c", "/a/{id}/{rest*}", {"id": "1", "rest": "b/c"}),
    ],
)
def test_what_is_left_of_a_path_goes_to_the_catch_all(path: str, template: str, values: dict[str, str]) -> None:
    """A fixed path wins; one that leads nowhere falls back, with the whole rest as one value."""
    found = ROUTES.find("GET", path)

    assert found is not None
    assert (found[0].path, found[1]) == (template, values)
    assert ROUTES.methods(path) == ["GET"]


@pytest.mark.parametrize("path", ["/api", "/api/", "/a", "/a/1", "/a/1/", "/", "", "/token/x", "/apis/x"])
def test_nothing_left_is_not_taken(path: str) -> None:
    """A catch-all takes at least a letter, and only below its own place."""
    assert ROUTES.find("GET", path) is None


@given(st.text(st.characters(exclude_characters="/"), min_size=1).filter(lambda one: one not in {"me", "search"}))
def test_any_text_is_taken_whole(text: str) -> None:
    """Whatever a client puts there comes out as it is."""
    assert (ROUTES.find("GET", f"/api/{text}/{text}") or (None, {}))[1] == {"path": f"{text}/{text}"}


def test_the_method_is_still_asked_for() -> None:
    """A catch-all is for its own method."""
    assert ROUTES.find("POST", "/api/x") is None


def test_nothing_can_follow_a_catch_all() -> None:
    """Said when the table is built."""
    with pytest.raises(ValueError, match="takes all that is left"):
        Routes([operation("GET", "/a/{rest*}/b")])


def test_a_catch_all_claims_no_unprefixed_path() -> None:
    """A provider that has a path exactly goes before one that would take any."""
    engine = EngineTransport().worlds.engine

    assert takes_all(operation("GET", "/api/{path*}"))
    assert not takes_all(operation("GET", "/api/{path}"))
    assert engine.owners("GET", "/api/anything") == []
    assert engine.owners("POST", "/token") == ["oauth"]
