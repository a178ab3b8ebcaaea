"""Named places where a test may make the program die, fail, hang or repeat itself.

Unarmed, a place costs one truthiness test. Armed is only what says ``ITSM_ENVIRONMENT=test``:
``ITSM_FAILPOINT=name:hit:action[,name:hit:action…]`` does the action at the n-th time that this
process comes by the place. With a log file every passage of every place is noted, so that a
harness can see which places a run went through, whether or not it armed any.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from shared.settings import ConfigurationError

NAMES: Final = frozenset(
    f"{group}{number}"
    for group, count in (("A", 5), ("I", 2), ("R", 6), ("C", 7), ("T", 3), ("N", 3))
    for number in range(1, count + 1)
)
"""API write, idempotency, relay, consumer, timers, notify: each place has one meaning for ever."""


class Action(StrEnum):
    """What happens at a place."""

    KILL = "kill"
    """The process ends as if it lost power: SIGKILL, no clean-up."""
    RAISE = "raise"
    """An error that nobody expects."""
    HANG = "hang"
    """Nothing goes on here until the task is cancelled."""
    COMMIT_THEN_RAISE = "commit-then-raise"
    """The work succeeds and the caller hears that it failed; the place knows how."""
    TWICE = "twice"
    """The work is done a second time; the place knows how."""


class FailPointError(Exception):
    """What an armed place raises; no code of ours catches it by name."""


@dataclass(slots=True)
class _Plan:
    """What is armed in this process, and how often each place was passed."""

    due: dict[tuple[str, int], Action] = field(default_factory=dict)
    log: Path | None = None
    passed: Counter[str] = field(default_factory=Counter)


_plan: _Plan | None = None


def arm(text: str, *, environment: str, log: Path | None = None) -> None:
    """Arm what ``text`` names, and note every passage in ``log`` if one is given.

    Empty text without a log disarms.

    Raises:
        ConfigurationError: the environment is not ``test``, or the text names an unknown place
            or action, or a hit below 1.
    """
    global _plan  # noqa: PLW0603 - one process, one plan; the hot path reads a module global
    if not text and log is None:
        _plan = None
        return
    if environment != "test":
        raise ConfigurationError("ITSM_FAILPOINT: only ITSM_ENVIRONMENT=test may arm fail points")
    due = dict(_read(entry.strip()) for entry in text.split(",") if entry.strip())
    _plan = _Plan(due=due, log=log)


def disarm() -> None:
    """Make every place a no-op again and forget the counts."""
    arm("", environment="test")


def armed(name: str) -> bool:
    """Return whether anything is still due at a place, for code that must prepare for it."""
    return _plan is not None and any(
        place == name and hit > _plan.passed[name] for place, hit in _plan.due
    )


def passed(name: str) -> int:
    """Return how often this process came by a place since it was armed."""
    return _plan.passed[name] if _plan is not None else 0


async def reach(name: str) -> None:
    """Pass a place: go on, or die, raise or hang there as armed.

    Raises:
        FailPointError: armed so, or armed with an action that this place does not know.
    """
    if not _plan:
        return
    due = _pass(_plan, name)
    if due is Action.HANG:
        await asyncio.get_running_loop().create_future()
    elif due is not None:
        raise FailPointError(f"{name}: this place cannot do {due}")


def action(name: str) -> Action | None:
    """Pass a place that interprets its action itself; dying and raising are done here.

    Returns the action due: ``hang``, ``commit-then-raise`` or ``twice``, mostly None.

    Raises:
        FailPointError: armed so.
    """
    return _pass(_plan, name) if _plan else None


def _pass(plan: _Plan, name: str) -> Action | None:
    if name not in NAMES:
        raise FailPointError(f"no such fail point: {name}")
    plan.passed[name] += 1
    hit = plan.passed[name]
    due = plan.due.get((name, hit))
    if plan.log is not None:
        _note(plan.log, f"{os.getpid()} {name} {hit} {due or '-'}\n")
    if due is Action.KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    if due is Action.RAISE:
        raise FailPointError(f"{name} at hit {hit}")
    return due


def _note(log: Path, line: str) -> None:
    # One write of one short line to a file opened for appending: processes may share the file,
    # and the line is there even if the next statement is SIGKILL.
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def _read(entry: str) -> tuple[tuple[str, int], Action]:
    parts = entry.split(":")
    if len(parts) != 3:
        raise ConfigurationError(f"ITSM_FAILPOINT: expected name:hit:action, not {entry!r}")
    name, hit, wanted = parts
    if name not in NAMES:
        raise ConfigurationError(f"ITSM_FAILPOINT: no such fail point: {name!r}")
    if not hit.isdecimal() or int(hit) < 1:
        raise ConfigurationError(f"ITSM_FAILPOINT: hits count from 1, not {hit!r}")
    try:
        return (name, int(hit)), Action(wanted)
    except ValueError:
        raise ConfigurationError(f"ITSM_FAILPOINT: no such action: {wanted!r}") from None
