"""SQL as text with numbered placeholders, made once at import; the naming of constraints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias

import asyncpg
from sqlalchemy import MetaData, Table
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql import ClauseElement

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_PLACEHOLDER: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_NUMBERED: Final = re.compile(r"\$(\d+)")
_DIALECT: Final = asyncpg_dialect.dialect()

Row: TypeAlias = asyncpg.Record
"""One result row: read columns by name."""


def service_metadata(schema: str) -> MetaData:
    """Return a service's metadata: its schema named explicitly, constraints by convention."""
    return MetaData(schema=schema, naming_convention=NAMING)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """SQL text with numbered placeholders, the argument names in their order, and fixed values."""

    text: str
    names: tuple[str, ...]
    fixed: dict[str, object] = field(default_factory=dict)

    def arguments(self, values: dict[str, object]) -> list[object]:
        """Return the values in placeholder order; a missing one is a KeyError, at once."""
        fixed = self.fixed
        return [values[name] if name in values else fixed[name] for name in self.names]


def statement(source: str | ClauseElement) -> Statement:
    """Turn SQL with ``:name`` placeholders, or a Core expression, into a statement, once."""
    if isinstance(source, str):
        names: list[str] = []

        def number(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"

        return Statement(_PLACEHOLDER.sub(number, source), tuple(names))
    compiled = source.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    ordered = tuple(getattr(compiled, "positiontup", None) or ())
    known = {name: value for name, value in compiled.params.items() if value is not None}
    return Statement(str(compiled), ordered, known)


def in_one(parts: Sequence[Statement]) -> list[str]:
    """Return the texts of parts of one statement, their placeholders numbered on through all."""
    texts: list[str] = []
    before = 0
    for part in parts:
        texts.append(_NUMBERED.sub(partial(_moved, by=before), part.text))
        before += len(part.names)
    return texts


def _moved(match: re.Match[str], *, by: int) -> str:
    return f"${int(match.group(1)) + by}"


def insert_rows(table: Table, names: Iterable[str] | None = None) -> Statement:
    """Return what inserts ``rows``, objects by the names of columns; all columns if none are named.

    However many rows there are, it is one statement with one argument.
    """
    listed = ", ".join(table.c.keys() if names is None else names)
    return statement(
        f"insert into {table.fullname} ({listed}) select {listed}"
        f" from jsonb_populate_recordset(null::{table.fullname}, :rows)"
    )


def columns(record: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    """Return a dataclass's fields by name, as they are; ``asdict`` would copy each value."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
