"""The log channel: one structured line instead of a message, where no mail server is set up."""

from __future__ import annotations

from services.notify.channels.domain import Receipt
from shared.log import logger

_log = logger(__name__)


async def write_line(*, message_id: str, recipient_id: str, audience: str, subject: str) -> Receipt:
    """Note that a message would have gone out; the text itself stays out of the log."""
    _log.info(
        "message instead of mail",
        notification_id=message_id,
        recipient_id=recipient_id,
        audience=audience,
        subject=subject,
    )
    return Receipt("accepted", "written to the log", provider_id="log")
