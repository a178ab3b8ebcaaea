"""Fail points do nothing unless armed, and armed only what a test says."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import failpoints
from shared.failpoints import Action, FailPointError
from shared.settings import ConfigurationError


@pytest.fixture(autouse=True)
def _unarmed() -> Iterator[None]:
    failpoints.disarm()
    yield
    failpoints.disarm()


async def test_unarmed_places_do_nothing() -> None:
    await failpoints.reach("R2")
    assert failpoints.action("A4") is None
    assert not failpoints.armed("R2")
    assert failpoints.passed("R2") == 0


def test_the_places_are_those_that_the_faults_name() -> None:
    assert " ".join(sorted(failpoints.NAMES)) == (
        "A1 A2 A3 A4 A5 C1 C2 C3 C4 C5 C6 C7 I1 I2 N1 N2 N3 R1 R2 R3 R4 R5 R6 T1 T2 T3"
    )


@pytest.mark.parametrize("environment", ["production", "", "testing"])
def test_only_the_test_environment_arms(environment: str) -> None:
    with pytest.raises(ConfigurationError, match="ITSM_ENVIRONMENT=test"):
        failpoints.arm("R2:1:raise", environment=environment)
    assert not failpoints.armed("R2")


def test_a_log_alone_needs_the_test_environment_as_well(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ITSM_ENVIRONMENT=test"):
        failpoints.arm("", environment="production", log=tmp_path / "log")


def test_nothing_to_arm_is_fine_everywhere() -> None:
    failpoints.arm("", environment="production")


@pytest.mark.parametrize(
    "text",
    ["X1:1:raise", "R2:0:raise", "R2:-1:raise", "R2:one:raise", "R2:1:explode", "R2:1", "R2"],
)
def test_what_cannot_be_armed_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        failpoints.arm(text, environment="test")
    assert str(refused.value).startswith("ITSM_FAILPOINT: ")
    assert "\n" not in str(refused.value)


async def test_an_action_is_due_at_its_hit_and_at_no_other() -> None:
    failpoints.arm("C4:2:raise, R2:1:twice", environment="test")
    await failpoints.reach("C4")
    assert failpoints.armed("C4")
    with pytest.raises(FailPointError, match="C4 at hit 2"):
        await failpoints.reach("C4")
    assert not failpoints.armed("C4")
    await failpoints.reach("C4")
    assert failpoints.passed("C4") == 3
    assert failpoints.action("R2") is Action.TWICE
    assert failpoints.action("R2") is None


async def test_a_place_that_cannot_do_what_is_armed_says_so() -> None:
    failpoints.arm("R2:1:commit-then-raise", environment="test")
    with pytest.raises(FailPointError, match="cannot do commit-then-raise"):
        await failpoints.reach("R2")


async def test_a_place_nobody_knows_is_an_error_once_armed() -> None:
    failpoints.arm("R2:1:raise", environment="test")
    with pytest.raises(FailPointError, match="X9"):
        await failpoints.reach("X9")


async def test_a_hang_lasts_until_it_is_cancelled() -> None:
    failpoints.arm("N1:1:hang", environment="test")
    hanging = asyncio.create_task(failpoints.reach("N1"))
    done, _ = await asyncio.wait({hanging}, timeout=0.05)
    assert not done
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging


async def test_every_passage_is_logged_even_the_last(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = (
        "import asyncio, sys; from pathlib import Path; from shared import failpoints as f\n"
        "f.arm('T2:2:kill', environment='test', log=Path(sys.argv[1]))\n"
        "async def main():\n"
        "    for _ in range(3):\n"
        "        await f.reach('T1'); await f.reach('T2')\n"
        "asyncio.run(main())"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(log))
    assert await process.wait() == -signal.SIGKILL
    lines = [line.split() for line in log.read_text().splitlines()]
    assert [line[1:] for line in lines] == [
        ["T1", "1", "-"],
        ["T2", "1", "-"],
        ["T1", "2", "-"],
        ["T2", "2", "kill"],
    ]
    assert {line[0] for line in lines} == {str(process.pid)}
