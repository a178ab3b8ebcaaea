"""The AsyncAPI 3 document of a service, made from the payload models that it publishes."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.outbox import topic_of
from shared.problems import problem
from shared.service import Service

_HEADERS: Final = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes (Kafka binary mode), all text.",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_sequence"],
    "properties": {
        name: {"type": "string"}
        for name in (
            "ce_specversion",
            "ce_id",
            "ce_source",
            "ce_type",
            "ce_subject",
            "ce_time",
            "ce_dataschema",
            "ce_sequence",
            "ce_partitionkey",
            "ce_occurredat",
            "ce_actor",
            "ce_origin",
            "ce_correlationid",
            "ce_causationid",
            "ce_traceparent",
        )
    },
}


def document(service: Service) -> dict[str, Any]:
    """Return the AsyncAPI document: one channel, one message per published event version."""
    schemas: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for model in sorted(service.published, key=lambda one: str(one.TYPE)):  # type: ignore[attr-defined]  # every payload has it
        name: str = model.TYPE  # type: ignore[attr-defined]
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
        messages[name] = {
            "name": name,
            "title": model.__name__,
            "summary": (model.__doc__ or "").strip().splitlines()[0],
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/cloudevents"},
            "payload": {"$ref": f"#/components/schemas/{name}"},
        }
    channel = {
        "address": topic_of(service.name),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"ITSM {service.name} events", "version": str(service.release)},
        "defaultContentType": "application/json",
        "channels": {"events": channel},
        "operations": {
            "publish": {"action": "send", "channel": {"$ref": "#/channels/events"}},
        },
        "components": {"schemas": {"cloudevents": _HEADERS, **schemas}, "messages": messages},
    }


def mount(app: FastAPI, service: Service) -> None:
    """Serve the document and each payload's schema below ``/<service>``, open to all."""
    content = document(service)
    schemas = {
        f"{name}.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(),
        }
        for model in service.published
        if (name := getattr(model, "TYPE", ""))
    }

    async def asyncapi(_: Request) -> JSONResponse:
        return JSONResponse(content)

    async def schema(request: Request) -> Response:
        found = schemas.get(request.path_params["file"])
        if found is None:
            return problem(404, "No event of this type is published.", instance=request.url.path)
        return JSONResponse(found, media_type="application/schema+json")

    app.add_route(f"/{service.name}/asyncapi.json", asyncapi, include_in_schema=False)
    app.add_route(f"/{service.name}/schemas/{{file}}", schema, include_in_schema=False)
