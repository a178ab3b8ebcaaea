"""The application of one service: strict requests, problem documents, one entry per operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Final

import asyncpg
import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared import problems
from shared.db import DatabaseUnavailableError, OutcomeUnknownError
from shared.errors import DomainError
from shared.log import logger
from shared.problems import Problem, ProblemError, problem
from shared.web import AnsweredBeforeError, Edge, replayed

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_INTEGER: Final = 2**63 - 1
WRITES: Final = frozenset({"POST", "PUT", "PATCH"})
_log = logger(__name__)


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
            if declared.isdigit() and int(declared) > limit:
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
        ProblemError: 400 for what is not JSON or nests too deeply, 422 for NUL characters.
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
    return value


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
            if request.scope["query_string"]:
                for name in request.query_params:
                    if name not in known:
                        raise _unknown_parameter(name, known)
            if takes_body:
                media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
                if media != "application/json" and not media.endswith("+json"):
                    raise ProblemError(415, "Send the body as application/json.")
            return await handle(request_class(request.scope, request.receive))

        return strict


def _query_names(dependant: Any) -> frozenset[str]:  # noqa: ANN401 - FastAPI's own structure
    names = {field.alias for field in dependant.query_params}
    for child in dependant.dependencies:
        names |= _query_names(child)
    return frozenset(names)


def _unknown_parameter(name: str, known: frozenset[str]) -> ProblemError:
    listed = ", ".join(sorted(known)) or "none"
    return ProblemError(
        400,
        f"Unknown parameter; this operation knows: {listed}.",
        errors=[{"pointer": name[:100], "detail": "unknown parameter"}],
    )


def service_router(prefix: str, *, tags: list[str]) -> APIRouter:
    """Return a router whose routes are strict; ``prefix`` is the collection's whole path."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=StrictRoute)


def build_app(*, service: str, version: str, about: str, routers: Iterable[APIRouter]) -> FastAPI:
    """Return a service's application; its ``state.edge`` is set before it serves.

    Raises:
        LookupError: two operations share a name, which is the key of the permission table.
    """
    app = FastAPI(
        title=f"ITSM {service}",
        version=version,
        description=about,
        docs_url=f"/{service}/docs",
        redoc_url=None,
        openapi_url=f"/{service}/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    names: set[str] = set()
    for router in routers:
        app.include_router(router)
        for route in router.routes:
            name = getattr(route, "name", "")
            if name in names:
                message = f"two operations are called {name}"
                raise LookupError(message)
            names.add(name)
    _handle_errors(app)
    _finish_document(app)
    return app


def attach(app: FastAPI, edge: Edge) -> None:
    """Give an application what it needs to serve, and check that each operation has a permission.

    Raises:
        LookupError: an operation and the permission table disagree.
    """
    operations = {route.name for route in app.routes if isinstance(route, APIRoute)}
    if operations != set(edge.permissions):
        odd = ", ".join(sorted(operations ^ set(edge.permissions)))
        message = f"{edge.service}: operations and permissions disagree about {odd}"
        raise LookupError(message)
    app.state.edge = edge


def _handle_errors(app: FastAPI) -> None:
    table: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        DomainError: _domain_error,
        ProblemError: _problem_error,
        AnsweredBeforeError: _answered_before,
        RequestValidationError: _invalid,
        HTTPException: _http_error,
        DatabaseUnavailableError: _unavailable,
        asyncpg.PostgresError: _database_error,
        Exception: _unexpected,
    }
    for kind, handler in table.items():
        app.add_exception_handler(kind, handler)


async def _domain_error(request: Request, error: DomainError) -> Response:
    return problems.of_domain(error, instance=request.url.path)


async def _problem_error(request: Request, error: ProblemError) -> Response:
    return problem(
        error.status,
        error.detail,
        instance=request.url.path,
        code=error.code,
        errors=error.errors,
        headers=error.headers,
    )


async def _answered_before(_: Request, error: AnsweredBeforeError) -> Response:
    return replayed(error.answer)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """Turn FastAPI's validation report into a problem: body 422, path 404, the rest 400."""
    first = error.errors()[0]
    where = first["loc"][0] if first["loc"] else "body"
    found = [
        {
            "pointer": problems.pointer(one["loc"][1:])
            if where == "body"
            else str(one["loc"][-1])[:200],
            "detail": one["msg"],
        }
        for one in error.errors()
        if (one["loc"][0] if one["loc"] else "body") == where
    ][:50]
    instance = request.url.path
    if where == "path":
        return problem(404, "There is no record with this id.", instance=instance)
    if where == "body":
        return problem(422, "Some fields are not valid.", instance=instance, errors=found)
    return problem(400, f"A {where} parameter is not valid.", instance=instance, errors=found)


async def _http_error(request: Request, error: HTTPException) -> Response:
    detail = problems.TITLES.get(error.status_code, ("", str(error.detail)))[1]
    return problem(
        error.status_code, f"{detail}.", instance=request.url.path, headers=error.headers
    )


async def _unavailable(request: Request, error: DatabaseUnavailableError) -> Response:
    _log.warning("database not available", error=str(error))
    unknown = isinstance(error, OutcomeUnknownError)
    detail = (
        "It is not known whether this was stored; send it again with the same Idempotency-Key."
        if unknown
        else "The database did not answer in time; nothing was stored."
    )
    code = "outcome-unknown" if unknown else None
    return problem(503, detail, instance=request.url.path, code=code)


async def _database_error(request: Request, error: asyncpg.PostgresError) -> Response:
    """Answer 503 where trying again can help, 409 where rows collided, 500 otherwise."""
    passing = (
        asyncpg.QueryCanceledError,
        asyncpg.TransactionRollbackError,
        asyncpg.LockNotAvailableError,
        asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError,
        asyncpg.PostgresConnectionError,
    )
    if isinstance(error, passing):
        _log.warning("statement gave way", error=type(error).__name__)
        return problem(503, "The database gave way; try again.", instance=request.url.path)
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        _log.warning("constraint", constraint=error.constraint_name)
        return problem(
            409, "This collides with another record.", instance=request.url.path
        )
    return await _unexpected(request, error)


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("unexpected error", path=request.url.path, exc_info=error)
    return problem(500, "The error was logged; quote the trace id.", instance=request.url.path)


def _finish_document(app: FastAPI) -> None:
    """Complete the OpenAPI document: problem schema, bearer tokens, no schema of FastAPI's own 422."""
    generate = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generate()
            components = schema.setdefault("components", {})
            schemas = components.setdefault("schemas", {})
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            problem_schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem_schema.pop("$defs", {}))
            schemas["Problem"] = problem_schema
            components["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            }
            schema["security"] = [{"token": []}]
            for operations in schema["paths"].values():
                for operation in operations.values():
                    _drop_foreign_422(operation)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _drop_foreign_422(operation: dict[str, Any]) -> None:
    answers = operation.get("responses", {})
    declared = answers.get("422", {}).get("content", {})
    if "application/json" in declared and problems.MEDIA_TYPE not in declared:
        del answers["422"]
