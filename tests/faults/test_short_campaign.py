"""The campaign in short: every place once, and the planted bugs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.faults.lanes import LANES
from tests.faults.points import TARGETS, plan
from tests.faults.session import held
from tests.support.kafka_cluster import Cluster

TRIALS: Final = 32
SEED: Final = 20260302


@pytest.mark.xdist_group("faults")
async def test_services_that_die_anywhere_lose_nothing_and_do_nothing_twice(
    cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    report = await held(
        plan(trials=TRIALS, seed=SEED),
        seed=SEED,
        folder=tmp_path,
        bugs=True,
        progress=lambda _trial, _hit: None,
        announce=lambda _line: None,
        kafka=cluster(),
    )
    assert not report.violations, [f"{one.invariant}: {one.witness}" for one in report.violations]
    assert report.trials >= 30
    assert min(report.points.values()) >= 1, report.points
    assert set(report.points) == set(TARGETS)
    assert report.acknowledged > report.trials
    assert all(report.evidence.values()), report.evidence
    named = {bug: finding.by for bug, finding in report.planted.items()}
    assert named == {lane.bug: lane.invariant for lane in LANES}
