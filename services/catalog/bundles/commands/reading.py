"""Read a source's documents of one kind again, in portions that can be worked on together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from services.catalog.bundles.domain.documents import Document, Raw, Source
from services.catalog.bundles.domain.faults import BundleRefusedError, Fault, Faults
from services.catalog.bundles.kinds.checking import check
from services.catalog.bundles.kinds.kind import Kind
from services.catalog.bundles.kinds.naming import references

PORTION: Final = 100
MANY: Final = 1_000
"""Documents of a portion where a kind can be made many at once."""


def portions(
    source: Source, kind: Kind, *, wanted: Callable[[Raw], bool] = lambda _: True
) -> Iterator[list[Document]]:
    """Yield a kind's documents in portions: what others of the same kind name comes first.

    The source was checked before.

    Raises:
        BundleRefusedError: it says something else now.
    """
    size = PORTION if kind.make_many is None else MANY
    portion: list[Document] = []
    for document in _in_order(kind, _documents(source, kind, wanted)):
        portion.append(document)
        if len(portion) == size:
            yield portion
            portion = []
    if portion:
        yield portion


def _documents(source: Source, kind: Kind, wanted: Callable[[Raw], bool]) -> Iterator[Document]:
    for raw in source.of_kind(kind.name):
        if not wanted(raw):
            continue
        faults = Faults()
        document = check(kind, raw, faults)
        faults.refuse_if_any()
        if document is None:
            raise BundleRefusedError([Fault(raw.line, raw.place, "the file has changed")])
        yield document


def _in_order(kind: Kind, documents: Iterable[Document]) -> Iterable[Document]:
    """Return documents so that what they name of their own kind comes before them."""
    if not any(kind.name in one.kinds for one in kind.references):
        return documents
    by_key = {one.key: one for one in documents}
    ordered: dict[str, Document] = {}
    for key in by_key:
        waiting = [key]
        while waiting:
            here = waiting[-1]
            before = [
                name
                for name in _own_names(kind, by_key[here])
                if name in by_key and name not in ordered and name not in waiting
            ]
            if before:
                waiting.append(before[0])
            else:
                ordered.setdefault(here, by_key[here])
                waiting.pop()
    return ordered.values()


def _own_names(kind: Kind, document: Document) -> Iterator[str]:
    for reference, text, _ in references(kind, document.fields):
        target = reference.target(text)
        if target is not None and target[0] == kind.name:
            yield target[1]
