"""Commit, then answer: FastAPI by default commits after the response has left; we never do.

How a commit that fails is answered is shown with a real database in
tests/component/shared/test_write_path.py; here it is that no operation can slip past it.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.runtime import service_app
from shared.service import Service
from shared.strict import StrictRoute, kinds_of
from shared.web import PlainCall, ReadCall, WriteCall
from tests.architecture import tree
from tests.support.sample_service import sample_service

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
# What is asked is too large for an address, so it is sent; nothing is written.
QUESTIONS = {"catalog check_form"}


def applications() -> dict[str, FastAPI]:
    """Return the application of each service of this checkout, and of the sample."""
    found: dict[str, FastAPI] = {"sample": service_app(sample_service(tree.ROOT))}
    for name in tree.SERVICES:
        if (tree.ROOT / "services" / name / "service.py").exists():
            service: Service = importlib.import_module(f"services.{name}.service").SERVICE
            found[name] = service_app(service)
    return found


def operations() -> Iterator[tuple[str, APIRoute]]:
    """Yield every operation of every application with its name."""
    for name, app in applications().items():
        routes: list[APIRoute] = app.state.routes
        for route in routes:
            yield f"{name} {route.name}", route


def dependencies(dependant: Dependant) -> Iterator[Dependant]:
    """Yield what an operation depends on, at every depth."""
    for one in dependant.dependencies:
        yield one
        yield from dependencies(one)


def early_closed(dependant: Dependant) -> bool:
    """Tell whether a dependency with something to close does so before the answer leaves."""
    call = dependant.call
    opens = inspect.isasyncgenfunction(call) or inspect.isgeneratorfunction(call)
    return not opens or dependant.scope == "function"


def test_there_are_operations_to_check() -> None:
    names = [name for name, _ in operations()]
    assert "sample create_thing" in names
    assert "sample replay_parked" in names


def test_whatever_an_operation_opens_is_closed_before_it_answers() -> None:
    late = [
        name
        for name, route in operations()
        if not all(early_closed(one) for one in dependencies(route.dependant))
    ]
    assert not late, f"these would commit after they have answered: {late}"


def test_every_operation_goes_through_the_route_that_ends_its_transaction() -> None:
    others = [name for name, route in operations() if not isinstance(route, StrictRoute)]
    assert not others, f"these would never commit: {others}"


def test_whatever_writes_has_a_call_of_ours() -> None:
    kinds = {name: set(kinds_of(route.dependant)) for name, route in operations()}
    strange = [
        name
        for name, found in kinds.items()
        if len(found) != 1 or not found <= {PlainCall, ReadCall, WriteCall}
    ]
    assert not strange, f"these know neither their caller nor a transaction, or two: {strange}"
    reading = {
        name
        for name, route in operations()
        if (route.methods or set()) & WRITES and kinds[name] == {ReadCall}
    }
    assert reading == QUESTIONS, f"these change something in a call that only reads: {reading}"


def test_no_work_is_left_for_after_the_answer() -> None:
    words = ("BackgroundTasks", "background_tasks", "StreamingResponse")
    found = [
        f"{path.relative_to(tree.ROOT)}: {word}"
        for path in tree.python_files("services", "shared")
        for word in words
        if word in path.read_text(encoding="utf-8")
    ]
    assert not found


@pytest.mark.parametrize("scope", ["request", None])
def test_a_transaction_of_fastapis_own_scope_would_be_noticed(
    scope: Literal["request"] | None,
) -> None:
    async def opening() -> AsyncIterator[object]:
        yield object()

    planted = Dependant(call=opening, scope=scope)
    assert not early_closed(planted)
    assert early_closed(Dependant(call=opening, scope="function"))
