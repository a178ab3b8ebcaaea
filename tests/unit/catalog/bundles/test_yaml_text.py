"""YAML without its traps: refused where the fault is, before anything is expanded."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.bundles.domain.faults import BundleRefusedError, Fault
from services.catalog.bundles.formats import yaml_text
from services.catalog.bundles.formats.writing import yaml_list
from services.catalog.bundles.formats.yaml_text import load, plain

BOMB = b"""\
a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
"""
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"))
LEAVES = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXT | st.floats(-1e9, 1e9)
NAMES = TEXT.filter(lambda one: len(one) <= 100)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def refused(data: bytes) -> Fault:
    with pytest.raises(BundleRefusedError) as caught:
        load(data)
    return caught.value.faults[0]


@pytest.mark.parametrize(
    ("data", "line", "pointer", "part"),
    [
        (BOMB, 1, "/a", "anchors"),
        (b"a: 1\nb: *a\n", 2, "/b", "aliases"),
        (b"a: !!python/object/apply:os.system [ls]\n", 1, "/a", "tags"),
        (b"a: ! x\n", 1, "/a", "tags"),
        (b"a: 1\nb:\n  c: 1\n  c: 2\n", 4, "/b/c", "twice"),
        (b"a:\n  [x, y]: 1\n", 2, "/a", "name"),
        (b"a: [1, 2\nb: 3\n", 2, "", "not YAML"),
        (b"a: b: c\n", 1, "", "not YAML"),
        (b"ok: 1\nbad: \xff\n", 2, "", "UTF-8"),
        (b"a: \x07\n", 1, "", "not YAML"),
        (b'a: "\\0"\n', 1, "/a", "NUL"),
        (b"a: {b/c: !x 1}\n", 1, "/a/b~1c", "tags"),
    ],
)
def test_what_yaml_could_do_to_us_is_refused_with_its_line(
    data: bytes, line: int, pointer: str, part: str
) -> None:
    fault = refused(data)
    assert (fault.line, fault.pointer) == (line, pointer)
    assert part in fault.detail


def test_depth_size_and_number_of_values_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "deep" in refused(b"[" * 1000 + b"]" * 1000).detail
    monkeypatch.setattr(yaml_text, "MAX_VALUES", 10)
    assert "more than 10 values" in refused(b"[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]").detail
    monkeypatch.setattr(yaml_text, "MAX_BYTES", 10)
    assert "10 are allowed" in refused(b"a: 12345678901").detail
    monkeypatch.undo()
    assert "100000 characters" in refused(b"a: " + b"x" * 100_001).detail


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("08:00", "08:00"),
        ("2026-03-02", "2026-03-02"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("true", True),
        ("~", None),
        ("", None),
        ("-12", -12),
        ("0.5", 0.5),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_plain_words_mean_what_they_say(text: str, value: object) -> None:
    assert load(f"a: {text}\n".encode())[0].value == {"a": value}


def test_each_value_has_its_line() -> None:
    loaded = load(b"a:\n- b: 1\n  c:\n  - 2\n---\nd: 3\n")
    assert loaded[0].lines == {
        "": 1,
        "/a": 2,
        "/a/0": 2,
        "/a/0/b": 2,
        "/a/0/c": 4,
        "/a/0/c/0": 4,
    }
    assert loaded[1].lines == {"": 6, "/d": 6}


@given(VALUES)
def test_what_is_written_reads_back(value: Any) -> None:  # noqa: ANN401 - any JSON value
    written = yaml_list("team", [{"value": value}])
    assert load(written)[0].value == {"teams": [{"value": value}]}


@given(TEXT)
def test_our_reading_of_plain_words_is_told_to_the_writer(text: str) -> None:
    dumped = yaml_list("team", [{"name": text}])
    assert load(dumped)[0].value["teams"][0]["name"] == text
    if plain(text) != text:
        assert yaml.safe_load(dumped)["teams"][0]["name"] == text
