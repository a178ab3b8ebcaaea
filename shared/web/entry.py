"""The way into a route: who calls, whether they may, and the kind of call that they make."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from fastapi import Header, Request

from shared import clock
from shared.auth import Actor, KeysUnavailableError, TokenRefusedError
from shared.problems import ProblemError
from shared.web.calls import ACTOR, Edge, PlainCall, ReadCall, WriteCall

ANYONE: Final = frozenset({"*"})
"""Permission of the few operations that check their caller themselves (a sender's own secret)."""
_NOBODY: Final = Actor(sub="anonymous", roles=frozenset())


async def identify(request: Request) -> None:
    """Note who calls, if the service's table lets them use this operation.

    Routes do this before anything else, so that a stranger's body is not even read.

    Raises:
        ProblemError: 401 without a valid token, 403 without one of the operation's roles, 503
            while the issuer's keys cannot be had.
    """
    request.scope[ACTOR] = await _judged(request, request.app.state.edge)


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


IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=100, description="The ETag of the version you read."),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", max_length=1000, description="ETags that you have already."),
]
# A call is the request itself, in a kind of ours: solved as a dependency it would cost a tenth of
# a write.
Caller: TypeAlias = PlainCall
"""A route's call without a transaction of its own."""
Reading: TypeAlias = ReadCall
"""A route's read call."""
Writing: TypeAlias = WriteCall
"""A route's write call: one transaction, committed before the answer leaves."""
