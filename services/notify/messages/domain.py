"""How a message is written from facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Final, Literal, TypeAlias

MAX_SUBJECT_CHARS: Final = 200
MAX_BODY_CHARS: Final = 20_000
TemplateName: TypeAlias = Literal[
    "incident_assigned",
    "incident_impact",
    "incident_overdue",
    "incident_reopened",
    "incident_resolved",
    "incident_withdrawn",
]
# Control and format characters, line separators and bidirectional overrides: none of them belongs
# in a header, and none may make a reader see another text than the one that was written.
_NOT_IN_A_LINE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+"
)
_NOT_IN_A_BODY: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
_SPACES: Final = re.compile(r" {2,}")
_FREE: Final[tuple[str, ...]] = ("description", "reason", "resolution")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to a person: one line of subject, lines of text."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class BusinessFacts:
    """What a customer may learn about an incident, in the customer's own words.

    ``ending`` completes a sentence that begins with the number of an incident that is dropped.
    """

    number: str
    description: str
    services: str
    since: str
    resolution: str
    ending: str


@dataclass(frozen=True, slots=True)
class TechnicalFacts:
    """What those who work on an incident need to know; ``ending`` as for customers.

    ``reason`` is what was said when it was reopened or dropped, ``promise`` what was not kept.
    """

    number: str
    title: str
    state: str
    priority: str
    service: str
    description: str
    since: str
    resolution: str
    ending: str
    reason: str
    promise: str


@dataclass(frozen=True, slots=True)
class _Wording:
    subject: Template
    body: Template


_TECHNICAL: Final[dict[TemplateName, _Wording]] = {
    "incident_assigned": _Wording(
        Template("[$number] P$priority $title"),
        Template(
            "$number is with your team.\n\n"
            "Title:    $title\nPriority: $priority\nState:    $state\nService:  $service\n"
            "Since:    $since\n\n$description\n"
        ),
    ),
    "incident_impact": _Wording(
        Template("[$number] P$priority reach of $title"),
        Template("The reach of $number was assessed anew.\n\nService: $service\nSince:   $since\n"),
    ),
    "incident_overdue": _Wording(
        Template("[$number] overdue: $title"),
        Template(
            "A target of $number is missed.\n\n"
            "Target:   $promise\nTitle:    $title\nState:    $state\nService:  $service\n"
            "Since:    $since\n"
        ),
    ),
    "incident_reopened": _Wording(
        Template("[$number] P$priority reopened: $title"),
        Template(
            "It is disturbed again: $number is reopened.\n\n"
            "Title:    $title\nPriority: $priority\nState:    $state\nService:  $service\n"
            "Since:    $since\n\n$reason\n"
        ),
    ),
    "incident_resolved": _Wording(
        Template("[$number] resolved: $title"),
        Template(
            "$number is resolved.\n\nTitle:   $title\nService: $service\nSince:   $since\n\n"
            "$resolution\n"
        ),
    ),
    "incident_withdrawn": _Wording(
        Template("[$number] $ending: $title"),
        Template(
            "$number $ending.\n\nTitle:   $title\nService: $service\nSince:   $since\n\n$reason\n"
        ),
    ),
}
_BUSINESS: Final[dict[TemplateName, _Wording]] = {
    "incident_assigned": _Wording(
        Template("We are working on a disturbance: $services ($number)"),
        Template(
            "$description\n\nAffected: $services\nSince:    $since\nOur number for it: $number\n"
        ),
    ),
    "incident_impact": _Wording(
        Template("Disturbance of $services ($number)"),
        Template(
            "$description\n\nAffected: $services\nSince:    $since\nOur number for it: $number\n\n"
            "We are working on it and will tell you when it is over.\n"
        ),
    ),
    "incident_overdue": _Wording(
        Template("Not as fast as agreed: $services ($number)"),
        Template(
            "We have not kept a time that we agreed on with you.\n\n$description\n\n"
            "Affected: $services\nSince:    $since\nOur number for it: $number\n\n"
            "We are working on it and will tell you when it is over.\n"
        ),
    ),
    "incident_reopened": _Wording(
        Template("Disturbed again: $services ($number)"),
        Template(
            "It is disturbed again: $services.\n\n$description\n\n"
            "Affected: $services\nSince:    $since\nOur number for it: $number\n\n"
            "We are working on it and will tell you when it is over.\n"
        ),
    ),
    "incident_resolved": _Wording(
        Template("Over: disturbance of $services ($number)"),
        Template(
            "$resolution\n\nAffected: $services\nSince:    $since\nOur number for it: $number\n\n"
            "The disturbance is over. If you still notice it, quote our number.\n"
        ),
    ),
    "incident_withdrawn": _Wording(
        Template("Our notice $number $ending: $services"),
        Template(
            "Our notice $number of a disturbance of $services $ending.\n\n"
            "Affected: $services\nSince:    $since\nOur number for it: $number\n\n"
            "If you notice a disturbance, tell us and quote the number.\n"
        ),
    ),
}


def business_facts(
    *,
    number: str,
    description: str,
    service_names: Sequence[str],
    since: datetime,
    resolution: str,
    successor_number: str | None,
) -> BusinessFacts:
    """Collect what a customer learns; all texts are business texts, ``since`` is aware.

    Where nobody has described the disturbance for customers, the names of the services speak.
    ``successor_number`` is the number of the incident that goes on instead of this one, if any.
    """
    services = ", ".join(service_names) or "one of our services"
    return BusinessFacts(
        number=number,
        description=description.strip() or f"There is a disturbance of {services}.",
        services=services,
        since=readable(since),
        resolution=resolution.strip() or "Service is restored.",
        ending=ending(successor_number),
    )


def ending(successor_number: str | None) -> str:
    """Say what becomes of an incident that is dropped: it goes on elsewhere, or was none."""
    return "is withdrawn" if successor_number is None else f"goes on under {successor_number}"


def promise(metric: str, *, seconds: int, agreement: str, missed_at: datetime) -> str:
    """Say what was promised and when its time was used up; ``missed_at`` is aware."""
    length = str(timedelta(seconds=seconds)).replace(" days", " d").replace(" day", " d")
    return f"{metric} within {length} ({agreement.upper()}), missed at {exactly(missed_at)}"


def technical_message(template: TemplateName, facts: TechnicalFacts) -> Message:
    """Write a message to those who work on an incident."""
    return _write(_TECHNICAL[template], asdict(facts))


def business_message(template: TemplateName, facts: BusinessFacts) -> Message:
    """Write a message to a customer."""
    return _write(_BUSINESS[template], asdict(facts))


def _write(wording: _Wording, facts: dict[str, str]) -> Message:
    lines = {name: one_line(value) for name, value in facts.items()}
    texts = {name: clean_text(value) for name, value in facts.items()}
    # Only free texts may bring line breaks into the body; a name with a break could imitate one
    # of our own lines.
    free = {name: texts[name] for name in _FREE if name in texts}
    subject = one_line(wording.subject.substitute(lines))
    body = wording.body.substitute({**lines, **free})
    return Message(_shortened(subject, MAX_SUBJECT_CHARS), _shortened(body, MAX_BODY_CHARS))


def one_line(text: str) -> str:
    """Return text that is safe in a header: no breaks, no control or invisible characters."""
    return _SPACES.sub(" ", _NOT_IN_A_LINE.sub(" ", text)).strip()


def clean_text(text: str) -> str:
    """Return text with plain line breaks and without control characters."""
    return _NOT_IN_A_BODY.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def readable(moment: datetime) -> str:
    """Return an aware instant as people read it, in UTC to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def exactly(moment: datetime) -> str:
    """Return an aware instant as people read it, in UTC to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
