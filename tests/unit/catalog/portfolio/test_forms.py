"""Which JSON Schemas can be forms, and how a form that was filled in is judged."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.portfolio.domain.forms import (
    MAX_DEPTH,
    MAX_FAULTS,
    MAX_PARTS,
    FormSchemaError,
    form_faults,
    refuse_faults,
)
from services.catalog.portfolio.domain.patterns import MAX_MATCHED_CHARS, pattern_fault
from services.catalog.portfolio.forms import (
    MAX_FORM_VALUES,
    MAX_SCHEMA_BYTES,
    data_faults,
    schema_faults,
)

ADDRESS = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"
FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "login": {"type": "string", "pattern": ADDRESS},
        "until": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "sites": {"type": "array", "items": {"$ref": "#/$defs/site"}, "maxItems": 3},
    },
    "required": ["login"],
    "additionalProperties": False,
    "$defs": {"site": {"type": "object", "properties": {"a/b": {"enum": ["north", "south"]}}}},
}


def field(**keywords: object) -> dict[str, Any]:
    """Return a form with one field."""
    return {"type": "object", "properties": {"a": keywords}}


def test_a_form_within_the_bounds_has_no_faults() -> None:
    assert schema_faults(FORM) == []
    refuse_faults([])


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "object"}
    for _ in range(levels):
        inner = {"type": "object", "properties": {"a": inner}}
    return inner


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({}, "/type"),
        ({"type": ["object", "null"]}, "/type"),
        (field(colour=True), "/properties/a/colour"),
        (field(type="text"), "/properties/a/type"),
        (field(type="string", maxLength=-1), "/properties/a/maxLength"),
        (field(minimum="1"), "/properties/a/minimum"),
        (field(multipleOf=0), "/properties/a/multipleOf"),
        (field(format="hostname"), "/properties/a/format"),
        (field(format=["date"]), "/properties/a/format"),
        (field(pattern="(a+)+"), "/properties/a/pattern"),
        (field(pattern=7), "/properties/a/pattern"),
        (field(patternProperties={}), "/properties/a/patternProperties"),
        (field(**{"$id": "https://elsewhere.example/"}), "/properties/a/$id"),
        (field(**{"$anchor": "x"}), "/properties/a/$anchor"),
        (field(**{"$dynamicRef": "#x"}), "/properties/a/$dynamicRef"),
        (field(**{"$ref": "https://elsewhere.example/schema"}), "/properties/a/$ref"),
        (field(**{"$ref": "#"}), "/properties/a/$ref"),
        (field(**{"$ref": "#/properties/a"}), "/properties/a/$ref"),
        (field(**{"$ref": 7}), "/properties/a/$ref"),
        (field(**{"$ref": "#/$defs/x"}), "/$defs"),
        (field(**{"$defs": {"x": {}}}), "/properties/a/$defs"),
        ({"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema"),
        ({"type": "object", "properties": {"a~b": 7}}, "/properties/a~0b"),
        ({"type": "object", "properties": []}, "/properties"),
        ({"type": "object", "properties": {"a" * 101: {}}}, "/properties"),
        ({"type": "object", "allOf": [{"if": 1}]}, "/allOf/0/if"),
        ({"type": "object", "required": ["a", "a"]}, "/required"),
        ({"type": "object", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "/$defs"),
        (nested(MAX_DEPTH), "".join("/properties/a" for _ in range(MAX_DEPTH))),
        ({"type": "object", "title": "x" * MAX_SCHEMA_BYTES}, ""),
        ({"type": "object", "properties": {f"a{n}": {} for n in range(MAX_PARTS)}}, ""),
    ],
)
def test_what_cannot_be_a_form_is_pointed_at(schema: dict[str, Any], pointer: str) -> None:
    faults = schema_faults(schema)
    assert [one.pointer for one in faults] == [pointer]
    with pytest.raises(FormSchemaError) as refused:
        refuse_faults(faults)
    assert refused.value.extras["errors"] == [
        {"pointer": f"/form_schema{pointer}", "detail": faults[0].detail}
    ]


def test_references_that_double_at_each_step_are_counted_not_followed() -> None:
    steps = 60
    definitions = {
        f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}, {"$ref": f"#/$defs/s{n + 1}"}]}
        for n in range(steps)
    }
    schema = {**field(**{"$ref": "#/$defs/s0"}), "$defs": {**definitions, f"s{steps}": {}}}
    [fault] = schema_faults(schema)
    assert "consists of more than" in fault.detail


def test_references_round_three_corners_are_found() -> None:
    round_ = {name: {"not": {"$ref": f"#/$defs/{to}"}} for name, to in ("ab", "bc", "ca")}
    [fault] = schema_faults({"type": "object", "$defs": round_})
    assert "refers to itself" in fault.detail


def test_not_more_faults_are_told_than_anybody_reads() -> None:
    fields = {f"a{n}": {"type": "string", "colour": "red"} for n in range(100)}
    assert len(schema_faults({"type": "object", "properties": fields})) == MAX_FAULTS


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "object", "#/$defs/a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "$defs", "a", "$ref", "allOf", "items", "format"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(["type", "properties", "$defs", "anyOf"]), values), values)
def test_any_value_is_judged_and_a_sound_form_judges_any_data(
    schema: dict[str, Any], filled_in: object
) -> None:
    schema["type"] = "object"
    if not schema_faults(schema):
        assert isinstance(data_faults(schema, {"a": filled_in}), list)
    assert len(form_faults(schema)) <= MAX_FAULTS


@pytest.mark.parametrize(
    ("filled_in", "pointers"),
    [
        ({"login": "ada@nordwind.example"}, []),
        ({"login": "ada@nordwind.example", "until": "2026-12-31"}, []),
        ({"login": "ada@nordwind.example", "at": "2026-12-31T08:00:00Z"}, []),
        ({}, [""]),
        ({"login": "ada"}, ["/login"]),
        ({"login": 7}, ["/login"]),
        ({"login": "a" * MAX_MATCHED_CHARS + "@b.example"}, ["/login"]),
        ({"login": "ada@nordwind.example", "until": "tomorrow"}, ["/until"]),
        ({"login": "ada@nordwind.example", "at": "2026-12-31T08:00:00"}, ["/at"]),
        ({"login": "ada@nordwind.example", "sites": [{}, {"a/b": "east"}]}, ["/sites/1/a~1b"]),
        ({"login": "ada@nordwind.example", "colour": "red"}, [""]),
    ],
)
def test_each_fault_of_a_form_is_pointed_at(filled_in: dict[str, Any], pointers: list[str]) -> None:
    assert [one.pointer for one in data_faults(FORM, filled_in)] == pointers


def test_a_form_with_too_much_in_it_is_not_even_judged() -> None:
    [fault] = data_faults({"type": "object"}, {"a": list(range(MAX_FORM_VALUES))})
    assert "values" in fault.detail
    [fault] = data_faults({"type": "object"}, {"a": "x" * 70_000})
    assert "bytes" in fault.detail


@pytest.mark.parametrize(
    "pattern",
    [
        *(ADDRESS, "^[A-Z]{2}[0-9]{4}$", "^(red|green|blue)$", r"^\+?[0-9 ()/-]{5,30}$"),
        *("(?:a)?b", r"[\]\[]+", "[]a]", "x{2", "", r"\d{3}-\d{2}"),
    ],
)
def test_a_pattern_of_everyday_is_taken(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+$", "(a|a)*", "(?:ab){2,}", "a?" * 30 + "a" * 30, "(a|a)" * 30, "a*" * 5),
        *(r"(a)\1", "(?i)a", "(?=a)", "(?P<n>a)", "[[a]]", "[a--b]", "a{,}", "a{201}"),
        *("a" * 201, "[", "[[", "(", "*", "a**", "^?a*a*a*b", "^a*a*a*b|a*b", "a{1,20}" * 8),
    ],
)
def test_a_pattern_that_could_take_long_is_refused(pattern: str) -> None:
    assert pattern_fault(pattern) is not None


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab(|)*+?^$[]{},3\\"), max_size=40))
def test_a_pattern_that_is_taken_never_takes_long(pattern: str) -> None:
    if pattern_fault(pattern) is None:
        began = time.perf_counter()
        for text in ("a" * MAX_MATCHED_CHARS, "ab" * (MAX_MATCHED_CHARS // 2)):
            re.search(pattern, text)
        assert time.perf_counter() - began < 5
