"""What a change may say, and what an authority has to see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.change.changes.content import (
    ChangeContentError,
    ChangeNotReadyError,
    Content,
    PlannedOutage,
)

START = datetime(2026, 3, 8, 2, 0, tzinfo=UTC)
SHOP, MAIL = UUID(int=1), UUID(int=2)
WHOLE = Content(
    title="Replace the storage",
    service_ids=(SHOP, MAIL),
    planned_start=START,
    planned_end=START + timedelta(hours=2),
    planned_outages=(PlannedOutage(SHOP, 15), PlannedOutage(MAIL, 120)),
    implementation_plan="One node after the other.",
    backout_plan="Back to the old array.",
)


def test_a_title_alone_is_a_draft() -> None:
    Content(title="Something").check()


def test_what_fits_together_passes() -> None:
    WHOLE.check()
    WHOLE.require_complete(allowed=())


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"planned_end": None}, "/planned_end"),
        ({"planned_start": None}, "/planned_start"),
        ({"planned_end": START}, "/planned_end"),
        ({"planned_end": START - timedelta(days=1)}, "/planned_end"),
        ({"service_ids": (SHOP, MAIL, SHOP)}, "/service_ids"),
        ({"service_ids": (SHOP,)}, "/planned_outages/1/service_id"),
        (
            {"planned_outages": (PlannedOutage(SHOP, 1), PlannedOutage(SHOP, 2))},
            "/planned_outages/1/service_id",
        ),
        ({"planned_outages": (PlannedOutage(SHOP, 121),)}, "/planned_outages/0/minutes"),
    ],
)
def test_a_contradiction_is_refused_at_its_place(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ChangeContentError) as caught:
        replace(WHOLE, **changes).check()
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"service_ids": ()}, ["service_ids"]),
        ({"planned_start": None, "planned_end": None}, ["planned_start", "planned_end"]),
        ({"backout_plan": " \n"}, ["backout_plan"]),
        ({"implementation_plan": ""}, ["implementation_plan"]),
    ],
)
def test_an_authority_is_asked_only_when_there_is_enough_to_judge(
    changes: dict[str, Any], missing: list[str]
) -> None:
    with pytest.raises(ChangeNotReadyError) as caught:
        replace(WHOLE, **changes).require_complete(allowed=("draft",))
    assert caught.value.extras == {"missing": missing, "allowed": ["draft"]}


def test_only_real_differences_count() -> None:
    assert WHOLE.altered_by({"title": WHOLE.title, "service_ids": (SHOP, MAIL)}) == []
    assert WHOLE.altered_by({"title": "Other", "backout_plan": ""}) == ["backout_plan", "title"]
