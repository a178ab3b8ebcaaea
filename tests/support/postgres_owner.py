"""A program that owns an embedded PostgreSQL, for tests that kill it.

    python -m tests.support.postgres_owner FOLDER [UID]

Says in one line of JSON where the server is, then waits for its end. With a user id it becomes
that user first, after all imports: the interpreter itself may lie in a folder closed to that user.
"""

from __future__ import annotations

import asyncio
import encodings.ascii
import encodings.idna  # noqa: F401 - both are loaded lazily otherwise, when out of reach
import json
import os
import sys
from pathlib import Path

from shared import embedded_postgres
from shared.settings import ConfigurationError


async def own(folder: Path) -> None:
    def announce(line: str) -> None:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - read by the test

    async with embedded_postgres.running(folder, announce=announce) as server:
        print(json.dumps({"url": server.url(), "pid": server.pid}), flush=True)  # noqa: T201
        await server.died()


def main() -> None:
    folder = Path(sys.argv[1])
    if len(sys.argv) > 2:
        user = int(sys.argv[2])
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        os.chdir("/")
    try:
        asyncio.run(own(folder))
    except ConfigurationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
