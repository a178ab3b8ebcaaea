"""Requests as we take them: bounded in size and depth, JSON only, no unknown parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from inspect import signature
from typing import Any, ClassVar, Final

import orjson
from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import Response

from shared.problems import ProblemError

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
_NAMES: Final = re.compile(rb'"\s*:')


class StrictRequest(Request):
    """A request whose body is bounded in size and depth before anybody reads it.

    A route gets it in the kind that its parameter is annotated with; ``begin`` and ``end`` enclose
    the route's work.
    """

    parameters: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    """What the API document says of the headers that this kind reads by itself."""
    max_body_bytes = MAX_BODY_BYTES

    async def begin(self) -> None:
        """Begin the work."""

    async def end(self, error: BaseException | None) -> None:
        """End the work, which raised ``error`` or was well."""

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

    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - FastAPI's own arguments
        """Make a route as FastAPI does, and have its document tell of what its request reads."""
        super().__init__(*args, **options)
        told = [dict(one) for one in _kind_of(self.dependant).parameters]
        if told:
            extra = self.openapi_extra or {}
            listed = [*extra.get("parameters", ()), *told]
            self.openapi_extra = {**extra, "parameters": listed}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler with the checks that it does not make."""
        handle = super().get_route_handler()
        known = frozenset(_query_names(self.dependant))
        takes_body = self.body_field is not None
        kind = _kind_of(self.dependant)
        limit = self.max_body_bytes

        async def strict(request: Request) -> Response:
            taken = kind(request.scope, request.receive)
            taken.max_body_bytes = limit
            await request.app.state.identify(taken)
            if request.scope["query_string"]:
                _check_names([name for name, _ in taken.query_params.multi_items()], known)
            if takes_body:
                media = taken.headers.get("content-type", "").partition(";")[0].strip().lower()
                if media != "application/json" and not media.endswith("+json"):
                    raise ProblemError(415, "Send the body as application/json.")
                # Read here, because FastAPI answers whatever a body raises with a bare 400.
                if await taken.body():
                    await taken.json()
            await taken.begin()
            try:
                answer = await handle(taken)
            except BaseException as error:
                await taken.end(error)
                raise
            # The transaction ends here: after the route, before anything is sent.
            await taken.end(None)
            return answer

        return strict


def kinds_of(dependant: Dependant) -> Iterator[type[StrictRequest]]:
    """Yield the kinds of request that an operation, or what it depends on, asks for."""
    if dependant.request_param_name and dependant.call is not None:
        given = signature(dependant.call, eval_str=True).parameters[dependant.request_param_name]
        if issubclass(given.annotation, StrictRequest):
            yield given.annotation
    for child in dependant.dependencies:
        yield from kinds_of(child)


def _kind_of(dependant: Dependant) -> type[StrictRequest]:
    return next(kinds_of(dependant), StrictRequest)


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for child in dependant.dependencies:
        yield from _query_names(child)


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
