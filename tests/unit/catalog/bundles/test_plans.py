"""What a document does to a record: make it, change it, end it, or nothing."""

from __future__ import annotations

import pytest

from services.catalog.bundles.domain.documents import Document, Raw
from services.catalog.bundles.domain.faults import BundleRefusedError, Fault, Faults
from services.catalog.bundles.domain.plans import (
    MAX_SHOWN,
    Change,
    Existing,
    FixedFieldError,
    NoWayError,
    Plan,
    judge,
)
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.domain.wording import lines_of

LIFE = Statuses(
    {"draft": ("live", "gone"), "live": ("gone",), "gone": ()},
    "draft",
    endings=frozenset({"gone"}),
    final=frozenset({"gone"}),
)
CHANGEABLE = frozenset({"name"})


def document(status: str | None = None, **fields: object) -> Document:
    return Document(Raw("thing", {}, 7), "a", fields, frozenset(fields), status)


def judged(wanted: Document, existing: Existing | None) -> Change:
    return judge(
        wanted,
        existing,
        statuses=LIFE,
        changeable=CHANGEABLE,
        only_given=frozenset({"since"}),
    )


def test_what_is_not_there_is_made_and_brought_to_its_status() -> None:
    assert judged(document("live", name="A"), None) == Change("thing", "a", "create", {}, ("live",))
    assert judged(document(name="A"), None) == Change("thing", "a", "create")


def test_a_difference_is_a_change_and_none_is_none() -> None:
    there = Existing({"name": "A", "since": "then"}, "draft")
    assert judged(document(name="A"), there).action == "unchanged"
    assert judged(document(name="B"), there).fields == {"name": ("A", "B")}
    assert judged(document("live", name="A"), there).moves == ("live",)


def test_an_end_is_an_end_and_what_ended_for_good_is_made_anew() -> None:
    there = Existing({"name": "A"}, "live")
    assert judged(document("gone", name="A"), there).action == "end"
    over = Existing({"name": "A"}, "gone")
    assert judged(document("gone", name="A"), over).action == "unchanged"
    assert judged(document("live", name="A"), over) == Change("thing", "a", "create", {}, ("live",))


def test_what_never_changes_and_where_no_way_leads_is_refused() -> None:
    there = Existing({"name": "A", "owner": "x"}, "live")
    with pytest.raises(FixedFieldError, match="owner"):
        judged(document(name="A", owner="y"), there)
    with pytest.raises(NoWayError, match="what is live cannot become draft"):
        judged(document("draft", name="A", owner="x"), there)


def test_fields_without_a_default_are_compared_only_where_they_are_given() -> None:
    there = Existing({"name": "A", "since": "then"}, "live")
    absent = Document(Raw("thing", {}, 7), "a", {"name": "A", "since": None}, frozenset({"name"}))
    assert judged(absent, there).action == "unchanged"


def test_the_shortest_way_is_taken() -> None:
    assert LIFE.path("draft", "gone") == ("gone",)
    assert LIFE.path("live", "live") == ()
    assert LIFE.path("gone", "live") is None


def test_a_plan_shows_the_first_changes_and_counts_all() -> None:
    plan = Plan()
    for number in range(MAX_SHOWN + 5):
        plan.note(Change("thing", str(number), "create"))
    plan.note(Change("thing", "x", "unchanged"))
    plan.note(Change("other", "y", "change", {"name": ("A", "B" * 100)}))
    text = list(lines_of(plan))
    assert text[0] == "+ thing 0"
    assert f"  … and {6} more" in text
    assert text[-1] == f"in all: {MAX_SHOWN + 5} to create, 1 to change, 0 to end, 1 unchanged"
    assert (len(plan.changes), plan.omitted) == (MAX_SHOWN, 6)


def test_faults_are_told_in_the_order_of_their_lines() -> None:
    faults = Faults()
    faults.add(Fault(9, "/b", "second"))
    faults.add(Fault(3, "/a", "first"))
    with pytest.raises(BundleRefusedError, match="2 faults, nothing was imported; line 3: first"):
        faults.refuse_if_any()
