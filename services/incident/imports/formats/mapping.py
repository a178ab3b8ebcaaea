"""The mapping of a log: a small YAML file that people edit."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from services.incident.imports.domain import LogMapping, LogNotReadableError, Target
from services.incident.incidents.events.vocabulary import Channel, HoldReason

DEFAULT: Final = Path(__file__).with_name("servicenow.yaml")
MAX_BYTES: Final = 256 * 1024
REQUIRED: Final = frozenset(
    {"number", "state", "opened_at", "updated_at", "resolved_at", "closed_at"}
    | {"impact", "urgency", "priority", "reopen_count"}
)
OPTIONAL: Final = frozenset(
    {"assignment_group", "assignee", "caller", "category", "channel", "closed_code"}
)
Level = Annotated[int, Field(ge=1, le=3)]
Priority = Annotated[int, Field(ge=1, le=5)]
Plain = Literal["new", "assigned", "in_progress", "resolved", "closed", "cancelled", "same"]


class Held(BaseModel, frozen=True, extra="forbid"):
    """A state in which work waits, and for what."""

    on_hold: HoldReason


class MappingFile(BaseModel, frozen=True, extra="forbid"):
    """What the file holds; see the one that comes with the program."""

    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    date_format: Annotated[str, Field(min_length=2, max_length=60)]
    zone: str = "UTC"
    missing: list[str] = Field(default_factory=lambda: ["?"])
    columns: dict[str, str]
    title: list[str] = []
    details: list[str] = []
    states: Annotated[dict[str, Plain | Held], Field(min_length=1)]
    impact: Annotated[dict[str, Level], Field(min_length=1)]
    urgency: Annotated[dict[str, Level], Field(min_length=1)]
    priority: Annotated[dict[str, Priority], Field(min_length=1)]
    priority_matrix: Annotated[
        list[Annotated[list[Priority], Field(min_length=3, max_length=3)]],
        Field(min_length=3, max_length=3),
    ]
    channels: dict[str, Channel] = {}
    other_channel: Channel = "api"
    closed_codes: dict[str, Annotated[str, Field(min_length=1, max_length=100)]] = {}

    @model_validator(mode="after")
    def _check(self) -> MappingFile:
        names = set(self.columns)
        if lacking := sorted(REQUIRED - names):
            message = f"columns: {', '.join(lacking)} not given"
            raise ValueError(message)
        if unknown := sorted(names - REQUIRED - OPTIONAL):
            message = f"columns: {', '.join(unknown)} not known"
            raise ValueError(message)
        try:
            codecs.lookup(self.encoding)
            ZoneInfo(self.zone)
        except (LookupError, ZoneInfoNotFoundError, ValueError, OSError) as error:
            message = f"no such encoding or zone: {self.encoding}, {self.zone}"
            raise ValueError(message) from error
        return self


def read_mapping(path: Path | None) -> LogMapping:
    """Read a mapping; without a path the one that comes with the program.

    Raises:
        LogNotReadableError: it is no mapping; the detail says where it is wrong.
    """
    place = path or DEFAULT
    try:
        data = place.read_bytes()
        if len(data) > MAX_BYTES:
            raise LogNotReadableError(f"{place}: over {MAX_BYTES} bytes")
        found = MappingFile.model_validate(yaml.safe_load(data))
    except OSError as error:
        raise LogNotReadableError(f"{place}: {error.strerror}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()
        )
        raise LogNotReadableError(f"{place}: {faults[:1000]}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        detail = " ".join(str(error).split())[:300]
        raise LogNotReadableError(f"{place}: no YAML: {detail}") from error
    return LogMapping(
        source=found.source,
        encoding=found.encoding,
        delimiter=found.delimiter,
        date_format=found.date_format,
        zone=ZoneInfo(found.zone),
        missing=frozenset(found.missing),
        columns=found.columns,
        title=tuple(found.title),
        details=tuple(found.details),
        states={label: _target(one) for label, one in found.states.items()},
        impact=found.impact,
        urgency=found.urgency,
        priority=found.priority,
        priority_matrix=tuple(tuple(line) for line in found.priority_matrix),
        channels=found.channels,
        other_channel=found.other_channel,
        closed_codes=found.closed_codes,
    )


def _target(one: Plain | Held) -> tuple[Target, HoldReason | None]:
    return ("on_hold", one.on_hold) if isinstance(one, Held) else (one, None)
