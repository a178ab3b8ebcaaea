"""Requests as we take them: bounded in size and depth, JSON only, no unknown parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final

import orjson
from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from shared.problems import ProblemError
from shared.web import WORK

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
_NAMES: Final = re.compile(rb'"\s*:')


class StrictRequest(Request):
    """A request whose body is bounded in size and depth before anybody reads it."""

    max_body_bytes = MAX_BODY_BYTES

    async def body(self) -> bytes:
        """Return the body; stop reading where it exceeds its limit.

        Raises:
            ProblemError: 413.
        """
        if not hasattr(self, "_body"):
            limit = self.max_body_bytes
            declared = self.headers.get("content-length", "0")
            if declared.isascii() and declared.isdigit() and int(declared) > limit:
                raise _too_large(limit)
            chunks: list[bytes] = []
            size = 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    async def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the body as JSON.

        Raises:
            ProblemError: 400 for what is not JSON or nests too deeply, 422 for NUL characters.
        """
        if not hasattr(self, "_json"):
            body = await self.body()
            self._json = parse_json(body)
        return self._json


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value of a request body.

    Raises:
        ProblemError: 400 for what is not JSON or nests too deeply, 422 for NUL characters and for a
            name that an object gives twice.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            400, f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth_exceeds(value, MAX_DEPTH):
        raise ProblemError(400, f"The body nests more than {MAX_DEPTH} levels deep.")
    if b"\\u0000" in body and _contains_nul(value):
        raise ProblemError(
            422,
            "NUL characters are not allowed.",
            errors=[{"pointer": "", "detail": "contains U+0000"}],
        )
    # Every name is followed by a colon, and so is nothing else but some texts: as many of both is
    # the rule, and only what is in doubt is read a second time.
    if len(_NAMES.findall(body)) != _count_names(value):
        json.loads(body, object_pairs_hook=_refuse_repeated)
    return value


def _count_names(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_count_names(one) for one in value.values())
    return sum(_count_names(one) for one in value) if isinstance(value, list) else 0


def _refuse_repeated(pairs: list[tuple[str, object]]) -> None:
    """Refuse an object that gives a name twice, where the last value would win silently.

    Raises:
        ProblemError: 422.
    """
    names = [name for name, _ in pairs]
    if len(set(names)) == len(names):
        return
    twice = next(name for place, name in enumerate(names) if name in names[:place])
    raise ProblemError(
        422,
        "A name is given more than once in one object.",
        errors=[{"pointer": f"/{twice[:100]}", "detail": "given more than once"}],
    )


def _too_large(limit: int) -> ProblemError:
    return ProblemError(413, f"The body may have {limit} bytes.", headers={"Connection": "close"})


def _depth_exceeds(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        nested: list[object] = []
        for one in level:
            if isinstance(one, dict):
                nested.extend(one.values())
            elif isinstance(one, list):
                nested.extend(one)
        level = [one for one in nested if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _contains_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in name or _contains_nul(one) for name, one in value.items())
    return isinstance(value, list) and any(_contains_nul(one) for one in value)


class StrictRoute(APIRoute):
    """A route that refuses unknown parameters, foreign media types and oversized bodies."""

    request_class: type[StrictRequest] = StrictRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler with the checks that it does not make."""
        handle = super().get_route_handler()
        known = _query_names(self.dependant)
        takes_body = self.body_field is not None
        request_class = self.request_class

        async def strict(request: Request) -> Response:
            await request.app.state.identify(request)
            if request.scope["query_string"]:
                _check_names([name for name, _ in request.query_params.multi_items()], known)
            taken = request_class(request.scope, request.receive)
            if takes_body:
                media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
                if media != "application/json" and not media.endswith("+json"):
                    raise ProblemError(415, "Send the body as application/json.")
                # Read here, because FastAPI answers whatever a body raises with a bare 400.
                if await taken.body():
                    await taken.json()
            async with AsyncExitStack() as work:
                request.scope[WORK] = work
                # The transaction ends with this block: after the route, before anything is sent.
                return await handle(taken)

        return strict


def _query_names(dependant: Any) -> frozenset[str]:  # noqa: ANN401 - FastAPI's own structure
    names = {field.alias for field in dependant.query_params}
    for child in dependant.dependencies:
        names |= _query_names(child)
    return frozenset(names)


def _check_names(names: list[str], known: frozenset[str]) -> None:
    """Accept parameters that the operation knows, each once.

    Raises:
        ProblemError: 400 for another one, or one that comes twice.
    """
    listed = ", ".join(sorted(known)) or "none"
    for number, name in enumerate(names):
        if name not in known:
            what = "unknown parameter"
        elif name in names[:number]:
            what = "given more than once; use commas"
        else:
            continue
        raise ProblemError(
            400,
            f"A parameter is not valid: {what}; this operation knows: {listed}.",
            errors=[{"pointer": name[:100], "detail": what}],
        )
