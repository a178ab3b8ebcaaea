"""Why a question about the map is refused."""

from __future__ import annotations

from shared.errors import DomainError, Kind


class AskedUnknownError(DomainError):
    """A question names something that is not on the map, or was not yet."""

    code = "asked-unknown"
    kind = Kind.NOT_FOUND
    title = "Nothing like that is on the map"


class ReachTooLargeError(DomainError):
    """The answer for a past instant would need too much of the map of that time."""

    code = "reach-too-large"
    kind = Kind.INVALID
    title = "This reaches too far to be answered for a past instant"


class MapBusyError(DomainError):
    """Others are asking, or the map is being read for the first time."""

    code = "map-busy"
    kind = Kind.UNAVAILABLE
    title = "The map is busy"
