"""Requests that Schemathesis makes up, sent to our applications in the event loop of the test.

Made-up references lead nowhere, so most of them are replaced by records that exist, and a made-up
``If-Match`` by the version that the record has. A part that is wrong on purpose stays as it is.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import httpx
import requests
from schemathesis import Case, GenerationMode, Response
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation

from tests.contract.rights import Rights
from tests.contract.seeding import Known

AnyCase: TypeAlias = Case[Any]
BASE: Final = "http://itsm"
EXISTING_SHARE: Final = 0.8
REFERENCES: Final = {
    "parent_id": "/catalog/v1/customers",
    "customer_id": "/catalog/v1/customers",
    "customer_ids": "/catalog/v1/customers",
    "team_id": "/catalog/v1/teams",
    "owner_team_id": "/catalog/v1/teams",
    "assignment_team_id": "/catalog/v1/teams",
    "default_team_id": "/catalog/v1/teams",
    "support_calendar_id": "/catalog/v1/calendars",
    "service_manager_id": "/catalog/v1/contacts",
    "inner_owner_id": "/catalog/v1/contacts",
    "continuity_manager_id": "/catalog/v1/contacts",
    "offering_id": "/catalog/v1/offerings",
    "service_id": "/catalog/v1/services",
    "service_ids": "/catalog/v1/services",
    "affected_service_ids": "/catalog/v1/services",
    "ci_ids": "/catalog/v1/configuration-items",
    "default_service_id": "/catalog/v1/services",
    "from_id": "/catalog/v1/services",
    "to_id": "/catalog/v1/services",
    "supplier_id": "/catalog/v1/suppliers",
    "calendar_id": "/catalog/v1/calendars",
    "offering_ids": "/catalog/v1/offerings",
    "parent_agreement_ids": "/catalog/v1/agreements",
    "node": "/catalog/v1/services",
    "duplicate_of": "/incident/v1/incidents",
}
VALUES: Final[dict[str, Any]] = {
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "url": "https://hooks.example.com/itsm",
    "cells": [[1, 2, 3], [2, 3, 4], [3, 4, 5]],
}
"""What a pattern allows and only a list knows to be right."""
QUESTIONS: Final[dict[str, object]] = {
    "wait": 0,
    "start": "2026-03-02T00:00:00Z",
    "end": "2026-05-04T00:00:00Z",
    "period_start": "2026-03-02T00:00:00Z",
    "period_end": "2026-05-04T00:00:00Z",
    "open_seconds": 3600,
    "calendar_version": 1,
}
"""Parameters of queries that make sense together; nobody waits."""


@dataclass
class Conversation:
    """A client that knows what there is, and counts what it was answered."""

    http: httpx.AsyncClient
    known: Known
    chance: random.Random
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    rights: Rights = field(default_factory=dict)

    async def say(self, case: AnyCase) -> Response:
        """Send a request; remember the record that it made."""
        right = self._is_right(case)
        if not right:
            self._aim(case)
        await self._match(case, always=right)
        prepared = self._prepared(case)
        answer = await self._send(prepared)
        self.answered[case.operation.label, answer.status_code] += 1
        if answer.status_code == 201:
            self.known.add(answer.headers["Location"])
        return Response.from_any(answer)

    def _is_right(self, case: AnyCase) -> bool:
        """Turn every other request into one that is right for sure, as long as there are some."""
        rights = self.rights.get(case.operation.label)
        if not rights or self._asked(case) % 2:
            self._ask_for_everything_first(case)
            return False
        right = rights.popleft()
        if case.path_parameters:
            first = next(iter(case.path_parameters))
            case.path_parameters.update({first: right.reference, **right.path})
        case.query = {}
        # A key that was used before belongs to another request.
        case.headers.pop("Idempotency-Key", None)
        if right.body is not None:
            case.body = right.body
        return True

    def _ask_for_everything_first(self, case: AnyCase) -> None:
        """Leave a list without conditions, once: that no chance can get wrong."""
        needed = any(one.is_required for one in case.operation.query)
        if case.method == "GET" and not needed and not self._asked(case) and case.query:
            case.query = {}

    def _asked(self, case: AnyCase) -> int:
        return sum(
            count for (label, _), count in self.answered.items() if label == case.operation.label
        )

    def _aim(self, case: AnyCase) -> None:
        collection = case.operation.path.partition("/{")[0]
        known = self.known.paths.get(collection, [])
        if known and case.path_parameters and _is_valid(case, ParameterLocation.PATH):
            name = next(iter(case.path_parameters))
            if self._want_existing():
                case.path_parameters[name] = self.chance.choice(known)
        if case.query and _is_valid(case, ParameterLocation.QUERY):
            for name in case.query.keys() & QUESTIONS.keys():
                if name == "wait" or self._want_existing():
                    case.query[name] = QUESTIONS[name]
            for name in case.query.keys() & REFERENCES.keys():
                known = self.known.paths.get(REFERENCES[name], [])
                if known and self._want_existing():
                    case.query[name] = self.chance.choice(known)
        if _is_valid(case, ParameterLocation.BODY) and not isinstance(case.body, NotSet):
            case.body = self._with_references(case.body)

    def _with_references(self, value: Any, name: str = "") -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, dict):
            return {key: self._with_references(one, key) for key, one in value.items()}
        if isinstance(value, list):
            table = any(isinstance(one, list) for one in value)
            if table and name in VALUES and self._want_existing():
                return VALUES[name]
            return [self._with_references(one, name) for one in value]
        known = self.known.paths.get(REFERENCES.get(name, ""), [])
        if known and isinstance(value, str) and self._want_existing():
            return self.chance.choice(known)
        if isinstance(value, str) and self._want_existing():
            return VALUES.get(name, value)
        return value

    async def _match(self, case: AnyCase, *, always: bool) -> None:
        declared = {parameter.name for parameter in case.operation.headers}
        if "If-Match" not in declared or not _is_valid(case, ParameterLocation.HEADER):
            return
        if always or self._want_existing():
            record = case.operation.path.partition("}")[0].count("/") + 1
            found = await self.http.get("/".join(case.formatted_path.split("/")[:record]))
            if etag := found.headers.get("ETag"):
                case.headers["If-Match"] = etag

    def _want_existing(self) -> bool:
        return self.chance.random() < EXISTING_SHARE

    def _prepared(self, case: AnyCase) -> requests.PreparedRequest:
        arguments = case.as_transport_kwargs(base_url=BASE)
        # A part that is wrong on purpose may be anything, lists included.
        named = str(next(iter((case.path_parameters or {}).values()), ""))
        own = self.known.secrets.get(named) if "/intake/" in case.operation.path else None
        headers = {
            name: value
            for name, value in arguments.pop("headers").items()
            if name.lower() not in ("authorization", "connection")
        }
        authorization = f"Bearer {own}" if own else self.http.headers["Authorization"]
        headers["Authorization"] = authorization
        return requests.Request(**arguments, headers=headers).prepare()

    async def _send(self, prepared: requests.PreparedRequest) -> httpx.Response:
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        assert isinstance(body, bytes | None)
        request = httpx.Request(
            prepared.method or "GET",
            prepared.url or BASE,
            headers=[(_raw(name), _raw(value)) for name, value in prepared.headers.items()],
            content=body or b"",
        )
        return await self.http.send(request)


def _is_valid(case: AnyCase, location: ParameterLocation) -> bool:
    """Tell whether a part of the request was meant to be valid."""
    assert case.meta is not None
    component = case.meta.components.get(location)
    return component is None or component.mode is GenerationMode.POSITIVE


def _raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")
