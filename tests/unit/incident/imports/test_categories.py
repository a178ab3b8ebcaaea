"""The categories of another system, written as ours are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.incident.imports.domain import category_of
from services.incident.routing.schemas import Category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Category 55", "category-55"),
        ("Network / LAN", "network/lan"),
        ("Störung", "storung"),
        ("/ Mail & Calendar //", "mail-calendar"),
        ("v1.2_b", "v1.2_b"),
        ("電話", None),
        (" - ", None),
        ("", None),
        ("x" * 59 + "/lan", "x" * 59),
        ("x" * 59 + " lan", "x" * 59),
    ],
)
def test_a_text_is_written_in_small_words(text: str, category: str | None) -> None:
    assert category_of(text) == category


@given(st.text(alphabet="aZ9é /_.-ß", max_size=130))
def test_whatever_comes_out_is_a_category_and_stays_itself(text: str) -> None:
    category = category_of(text)
    if category is not None:
        assert TypeAdapter[str](Category).validate_python(category) == category
        assert category_of(category) == category
