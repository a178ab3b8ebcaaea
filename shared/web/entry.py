"""The way into a route: who calls, whether they may, and the transaction they work in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Header, Request

from shared import clock, failpoints, idempotency
from shared.auth import Actor, KeysUnavailableError, TokenRefusedError
from shared.db import DatabaseUnavailableError
from shared.problems import ProblemError
from shared.web.calls import AnsweredBeforeError, Edge, PlainCall, ReadCall, WriteCall

ANYONE: Final = frozenset({"*"})
"""Permission of the few operations that check their caller themselves (a sender's own secret)."""
WORK: Final = "itsm.work"
"""Where a request keeps what it entered; the strict route leaves it, before it answers."""
_ACTOR: Final = "itsm.actor"
_NOBODY: Final = Actor(sub="anonymous", roles=frozenset())
Entered = TypeVar("Entered")


async def identify(request: Request) -> None:
    """Note who calls, if the service's table lets them use this operation.

    Routes do this before anything else, so that a stranger's body is not even read.

    Raises:
        ProblemError: 401 without a valid token, 403 without one of the operation's roles, 503
            while the issuer's keys cannot be had.
    """
    request.scope[_ACTOR] = await _judged(request, request.app.state.edge)


async def _judged(request: Request, edge: Edge) -> Actor:
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
    except KeysUnavailableError as error:
        raise ProblemError(503, "Tokens cannot be checked right now.") from error
    if not actor.has_any(allowed):
        raise ProblemError(403, f"This needs one of the roles: {', '.join(sorted(allowed))}.")
    return actor


def _actor_of(request: Request) -> Actor:
    actor: Actor = request.scope[_ACTOR]
    return actor


async def _plain(request: Request) -> PlainCall:
    return PlainCall(request, _actor_of(request))


async def _enter(request: Request, work: AbstractAsyncContextManager[Entered]) -> Entered:
    """Enter the work of a request; its route leaves it.

    A dependency that yields would do the same for a tenth of a write's whole cost.
    """
    stack: AsyncExitStack = request.scope[WORK]
    return await stack.enter_async_context(work)


@asynccontextmanager
async def _read_call(request: Request) -> AsyncIterator[ReadCall]:
    edge: Edge = request.app.state.edge
    async with edge.database.reading() as tx:
        yield ReadCall(request, _actor_of(request), tx)


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


@asynccontextmanager
async def _write_call(request: Request, idempotency_key: str | None) -> AsyncIterator[WriteCall]:
    edge: Edge = request.app.state.edge
    actor = _actor_of(request)
    if idempotency_key is None:
        async with edge.database.transaction() as tx:
            yield WriteCall(request, actor, tx)
        return
    claim = idempotency.claim_for(
        sub=actor.sub,
        key=idempotency_key,
        method=request.method,
        path=request.scope["path"],
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


async def _reading(request: Request) -> ReadCall:
    return await _enter(request, _read_call(request))


async def _writing(request: Request, idempotency_key: IdempotencyKey = None) -> WriteCall:
    return await _enter(request, _write_call(request, idempotency_key))


Caller = Annotated[PlainCall, Depends(_plain)]
"""A route's call without a transaction of its own."""
Reading = Annotated[ReadCall, Depends(_reading)]
"""A route's read call."""
Writing = Annotated[WriteCall, Depends(_writing)]
"""A route's write call: one transaction, committed before the answer leaves."""
