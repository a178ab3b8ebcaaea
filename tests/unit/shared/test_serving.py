"""What the server does to its socket at a stop."""

from __future__ import annotations

import socket
import sys
from typing import Final

from shared.serving import refuse_more

SO_LOCK_FILTER: Final = 44


def test_a_kernel_that_allows_no_filter_does_not_keep_the_program_from_stopping() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        if sys.platform == "linux":  # elsewhere there are no filters to begin with
            # As a kernel answers an account that may not: even root cannot change a locked filter.
            bound.setsockopt(socket.SOL_SOCKET, SO_LOCK_FILTER, 1)
        refuse_more(bound)
        bound.settimeout(5)
        with socket.create_connection(bound.getsockname(), timeout=5):
            taken, _ = bound.accept()
            taken.close()
