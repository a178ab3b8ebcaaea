"""A service started from the tests' side, with what ``plants`` changes, then served as ever.

    python -m tests.support.planted BUG SERVICE     one service, BUG a number or ``none``
    python -m tests.support.planted --nursery SERVICE…    forks services on request, imports done

The nursery reads one line of JSON per service (``service``, ``bug``, ``environment``, ``output``)
and answers with a process id. A forked service is a process of its own that dies with the nursery,
as the nursery dies with whoever started it.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from shared.cli import service_commands
from shared.release import VERSION
from shared.service import Service
from tests.support import plants

CLOSE_SECONDS: Final = "FAULTS_CLOSE_SECONDS"
"""Variable: let resolved incidents close after so many seconds."""
LEDGER: Final = "FAULTS_LEDGER"
"""Variable: there is a ledger to write to."""


def serve(name: str, bug: str) -> None:
    """Plant, then serve as ``python -m services.<name> serve`` does."""
    service: Service = importlib.import_module(f"services.{name}.service").SERVICE
    if os.environ.get(LEDGER):
        plants.keep_ledger(service)
    if name == "incident" and (seconds := os.environ.get(CLOSE_SECONDS)):
        plants.close_after(float(seconds))
    if bug != "none":
        plants.BUGS[bug]()
    service_commands(service, version=VERSION)(["serve"])


def nursery(services: Sequence[str]) -> None:
    """Fork a service per line of standard input until it ends."""
    for name in services:
        importlib.import_module(f"services.{name}.service")
    # Nobody waits for the children here: the kernel clears them away, others watch by pidfd.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    nurse = os.getpid()
    _say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order, nurse)
        _say(str(pid))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _become(order: dict[str, Any], nurse: int) -> NoReturn:
    """Turn the forked process into the service that was ordered."""
    status = 1
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != nurse:
            os._exit(1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        output = os.open(order["output"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, nothing), (1, output), (2, output)):
            os.dup2(source, target)
        os.environ.update(order["environment"])
        serve(order["service"], order["bug"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - said in the log, then the process ends
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    if sys.argv[1] == "--nursery":
        nursery(sys.argv[2:])
    else:
        serve(sys.argv[2], sys.argv[1])
