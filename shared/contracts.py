"""Golden files: the JSON Schema and an example of each published event version.

They are committed, so that a change of what others read is seen and discussed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel

from shared import asyncapi
from shared.runtime import service_app
from shared.service import Service


class ExampleMissingError(LookupError):
    """A published payload has no example."""


def golden(model: type[BaseModel]) -> dict[str, Any]:
    """Return what is committed about one payload: its schema and its first example.

    Raises:
        ExampleMissingError: the model states none.
    """
    schema = model.model_json_schema()
    examples = schema.pop("examples", [])
    if not examples:
        message = f"{model.__name__} needs an example in its json_schema_extra"
        raise ExampleMissingError(message)
    example = model.model_validate(examples[0]).model_dump(mode="json")
    return {"type": _type(model), "schema": schema, "example": example}


def write(service: Service, *, check: bool) -> list[Path]:
    """Write the golden files of a service, or only compare; return the paths that differ."""
    folder = service.folder / "contracts"
    wanted = {folder / f"{_type(model)}.json": _text(golden(model)) for model in service.published}
    wanted[folder / "openapi.json"] = _text(service_app(service).openapi())
    wanted[folder / "asyncapi.json"] = _text(asyncapi.document(service))
    present = set(folder.glob("*.json")) if folder.exists() else set()
    differing = [
        path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text
    ]
    differing += sorted(present - set(wanted))
    if not check:
        folder.mkdir(exist_ok=True)
        for path in differing:
            if path in wanted:
                path.write_bytes(wanted[path])
            else:
                path.unlink()
    return sorted(differing)


def write_documents(service: Service, folder: Path) -> None:
    """Write a service's OpenAPI and AsyncAPI documents into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    app = service_app(service)
    (folder / f"{service.name}.openapi.json").write_bytes(_text(app.openapi()))
    (folder / f"{service.name}.asyncapi.json").write_bytes(_text(asyncapi.document(service)))


def _type(model: type[BaseModel]) -> str:
    name: str = model.TYPE  # type: ignore[attr-defined]  # every published payload names its type
    return name


def _text(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
