"""What the API document says about answers that are no problems."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


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
