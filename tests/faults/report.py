"""What a campaign came to, as a file that other programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from tests.faults.checker import Violation
from tests.faults.lanes import Finding


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a campaign; ``points`` says how often each place was hit."""

    seed: int
    trials: int
    points: Mapping[str, int]
    acknowledged: int
    violations: Sequence[Violation]
    planted: Mapping[str, Finding]
    recovery_seconds_max: float
    evidence: Mapping[str, int]
    """How much there was to look at: none of it may be nothing."""

    def held(self, *, least_hits: int) -> bool:
        """Return whether nothing was violated, every bug caught and every point hit enough."""
        caught = all(finding.caught for finding in self.planted.values())
        seen = all(self.evidence.values()) and min(self.points.values()) >= least_hits
        return not self.violations and caught and seen


def save(report: Report, path: Path) -> None:
    """Write the report, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(orjson.dumps(asdict(report), option=orjson.OPT_INDENT_2))
    part.rename(path)
