"""What is wrong with a bundle, and where: collected, so that a file is refused once and whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.errors import DomainError, Kind

MAX_FAULTS: Final = 100
"""More than these are not looked for: whoever mends a hundred will ask again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the line (from 1), a JSON pointer into the file, a sentence."""

    line: int
    pointer: str
    detail: str


class BundleRefusedError(DomainError):
    """The bundle has faults, so nothing of it is imported."""

    code = "bundle-refused"
    kind = Kind.INVALID
    title = "The bundle is not valid"

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep all faults that were found, in the order of their lines."""
        self.faults = tuple(sorted(faults, key=lambda one: one.line))
        first = self.faults[0]
        many = len(self.faults)
        counted = "One fault" if many == 1 else f"{many} faults"
        if many >= MAX_FAULTS:
            counted = f"At least {many} faults"
        super().__init__(
            f"{counted}, nothing was imported; line {first.line}: {first.detail}",
            extras={"errors": [_entry(one) for one in self.faults]},
        )


@dataclass
class Faults:
    """Collects faults up to a hundred."""

    found: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Note a fault.

        Raises:
            BundleRefusedError: it is the hundredth.
        """
        self.found.append(fault)
        if len(self.found) >= MAX_FAULTS:
            raise BundleRefusedError(self.found)

    def refuse_if_any(self) -> None:
        """Refuse the bundle if anything is wrong with it.

        Raises:
            BundleRefusedError: there are faults.
        """
        if self.found:
            raise BundleRefusedError(self.found)


def refused(line: int, pointer: str, detail: str) -> BundleRefusedError:
    """Return the refusal of a bundle for one fault that ends the reading."""
    return BundleRefusedError([Fault(line, pointer, detail)])


def _entry(fault: Fault) -> dict[str, Any]:
    return {"pointer": fault.pointer, "detail": fault.detail, "line": fault.line}
