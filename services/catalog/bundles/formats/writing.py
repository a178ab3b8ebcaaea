"""Write documents so that they read back as what they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import yaml

from services.catalog.bundles.domain.documents import API_VERSION, LISTS
from services.catalog.bundles.formats.bundle import HEAD
from services.catalog.bundles.formats.ndjson import DOCUMENT
from services.catalog.bundles.formats.yaml_text import plain

_NAMES = {kind: name for name, kind in LISTS.items()}


_BASE: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BASE):  # type: ignore[misc]  # whichever of both there is
    """Writes no aliases, and quotes whatever would be read as something else than a text."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's own signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None if plain(text) == text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def head() -> bytes:
    """Return the first line of a YAML bundle."""
    return f"{HEAD}: {API_VERSION}\n".encode()


def yaml_list(kind: str, documents: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the list of one kind as a part of a YAML bundle."""
    if not documents:
        return b""
    text = yaml.dump(
        {_NAMES[kind]: [dict(one) for one in documents]},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return f"\n{text}".encode()


def line(kind: str, document: Mapping[str, Any]) -> bytes:
    """Return a document as a line of NDJSON."""
    return orjson.dumps({DOCUMENT: kind, **document}) + b"\n"
