"""The applications keep what their OpenAPI documents say, whatever is sent to them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import BaseModel
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.contract.conversation import BASE, AnyCase, Conversation
from tests.contract.rights import TIMES, rights_of
from tests.contract.seeding import Known, populate
from tests.support.app import NAMES, Factory, Stage, service

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = {GenerationMode.POSITIVE: 40, GenerationMode.NEGATIVE: 25}

# What is parked here cannot be read, today or later; replaying what can is tested elsewhere.
# Nothing was given up on either, so no notification can be sent again.
NEVER_SERVED = {name: {f"POST /{name}/v1/parked/{{parked_id}}/replay"} for name in NAMES}
NEVER_SERVED["notify"].add("POST /notify/v1/notifications/{notification_id}/transitions")

# They take nothing, or nothing but a piece of text in their path.
NEVER_WRONG = {
    name: {f"GET /{name}/v1/subscriptions", f"POST /{name}/v1/subscriptions/{{name}}/resume"}
    for name in NAMES
}


class Talk:
    """One service asked for everything it offers; the requests are made up in another thread."""

    def __init__(self, conversation: Conversation, mode: GenerationMode) -> None:
        self._conversation = conversation
        self._mode = mode
        self._loop = asyncio.get_running_loop()
        self.failures: dict[str, str] = {}
        self.unbreakable: set[str] = set()

    def about(self, operation: APIOperation[Any, Any, Any, Any]) -> None:
        """Send made-up requests for one operation and keep the first failure of each kind."""

        @settings(
            max_examples=EXAMPLES[self._mode],
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=self._mode))
        def talk(case: AnyCase) -> None:
            saying = self._conversation.say(case)
            answer = asyncio.run_coroutine_threadsafe(saying, self._loop).result(timeout=30)
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as group:
                # Not raised: what was said before cannot be taken back for another try.
                for failure in group.exceptions:
                    kind = f"{operation.label}: {failure.title}"
                    self.failures.setdefault(kind, str(group))

        try:
            talk()
        except Unsatisfiable:
            self.unbreakable.add(operation.label)


async def _talk(stage: Stage, name: str, mode: GenerationMode) -> tuple[Talk, Conversation]:
    world = await populate(stage)
    roles = sorted({role for roles in service(name).permissions.values() for role in roles})
    http = stage.http(*roles, sub="schemathesis")
    conversation = Conversation(http, world, random.Random(20260302))
    if mode is GenerationMode.POSITIVE:
        conversation.rights = await rights_of(stage, world, name)
    talk = Talk(conversation, mode)
    await _about_everything(talk, stage.part(name).app.openapi())
    return talk, conversation


async def _about_everything(talk: Talk, document: dict[str, Any]) -> None:
    def all_of_it() -> None:
        # Tokens are ours to send; what becomes of others is asked elsewhere.
        config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
        schema = schemathesis.openapi.from_dict(document, config=config)
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            talk.about(found.ok())

    await asyncio.to_thread(all_of_it)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", NAMES)
async def test_valid_requests_are_answered_as_documented(name: str, platform: Factory) -> None:
    talk, conversation = await _talk(await platform(), name, GenerationMode.POSITIVE)
    rights = conversation.rights
    assert not talk.failures, "\n\n".join(talk.failures.values())
    assert talk.unbreakable == set()
    assert not any(rights.values())
    asked: Counter[str] = Counter()
    served: Counter[str] = Counter()
    for (label, status), count in conversation.answered.items():
        asked[label] += count
        served[label] += count if status < 300 else 0
    assert {label for label in asked if not served[label]} == NEVER_SERVED[name]
    # Once would be luck, and another time none.
    seldom = {label: served[label] for label in rights if served[label] < TIMES}
    assert seldom == {}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", NAMES)
async def test_invalid_requests_are_refused_as_documented(name: str, platform: Factory) -> None:
    talk, _ = await _talk(await platform(), name, GenerationMode.NEGATIVE)
    assert not talk.failures, "\n\n".join(talk.failures.values())
    assert talk.unbreakable == NEVER_WRONG[name]


class Size(BaseModel):
    size: int


def careless() -> FastAPI:
    """Return an application that keeps nothing of what its document says."""
    app = FastAPI()

    @app.get("/dies", response_model=Size)
    def dies() -> Response:
        raise RuntimeError("on purpose")

    @app.get("/surprises", response_model=Size)
    def surprises() -> Response:
        return JSONResponse({"size": 1}, status_code=418)

    @app.get("/misspells", response_model=Size)
    def misspells() -> Response:
        return JSONResponse({"length": 1})

    @app.get("/changes-kind", response_model=Size)
    def changes_kind() -> Response:
        return PlainTextResponse("1")

    @app.post("/takes-anything", response_model=Size, openapi_extra=SIZE_BODY)
    def takes_anything() -> Response:
        return JSONResponse({"size": 1})

    return app


SIZE_BODY = {"requestBody": {"content": {"application/json": {"schema": Size.model_json_schema()}}}}


async def test_an_application_that_keeps_nothing_is_found_out() -> None:
    app = careless()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    nobody = {"Authorization": "Bearer none"}
    failures: set[str] = set()
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=nobody) as http:
        for mode in GenerationMode:
            talk = Talk(Conversation(http, Known(), random.Random(1)), mode)
            await _about_everything(talk, app.openapi())
            failures |= set(talk.failures)
    assert failures >= {
        "GET /dies: Server error",
        "GET /surprises: Undocumented status code",
        "GET /misspells: Response violates schema",
        "GET /changes-kind: Undocumented Content-Type",
        "POST /takes-anything: Schema-violating request accepted",
    }
