"""SQL becomes text with numbered places once; a value that is missing is noticed at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shared.db import service_metadata, statement
from shared.db.statements import in_one


def test_a_name_gets_one_number_however_often_it_comes() -> None:
    made = statement("select :b, :a, :b from x where y = :a::text and z ~ '::t'")
    assert made.text == "select $1, $2, $1 from x where y = $2::text and z ~ '::t'"
    assert made.arguments({"a": 1, "b": 2, "c": 3}) == [2, 1]


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        statement("select :a").arguments({"b": 1})


def test_an_expression_keeps_the_values_it_was_made_with() -> None:
    table = sa.Table("t", service_metadata("s"), sa.Column("id", sa.Integer, primary_key=True))
    made = statement(sa.select(table.c.id).where(table.c.id == 7, table.c.id > sa.bindparam("low")))
    assert "s.t" in made.text
    assert made.arguments({"low": 3}) == [7, 3]


def test_parts_of_one_statement_are_numbered_on_whatever_comes_twice_in_one() -> None:
    parts = [statement("a as (select :x, :y, :x)"), statement("b as (select 1)")]
    assert in_one([*parts, statement("c as (select :y, :z, :y)"), *parts[:1]]) == [
        "a as (select $1, $2, $1)",
        "b as (select 1)",
        "c as (select $3, $4, $3)",
        "a as (select $5, $6, $5)",
    ]


def test_constraints_are_named_by_convention() -> None:
    table = sa.Table(
        "t",
        service_metadata("s"),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Text, unique=True),
        sa.CheckConstraint("n <> ''", name="filled"),
    )
    names = {str(constraint.name) for constraint in table.constraints}
    assert names == {"pk_t", "uq_t_n", "ck_t_filled"}
