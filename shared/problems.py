"""Refusals as RFC 9457 problem documents: one shape, one place that makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from shared.errors import DomainError, Kind
from shared.schemas import without_default
from shared.telemetry import current_trace

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 2
STATUS: Final[Mapping[Kind, int]] = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.STALE: 412,
    Kind.UNAVAILABLE: 503,
}
TITLES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("malformed-request", "The request cannot be read"),
    401: ("unauthenticated", "A valid bearer token is needed"),
    403: ("forbidden", "Your roles do not allow this"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This resource has no such method"),
    406: ("not-acceptable", "No such representation"),
    409: ("conflict", "The state of the record does not allow this"),
    412: ("stale-version", "The record has a newer version"),
    413: ("too-large", "The request body is too large"),
    415: ("unsupported-media-type", "Send application/json"),
    422: ("invalid-fields", "Some fields are not valid"),
    428: ("precondition-required", "Send If-Match with the version you read"),
    429: ("too-many-requests", "Slow down"),
    431: ("headers-too-large", "The request's headers are too large"),
    500: ("internal-error", "Something went wrong on our side"),
    503: ("unavailable", "Not available right now"),
}


class FieldError(BaseModel):
    """One field at fault: where it is (JSON pointer, or a parameter's name) and what is wrong.

    ``line`` is there where the body is a file that people write, and counts from 1.
    """

    model_config = ConfigDict(extra="forbid")

    pointer: str
    detail: str
    line: int = Field(default=1, ge=1, json_schema_extra=without_default)


class Problem(BaseModel):
    """A problem document (RFC 9457); ``code`` is stable, ``trace_id`` is what to quote to us."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/not-found"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str
    code: str
    trace_id: str
    errors: list[FieldError] | None = None


class ProblemError(Exception):
    """A refusal by the edge itself, where no rule of a domain is involved."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[Mapping[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what the document will say; code and title follow from the status by default."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.errors = errors
        self.headers = headers


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI declaration of the problems an operation can answer with."""
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": TITLES[status][1],
            "content": {MEDIA_TYPE: {"schema": reference}},
        }
        for status in sorted({400, 401, 403, 500, 503, *statuses})
    }


def problem(
    status: int,
    detail: str,
    *,
    instance: str,
    code: str | None = None,
    title: str | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
    extras: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that carries a problem document."""
    fallback_code, fallback_title = TITLES.get(
        status, (f"http-{status}", HTTPStatus(status).phrase)
    )
    document: dict[str, object] = {
        "type": f"/problems/{code or fallback_code}",
        "title": title or fallback_title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code or fallback_code,
        "trace_id": current_trace.get().trace_id,
        **(extras or {}),
    }
    if errors:
        document["errors"] = list(errors)
    sent = dict(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        sent.setdefault("WWW-Authenticate", 'Bearer realm="itsm"')
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        sent.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return Response(
        orjson.dumps(document, default=str), status, headers=sent, media_type=MEDIA_TYPE
    )


def of_domain(error: DomainError, *, instance: str) -> Response:
    """Return the problem document of a broken rule."""
    errors = [{"pointer": error.pointer, "detail": error.detail}] if error.pointer else None
    return problem(
        STATUS[error.kind],
        error.detail,
        instance=instance,
        code=error.code,
        title=error.title,
        errors=errors,
        extras=error.extras,
        headers={"Retry-After": "1"} if error.code == "idempotency-key-in-use" else None,
    )


def pointer(location: Sequence[object], body: object = None) -> str:
    """Return a JSON pointer for a place in a request body.

    A location may also name the variant of a union that was tried; where ``body`` has nothing of
    that name, it is not a place in it and left out.
    """
    parts: list[str] = []
    for index, part in enumerate(location):
        last = index == len(location) - 1
        if isinstance(body, dict) and part not in body and not last:
            continue
        parts.append(f"/{str(part).replace('~', '~0').replace('/', '~1')}")
        if isinstance(body, dict):
            body = body.get(part)
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        else:
            body = None
    return "".join(parts)
