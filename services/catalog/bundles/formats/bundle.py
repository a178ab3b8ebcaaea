"""A bundle as one YAML document: a head, and a list of documents per kind."""

from __future__ import annotations

from typing import Any, Final

from services.catalog.bundles.domain.documents import API_VERSION, LISTS, Held, Raw
from services.catalog.bundles.domain.faults import Fault, Faults, refused
from services.catalog.bundles.formats.yaml_text import Loaded, load

HEAD: Final = "apiVersion"


def read_bundle(data: bytes) -> Held:
    """Return the documents of a bundle.

    Raises:
        BundleRefusedError: it cannot be read, or is no bundle.
    """
    found = load(data)
    if len(found) != 1:
        raise refused(1, "", f"a bundle is one YAML document; here are {len(found)}")
    return take_apart(found[0])


def take_apart(loaded: Loaded) -> Held:
    """Return the documents of a bundle that was read.

    Raises:
        BundleRefusedError: it is no bundle.
    """
    value, lines = loaded.value, loaded.lines
    if not isinstance(value, dict):
        raise refused(1, "", "a bundle is a mapping of lists")
    if value.get(HEAD) != API_VERSION:
        line = lines.get(f"/{HEAD}", 1)
        raise refused(line, f"/{HEAD}", f"must be {API_VERSION}")
    faults = Faults()
    held: list[Raw] = []
    places = _lines_by_document(lines)
    for name, entries in value.items():
        if name == HEAD:
            continue
        if name not in LISTS or not isinstance(entries, list):
            known = ", ".join(LISTS)
            detail = "must be a list" if name in LISTS else f"is none of {known}"
            faults.add(Fault(lines[f"/{name}"], f"/{name}", detail))
            continue
        for number, entry in enumerate(entries):
            place = f"/{name}/{number}"
            if not isinstance(entry, dict):
                faults.add(Fault(lines[place], place, "must be a mapping"))
                continue
            held.append(Raw(LISTS[name], entry, lines[place], place, places[place]))
    faults.refuse_if_any()
    return Held(tuple(held))


def _lines_by_document(lines: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Return, for each entry of each list, the lines of what is in it."""
    found: dict[str, dict[str, Any]] = {}
    for pointer, line in lines.items():
        parts = pointer.split("/", 3)
        if len(parts) < 3:
            continue
        inside = f"/{parts[3]}" if len(parts) == 4 else ""
        found.setdefault(f"/{parts[1]}/{parts[2]}", {})[inside] = line
    return found
