"""Two kinds of import contract that import-linter does not bring along.

Both judge direct imports only: whatever they allow is itself under a contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

Fault = tuple[str, str]


class _DirectImports(Contract):
    """Finds direct imports that should not be; a subclass says which these are."""

    rule: ClassVar[str]

    def faults(self, graph: ImportGraph) -> Iterator[Fault]:
        """Yield each forbidden import as importer and imported module."""
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - the linter's signature
        found = sorted(set(self.faults(graph)))
        lines = [
            f"{importer} -> {imported} (l.{graph_line(graph, importer, imported)})"
            for importer, imported in found
        ]
        return ContractCheck(kept=not found, metadata={"lines": lines})

    def render_broken_contract(self, check: ContractCheck) -> None:
        output.print_error(self.rule)
        for line in check.metadata["lines"]:
            output.print_error(f"-   {line}", bold=False)
        output.new_line()


class PrivateModulesContract(_DirectImports):
    """A private module of an area is imported by that area, and by the service that composes it.

    Options: ``private``, names of such modules (``tables``); ``composers``, modules of the service
    itself that gather them (``service``).
    """

    type_name = "private"
    rule = "An area is asked by its commands, queries, domain and events, by nothing else of it:"

    private = fields.SetField(subfield=fields.StringField())
    composers = fields.SetField(subfield=fields.StringField(), required=False)

    def faults(self, graph: ImportGraph) -> Iterator[Fault]:
        private = _names(self.private)
        composers = _names(self.composers)
        for module in graph.modules:
            # services.<service>.<area>.<file or package>, and whatever is inside a package.
            parts = module.split(".")
            if len(parts) < 4 or parts[3] not in private:
                continue
            service, area = ".".join(parts[:2]), ".".join(parts[:3])
            for importer in graph.find_modules_that_directly_import(module):
                inside = importer == area or importer.startswith(f"{area}.")
                if not inside and importer not in {f"{service}.{name}" for name in composers}:
                    yield importer, module


class PureContract(_DirectImports):
    """Modules that match ``modules`` import only what is named in ``allowed``, nothing else.

    Both are module expressions (``services.*.*.domain``, ``datetime``). What is not allowed is
    forbidden, so a new library needs a line in the contract before a rule can come to lean on it.
    """

    type_name = "pure"
    rule = "Rules and events know no framework, no clock, no input and no output:"

    modules = fields.SetField(subfield=fields.StringField())
    allowed = fields.SetField(subfield=fields.StringField())

    def faults(self, graph: ImportGraph) -> Iterator[Fault]:
        allowed = _matching(graph, self.allowed)
        for module in _matching(graph, self.modules):
            for imported in graph.find_modules_directly_imported_by(module):
                if imported not in allowed:
                    yield module, imported


def graph_line(graph: ImportGraph, importer: str, imported: str) -> int:
    """Return the line of the first such import."""
    details = graph.get_import_details(importer=importer, imported=imported)
    return min(detail["line_number"] for detail in details)


def _names(option: object) -> frozenset[str]:
    if option is None:
        return frozenset()
    if not isinstance(option, Iterable):
        raise TypeError(option)
    return frozenset(str(name) for name in option)


def _matching(graph: ImportGraph, option: object) -> set[str]:
    return {
        module
        for expression in _names(option)
        for module in (
            graph.find_matching_modules(expression) if "*" in expression else {expression}
        )
    }
