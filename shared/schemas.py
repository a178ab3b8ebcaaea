"""What every request and response model is made of: strict bases, bounded texts, aware instants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_BREAKS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BEFORE_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]")
Item = TypeVar("Item")
Model = TypeVar("Model", bound=BaseModel)


class RequestModel(BaseModel):
    """A request body: unknown fields are refused, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ResponseModel(BaseModel):
    """A response body; its fields have no defaults, so that each is always sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def of_row(model: type[Model], row: Mapping[str, object]) -> Model:
    """Return what a model shows of a row; what it has no field for is left out."""
    return model.model_validate({name: row[name] for name in model.model_fields})


def of_record(model: type[Model], record: object) -> Model:
    """Return what a model shows of a record; what it has no field for is left out."""
    return model.model_validate({name: getattr(record, name) for name in model.model_fields})


class Page(ResponseModel, Generic[Item]):
    """One page of a list; ``next`` continues it, null ends it."""

    items: list[Item]
    next: str | None


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        message = "control characters and line breaks are not allowed"
        raise ValueError(message)
    if not text.strip():
        message = "must contain something visible"
        raise ValueError(message)
    return text


def _readable(text: str) -> str:
    if _CONTROL_BUT_BREAKS.search(text):
        message = "control characters are not allowed"
        raise ValueError(message)
    return text


def _not_a_count(value: object) -> object:
    """Refuse counts of seconds, which pydantic would take for Unix time, as numbers or as text."""
    if isinstance(value, datetime) or (isinstance(value, str) and _BEFORE_TIME.match(value)):
        return value
    message = "must be a time as RFC 3339 writes it, like 2026-03-02T09:00:00Z"
    raise ValueError(message)


def _without_time(value: object) -> object:
    """Refuse counts of seconds and instants, which pydantic would take for dates."""
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return value
    message = "must be a date like 2026-03-02"
    raise ValueError(message)


def _within_centuries(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        message = "must lie between 1900 and 2200"
        raise ValueError(message)
    return moment.astimezone(UTC)


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)]
"""A name or title: one line, 1 to 200 characters."""

Word = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")
]
"""A technical name: letters, digits and ``._:/-``, 1 to 100 characters."""

Paragraph = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_readable)]
"""Free text, up to 20,000 characters, line breaks allowed."""

Instant = Annotated[AwareDatetime, BeforeValidator(_not_a_count), AfterValidator(_within_centuries)]
"""An instant with a zone, between 1900 and 2200; kept and shown in UTC."""

PlainDate = Annotated[date, BeforeValidator(_without_time)]
"""A date without a time, as ``2026-03-02``."""

Level = Annotated[int, Field(strict=True, ge=1, le=5)]
"""A level from 1 to 5."""

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A code of ISO 4217; whether it is one, ``shared.money`` knows."""

AmountText = Annotated[str, StringConstraints(max_length=20, pattern=r"^[0-9]+(\.[0-9]+)?$")]
"""An amount of money as decimal text; how many digits it may have, its currency says."""

EmailAddress = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$",
    ),
]
"""A mail address in ASCII, without a display name."""


def without_default(schema: dict[str, Any]) -> None:
    """Take the default out of a field's JSON schema: it stands for nothing that is sent."""
    schema.pop("default", None)


def absent() -> Any:  # noqa: ANN401 - stands for "not sent" in the field's own type
    """Return the default of a merge-patch field: it may be left out, and is then not changed.

    Read such a body with ``model_dump(exclude_unset=True)``; null is a value like any other and
    is refused where the field's type has none.
    """
    return Field(default=None, json_schema_extra=without_default)
