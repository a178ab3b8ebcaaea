"""How a request becomes one transaction and one answer.

A route asks for a ``Writing`` or a ``Reading`` call. Both know the actor, who was checked against
the service's permission table under the route's own name: a route without an entry lets nobody in.
A writing call is one transaction; it is committed when the route function has returned and before
anything is sent, so that a 2xx is never said about something that is not durable.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from shared import clock, failpoints, idempotency
from shared.auth import Actor, TokenRefusedError, Verifier
from shared.db import Database, DatabaseUnavailableError, ReadTx, Tx
from shared.idempotency import Answer
from shared.inbox import Inbox
from shared.problems import ProblemError
from shared.schemas import Page

ANYONE: Final = frozenset({"*"})
"""Permission of the few operations that check their caller themselves (a sender's own secret)."""
JSON: Final = "application/json"
_NOBODY: Final = Actor(sub="anonymous", roles=frozenset())


@dataclass(frozen=True)
class Edge:
    """What a service's routes need of the process: kept in ``app.state.edge``."""

    service: str
    database: Database
    verifier: Verifier
    permissions: Mapping[str, frozenset[str]]
    cursor_secret: bytes
    inboxes: dict[str, Inbox] = field(default_factory=dict)
    draining: Callable[[], bool] = lambda: False


class AnsweredBeforeError(Exception):
    """The key was answered before; carries that first answer."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer."""
        super().__init__("answered before")
        self.answer = answer


class Call:
    """One request by one actor at one instant."""

    def __init__(self, request: Request, actor: Actor) -> None:
        """Fix who calls and when; ``now`` is the only clock reading of the request."""
        self.request = request
        self.actor = actor
        self.now: datetime = clock.now()

    @property
    def edge(self) -> Edge:
        """Return what the process lends to this service's routes."""
        edge: Edge = self.request.app.state.edge
        return edge

    def _etag(self, version: int | None) -> str | None:
        return None if version is None else f'"{version}"'


class PlainCall(Call):
    """A request that manages its own connections, because it waits or takes several steps."""

    def draining(self) -> bool:
        """Tell whether the process is about to stop, so that a waiting answer should leave."""
        return self.edge.draining()

    def answer(self, model: BaseModel) -> Response:
        """Return 200 with the model."""
        return _response(Answer(200, None, None, model.model_dump_json().encode()))


class ReadCall(Call):
    """A request that reads; ``tx`` sees what is committed."""

    def __init__(self, request: Request, actor: Actor, tx: ReadTx) -> None:
        """Lend a connection to the request."""
        super().__init__(request, actor)
        self.tx = tx

    def answer(self, model: BaseModel, *, version: int | None = None) -> Response:
        """Return 200 with the model, or 304 if the caller has this version already."""
        etag = self._etag(version)
        if etag is not None and etag in _tags(self.request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers={"ETag": etag})
        return _response(Answer(200, None, etag, model.model_dump_json().encode()))

    def page(self, found: Page[Any]) -> Response:
        """Return a page of a list, with ``Link rel="next"`` where there is more."""
        response = _response(Answer(200, None, None, found.model_dump_json().encode()))
        if found.next is not None:
            url = self.request.url.include_query_params(cursor=found.next)
            response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return response


class WriteCall(Call):
    """A request that changes something, in one transaction."""

    def __init__(self, request: Request, actor: Actor, tx: Tx) -> None:
        """Bind the transaction."""
        super().__init__(request, actor)
        self.tx = tx
        self.answered: Answer | None = None

    def created(self, model: BaseModel, *, location: str, version: int | None = 1) -> Response:
        """Return 201 with the model; the bytes are fixed now, before the commit."""
        return self._keep(201, model, location=location, version=version)

    def answer(
        self, model: BaseModel, *, version: int | None = None, status: int = 200
    ) -> Response:
        """Return the changed record; the bytes are fixed now, before the commit."""
        return self._keep(status, model, location=None, version=version)

    def _keep(
        self, status: int, model: BaseModel, *, location: str | None, version: int | None
    ) -> Response:
        body = model.model_dump_json().encode()
        self.answered = Answer(status, location, self._etag(version), body)
        return _response(self.answered)

    def expected_version(self) -> int:
        """Return the version the caller saw, from ``If-Match``.

        Raises:
            ProblemError: 428 without the header, 412 with one that can match nothing of ours.
        """
        sent = self.request.headers.get("if-match")
        if sent is None:
            raise ProblemError(428, "Send If-Match with the ETag of the version you read.")
        tag = sent.strip()
        digits = tag[1:-1]
        if len(tag) < 3 or tag[0] != '"' or tag[-1] != '"' or not _is_version(digits):
            raise ProblemError(412, "If-Match is not a version of this record.")
        return int(digits)


def _is_version(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= 18


def _tags(header: str) -> set[str]:
    return {part.strip().removeprefix("W/") for part in header.split(",")}


def _response(answer: Answer) -> Response:
    headers: dict[str, str] = {}
    if answer.location is not None:
        headers["Location"] = answer.location
    if answer.etag is not None:
        headers["ETag"] = answer.etag
    return Response(answer.body, answer.status, headers=headers, media_type=JSON)


def replayed(answer: Answer) -> Response:
    """Return the first answer to a key again, marked as a repetition."""
    response = _response(answer)
    response.headers["Idempotent-Replayed"] = "true"
    return response


async def _actor_of(request: Request, edge: Edge) -> Actor:
    """Return who calls, if the service's table lets them use this operation.

    Raises:
        ProblemError: 401 without a valid token, 403 without one of the operation's roles.
    """
    allowed = edge.permissions.get(request.scope["route"].name, frozenset())
    if allowed is ANYONE:
        return _NOBODY
    sent = request.headers.getlist("authorization")
    scheme, _, token = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError(401, "Send one Authorization header with a bearer token.")
    try:
        actor = await edge.verifier.actor(token, wall_time=clock.now().timestamp())
    except TokenRefusedError as error:
        raise ProblemError(
            401,
            "The token is not valid here.",
            headers={"WWW-Authenticate": 'Bearer realm="itsm", error="invalid_token"'},
        ) from error
    if not actor.has_any(allowed):
        raise ProblemError(403, f"This needs one of the roles: {', '.join(sorted(allowed))}.")
    return actor


async def _plain(request: Request) -> PlainCall:
    return PlainCall(request, await _actor_of(request, request.app.state.edge))


async def _reading(request: Request) -> AsyncIterator[ReadCall]:
    edge: Edge = request.app.state.edge
    actor = await _actor_of(request, edge)
    async with edge.database.reading() as tx:
        yield ReadCall(request, actor, tx)


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=idempotency.MAX_KEY_CHARS,
        description="The same key with the same request gets the first answer again, for 7 days.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=100, description="The ETag of the version you read."),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", max_length=1000, description="ETags that you have already."),
]


