"""Ask the process on this machine whether it is ready: ``python -m shared.probe``.

For health checks of containers, which have no shell and no other client: status 0 if it is, else
1 and one line that says why not. Imports nothing heavy, for it runs every few seconds.
"""

from __future__ import annotations

import os
import ssl
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final

TIMEOUT_SECONDS: Final = 3.0


def ask(port: int, *, tls: bool, path: str = "/readyz") -> tuple[bool, str]:
    """Return whether the process on a loopback port is ready, and what it says of itself."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    if tls:
        # We know whom we ask by the address; the certificate is made for the name others use.
        context = ssl._create_unverified_context()  # noqa: S323, SLF001
        connection = HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS, context=context)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status == 200, answer.read(2000).decode(errors="replace")
    except (TimeoutError, OSError, HTTPException) as error:
        return False, f"no answer on port {port}: {type(error).__name__}"
    finally:
        connection.close()


def main() -> int:
    """Ask at the port and in the way that the process was told by its own settings."""
    # Reading the settings' models would cost more than everything else here together.
    port = int(os.environ.get("ITSM_PORT", "8000"))  # noqa: TID251
    ready, said = ask(port, tls="ITSM_TLS_CERT" in os.environ)  # noqa: TID251
    print(said.strip())  # noqa: T201 - the engine keeps it beside the state of the check
    return 0 if ready else 1


if __name__ == "__main__":
    sys.exit(main())
