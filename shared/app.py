"""The application of one service: strict requests, problem documents, one entry per operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import asyncpg
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from shared import problems
from shared.db import DatabaseUnavailableError, OutcomeUnknownError
from shared.errors import DomainError
from shared.log import logger
from shared.problems import Problem, ProblemError, problem
from shared.strict import StrictRoute
from shared.web import AnsweredBeforeError, Edge, identify, replayed

_log = logger(__name__)


def service_router(prefix: str, *, tags: list[str]) -> APIRouter:
    """Return a router whose routes are strict; ``prefix`` is the collection's whole path."""
    return APIRouter(
        prefix=prefix,
        tags=list(tags),
        route_class=StrictRoute,
        generate_unique_id_function=lambda route: route.name,
    )


def build_app(*, service: str, version: str, about: str, routers: Iterable[APIRouter]) -> FastAPI:
    """Return a service's application; its ``state.edge`` is set before it serves.

    Raises:
        LookupError: two operations share a name, which is the key of the permission table.
    """
    app = FastAPI(
        title=f"ITSM {service}",
        version=version,
        description=about,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"/{service}/openapi.json",
        redirect_slashes=False,
    )
    routes = [route for router in routers for route in _routes_of(router)]
    names = {route.name for route in routes}
    if len(names) != len(routes):
        message = f"two operations of {service} share a name"
        raise LookupError(message)
    app.router.routes.append(_Collections(routes))
    app.state.routes = routes
    app.state.operations = names
    _handle_errors(app)
    _finish_document(app)
    return app


def _routes_of(router: APIRouter) -> Iterator[APIRoute]:
    """Yield a router's routes, those of routers inside it included."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if isinstance(route, APIRoute):
            yield route
        elif isinstance(inner, APIRouter):
            yield from _routes_of(inner)


class _Collections(BaseRoute):
    """All routes of a service, found by their collection (``/<service>/v1/<collection>``) first.

    A service has some hundred routes; trying them one by one cost more than the rest of routing.
    """

    def __init__(self, routes: Iterable[APIRoute]) -> None:
        self._table: dict[str, list[APIRoute]] = {}
        for route in routes:
            self._table.setdefault(_collection(route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        partial: tuple[Match, Scope] = (Match.NONE, {})
        for route in self._table.get(_collection(scope["path"]), ()):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, "itsm.route": route}
            if match is Match.PARTIAL and partial[0] is Match.NONE:
                partial = (match, {**child, "itsm.route": route})
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["itsm.route"].handle(scope, receive, send)


def _collection(path: str) -> str:
    return "/".join(path.split("/", 4)[:4])


def attach(app: FastAPI, edge: Edge) -> None:
    """Give an application what it needs to serve, and check that each operation has a permission.

    Raises:
        LookupError: an operation and the permission table disagree.
    """
    operations: set[str] = app.state.operations
    if operations != set(edge.permissions):
        odd = ", ".join(sorted(operations ^ set(edge.permissions)))
        message = f"{edge.service}: operations and permissions disagree about {odd}"
        raise LookupError(message)
    app.state.edge = edge
    app.state.identify = identify


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
            "pointer": problems.pointer(one["loc"][1:], error.body)
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
        return problem(409, "This collides with another record.", instance=request.url.path)
    return await _unexpected(request, error)


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("unexpected error", path=request.url.path, exc_info=error)
    return problem(500, "The error was logged; quote the trace id.", instance=request.url.path)


def _finish_document(app: FastAPI) -> None:
    """Complete the OpenAPI document: problem schema, bearer tokens, none of FastAPI's own 422."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.state.routes,
            )
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