async def _writing(
    request: Request, idempotency_key: IdempotencyKey = None
) -> AsyncIterator[WriteCall]:
    edge: Edge = request.app.state.edge
    actor = await _actor_of(request, edge)
    if idempotency_key is None:
        async with edge.database.transaction() as tx:
            yield WriteCall(request, actor, tx)
        return
    claim = idempotency.claim_for(
        sub=actor.sub,
        key=idempotency_key,
        method=request.method,
        path=request.url.path,
        body=await request.body(),
    )
    try:
        async with edge.database.transaction() as tx:
            call = WriteCall(request, actor, tx)
            yield call
            if call.answered is not None:
                idempotency.keep(tx, claim, call.answered, now=call.now)
            await failpoints.reach("I1")
    except DatabaseUnavailableError:
        raise
    except Exception as error:
        # Whatever stopped it, a repetition must hear what the first request was told.
        async with edge.database.reading() as reading:
            before = await idempotency.first_answer(reading, claim, service=edge.service)
        if before is not None:
            raise AnsweredBeforeError(before) from error
        if getattr(error, "constraint_name", None) == "pk_idempotency":
            message = "A request with this key was under way; ask again."
            raise idempotency.KeyInUseError(message) from error
        raise


Caller = Annotated[PlainCall, Depends(_plain)]
"""A route's call without a transaction of its own."""
Reading = Annotated[ReadCall, Depends(_reading, scope="function")]
"""A route's read call."""
Writing = Annotated[WriteCall, Depends(_writing, scope="function")]
"""A route's write call: one transaction, committed before the answer leaves."""


def json_answer(schema: type[BaseModel], description: str, *, status: int = 200) -> dict[Any, Any]:
    """Return the OpenAPI declaration of a successful answer with headers of a record."""
    headers: dict[str, Any] = {
        "ETag": {"schema": {"type": "string"}, "description": "The record's version."}
    }
    if status == 201:
        headers["Location"] = {"schema": {"type": "string"}, "description": "The new record."}
    return {status: {"model": schema, "description": description, "headers": headers}}


def list_answer(schema: type[BaseModel]) -> dict[Any, Any]:
    """Return the OpenAPI declaration of a page of a list."""
    link = {"schema": {"type": "string"}, "description": "The next page, if there is one."}
    return {200: {"model": schema, "description": "One page.", "headers": {"Link": link}}}
