"""Lists: filter, sort and page any table the same way, by key and never by offset or count.

A ``Listing`` says which columns may be filtered and sorted. The cursor is opaque and signed; it
belongs to the list, the filter and the sort it was made for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import orjson
import sqlalchemy as sa
from fastapi import Query, Request

from shared.db import ReadTx, Row, statement
from shared.problems import ProblemError
from shared.schemas import EARLIEST, LATEST

MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 50
MAX_ALTERNATIVES: Final = 50
MAX_VALUE_CHARS: Final = 300
_SIGNATURE_BYTES: Final = 16
Ordered = TypeVar("Ordered", int, datetime)
_OPERATORS: Final = ("gte", "gt", "lte", "lt")


@dataclass(frozen=True)
class Listing:
    """What a list can do: its rows, the columns to filter and to sort by, and the tie-breaker.

    ``sorts`` must name columns that are never null. ``default_sort`` may begin with ``-``.
    """

    source: sa.Select[Any]
    key: sa.ColumnElement[UUID]
    filters: Mapping[str, sa.ColumnElement[Any]]
    sorts: Mapping[str, sa.ColumnElement[Any]]
    default_sort: str

    def parameters(self) -> Callable[..., PageRequest]:
        """Return the dependency that reads this list's parameters, declared one by one."""
        return _reader(self)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The parameters of one list request, as sent."""

    filters: Mapping[str, str]
    sort: str
    limit: int
    cursor: str | None
    secret: bytes


def _reader(listing: Listing) -> Callable[..., PageRequest]:
    sorts = ", ".join(f"{name}, -{name}" for name in listing.sorts)
    names: dict[str, str] = {}
    parameters = [
        inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request),
        _parameter("limit", int, Query(ge=1, le=MAX_LIMIT), DEFAULT_LIMIT),
        _parameter("cursor", str | None, Query(max_length=2000), None),
        _parameter(
            "sort",
            str,
            Query(max_length=60, description=f"One of {sorts}"),
            listing.default_sort,
        ),
    ]
    for name, column in listing.filters.items():
        ordered = isinstance(column.type, sa.DateTime | sa.Integer)
        for operator in ("", *_OPERATORS) if ordered else ("",):
            alias = f"{name}[{operator}]" if operator else name
            python_name = f"filter_{name}_{operator}"
            names[python_name] = alias
            about = "" if operator else "Comma means or."
            described = Query(alias=alias, max_length=MAX_VALUE_CHARS, description=about)
            parameters.append(_parameter(python_name, str | None, described, None))

    def read(
        request: Request, limit: int, cursor: str | None, sort: str, **rest: str | None
    ) -> PageRequest:
        given = {names[name]: value for name, value in rest.items() if value is not None}
        # A cursor of another list, whose sort has the same name, must not be taken for one of ours.
        secret = request.app.state.edge.cursor_secret + request.url.path.encode()
        return PageRequest(filters=given, sort=sort, limit=limit, cursor=cursor, secret=secret)

    read.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by FastAPI
    return read


def _parameter(name: str, kind: object, query: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, query],
    )


async def page(
    tx: ReadTx,
    listing: Listing,
    asked: PageRequest,
    *,
    where: Sequence[sa.ColumnElement[bool]] = (),
) -> tuple[list[Row], str | None]:
    """Return one page of rows and the cursor of the next, None at the end.

    ``where`` holds what the caller may see; it applies to every page alike.

    Raises:
        ProblemError: 400 for an unknown sort, a value that does not fit its column, or a cursor
            that is forged or belongs to another list.
    """
    descending = asked.sort.startswith("-")
    name = asked.sort.removeprefix("-")
    if name not in listing.sorts:
        raise _refused("sort", f"can be one of {', '.join(listing.sorts)}, with - for descending")
    column = listing.sorts[name]
    query = listing.source.where(*where, *_conditions(listing, asked.filters))
    if asked.cursor is not None:
        value, key = _open(asked, column)
        place = sa.tuple_(sa.literal(value, column.type), sa.literal(key, listing.key.type))
        here = sa.tuple_(column, listing.key)
        query = query.where(here < place if descending else here > place)
    order = (column.desc(), listing.key.desc()) if descending else (column, listing.key)
    sort_value, sort_key = column.label("_sort"), listing.key.label("_key")
    query = query.add_columns(sort_value, sort_key).order_by(*order).limit(asked.limit + 1)
    rows = await tx.all(statement(query))
    if len(rows) <= asked.limit:
        return rows, None
    last = rows[asked.limit - 1]
    return rows[: asked.limit], _seal(asked, last["_sort"], last["_key"])


def _conditions(listing: Listing, filters: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    for alias, text in filters.items():
        name, _, operator = alias.removesuffix("]").partition("[")
        column = listing.filters[name]
        if operator:
            value = sa.literal(_value(alias, text, column), column.type)
            found.append(
                column.op({"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}[operator])(value)
            )
            continue
        parts = text.split(",")
        if len(parts) > MAX_ALTERNATIVES:
            raise _refused(alias, f"at most {MAX_ALTERNATIVES} alternatives")
        values = [sa.literal(_value(alias, part, column), column.type) for part in parts]
        found.append(sa.or_(*(column == value for value in values)))
    return found


def _value(name: str, text: str, column: sa.ColumnElement[Any]) -> object:
    """Return a filter's value as its column's Python type."""
    try:
        if isinstance(column.type, sa.Uuid):
            return UUID(text)
        if isinstance(column.type, sa.Boolean):
            return {"true": True, "false": False}[text]
        if isinstance(column.type, sa.Integer):
            return _within(int(text), -(2**31), 2**31 - 1)
        if isinstance(column.type, sa.DateTime):
            return _within(datetime.fromisoformat(text), EARLIEST, LATEST)
    except (ValueError, KeyError, TypeError) as error:
        kind = type(column.type).__name__.lower()
        raise _refused(name, f"not a valid {kind}") from error
    if "\x00" in text:
        raise _refused(name, "not valid text")
    return text


def _within(value: Ordered, low: Ordered, high: Ordered) -> Ordered:
    if not low <= value <= high:
        message = "out of range"
        raise ValueError(message)
    return value


def _refused(parameter: str, detail: str) -> ProblemError:
    return ProblemError(
        400,
        f"The parameter {parameter} is not valid: {detail}.",
        errors=[{"pointer": parameter, "detail": detail}],
    )


def _scope(asked: PageRequest) -> bytes:
    return orjson.dumps([asked.sort, sorted(asked.filters.items())])


def _sign(asked: PageRequest, body: bytes) -> bytes:
    signed = hmac.new(asked.secret, _scope(asked) + b"\x00" + body, hashlib.sha256)
    return signed.digest()[:_SIGNATURE_BYTES]


def _seal(asked: PageRequest, value: object, key: object) -> str:
    body = orjson.dumps([value, key], default=str)
    return base64.urlsafe_b64encode(_sign(asked, body) + body).decode().rstrip("=")


def _open(asked: PageRequest, column: sa.ColumnElement[Any]) -> tuple[object, UUID]:
    text = asked.cursor or ""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _refused("cursor", "it is not one of ours") from error
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(asked, body)):
        raise _refused("cursor", "it is not one of ours, or of another filter or sort")
    value, key = orjson.loads(body)
    if isinstance(column.type, sa.Uuid):
        value = UUID(value)
    elif isinstance(column.type, sa.DateTime):
        value = datetime.fromisoformat(value)
    return value, UUID(key)
