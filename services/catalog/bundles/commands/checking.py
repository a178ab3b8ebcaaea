"""Judge a whole bundle before anything of it is looked up or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from services.catalog.bundles.commands.planning import record_ids
from services.catalog.bundles.domain.documents import Document, Raw, Source
from services.catalog.bundles.domain.faults import Fault, Faults
from services.catalog.bundles.kinds.checking import check
from services.catalog.bundles.kinds.kind import Kind
from services.catalog.bundles.kinds.naming import references
from shared.db import ReadTx

LOOK_UP: Final = 1_000


@dataclass
class Outside:
    """Names that the file uses and does not define, with the place of their first use."""

    names: dict[tuple[str, str], Fault] = field(default_factory=dict)


def check_bundle(
    source: Source, kinds: Mapping[str, Kind], *, told: Callable[[int], None] = lambda _: None
) -> Outside:
    """Judge every document by itself, and that no two have the same key.

    ``told`` hears how many documents were judged since it heard last.

    Raises:
        BundleRefusedError: anything is wrong.
    """
    faults = Faults()
    index = _Index(faults)
    number = 0
    for number, raw in enumerate(source.documents(), start=1):
        kind = kinds[raw.kind]
        document = check(kind, raw, faults)
        if document is not None:
            index.note(kind, document)
        if number % LOOK_UP == 0:
            told(LOOK_UP)
    told(number % LOOK_UP)
    index.refuse_circles()
    faults.refuse_if_any()
    return Outside(index.missing())


async def refuse_unknown(tx: ReadTx, *, outside: Outside, kinds: Mapping[str, Kind]) -> None:
    """Check that names which the file does not define stand for records that exist.

    Raises:
        BundleRefusedError: some do not.
    """
    faults = Faults()
    by_kind: dict[str, list[str]] = {}
    for kind, key in outside.names:
        by_kind.setdefault(kind, []).append(key)
    for name, keys in by_kind.items():
        for first in range(0, len(keys), LOOK_UP):
            part = keys[first : first + LOOK_UP]
            for key in sorted(await unknown_keys(tx, kind=kinds[name], keys=part)):
                faults.add(outside.names[name, key])
    faults.refuse_if_any()


async def unknown_keys(tx: ReadTx, *, kind: Kind, keys: Sequence[str]) -> list[str]:
    """Return those of some keys that stand for no record."""
    found = await record_ids(tx, name=kind.name, keys=keys)
    there = {record.id for record in await kind.rows.by_id(tx, list(found.values()))}  # type: ignore[attr-defined]  # each record has one
    return [key for key in keys if found.get(key) not in there]


class _Index:
    """Which keys there are and which are used; keys of hundreds of thousands as short digests."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._defined: dict[str, set[str]] = {}
        self._digests: set[bytes] = set()
        self._used: dict[tuple[str, str], Fault] = {}
        self._parents: dict[str, dict[str, tuple[Raw, list[str]]]] = {}

    def note(self, kind: Kind, document: Document) -> None:
        raw = document.raw
        if self._seen(kind, document.key):
            detail = f"there is another {kind.name} with the key {document.key} before it"
            self._faults.add(Fault(raw.line_of("/key"), f"{raw.place}/key", detail))
            return
        for claim in kind.claims(document.fields):
            if self._is_repeated(f"{kind.name} {claim}"):
                self._faults.add(Fault(raw.line, raw.place, f"another one has the {claim}"))
        for reference, text, at in references(kind, raw.value):
            target = reference.target(text)
            if target is None:
                continue
            if target[0] == kind.name:
                above = self._parents.setdefault(kind.name, {})
                above.setdefault(document.key, (raw, []))[1].append(target[1])
            if target not in self._used and not self._is_defined(*target):
                detail = f"there is no {target[0]} {target[1]}, here or imported before"
                self._used[target] = Fault(raw.line_of(at), f"{raw.place}{at}", detail)

    def _seen(self, kind: Kind, key: str) -> bool:
        if kind.derive is not None:
            return self._is_repeated(f"{kind.name}/{key}")
        defined = self._defined.setdefault(kind.name, set())
        if key in defined:
            return True
        defined.add(key)
        return False

    def _is_repeated(self, text: str) -> bool:
        # Nothing names these, so that a digest will do.
        digest = blake2b(text.encode(), digest_size=12).digest()
        if digest in self._digests:
            return True
        self._digests.add(digest)
        return False

    def _is_defined(self, kind: str, key: str) -> bool:
        return key in self._defined.get(kind, ())

    def missing(self) -> dict[tuple[str, str], Fault]:
        return {
            target: fault for target, fault in self._used.items() if not self._is_defined(*target)
        }

    def refuse_circles(self) -> None:
        """Note each document that comes to lie below itself."""
        for above in self._parents.values():
            done: set[str] = set()
            for key, (raw, _) in above.items():
                if key not in done and _in_circle(above, key, done):
                    detail = f"{key} would come to lie below itself"
                    self._faults.add(Fault(raw.line, raw.place, detail))


def _in_circle(above: Mapping[str, tuple[Raw, list[str]]], start: str, done: set[str]) -> bool:
    """Tell whether a way upwards from a key comes back onto itself; marks what was seen."""
    path: set[str] = set()
    stack: list[tuple[str, int]] = [(start, 0)]
    while stack:
        key, number = stack.pop()
        parents = above[key][1] if key in above else []
        if number == 0:
            path.add(key)
        if number == len(parents):
            path.discard(key)
            done.add(key)
            continue
        stack.append((key, number + 1))
        parent = parents[number]
        if parent in path:
            done.update(path)
            return True
        if parent not in done:
            stack.append((parent, 0))
    return False
