"""Why something cannot be done with an outage."""

from __future__ import annotations

from shared.errors import DomainError, Kind


class OutageNotFoundError(DomainError):
    """No such outage, or none that the caller may see."""

    code = "outage-not-found"
    kind = Kind.NOT_FOUND
    title = "No such outage"


class OutageStateError(DomainError):
    """The outage's state does not allow this; ``allowed`` says what it does."""

    code = "outage-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The outage's state does not allow this"


class OutageMomentError(DomainError):
    """A time that lies ahead, or before what had to happen first."""

    code = "outage-moment-not-possible"
    kind = Kind.INVALID
    title = "It cannot have been at this time"


class OutageMergeError(DomainError):
    """The two outages cannot be one."""

    code = "outage-merge-not-possible"
    kind = Kind.CONFLICT
    title = "These two outages cannot become one"


class OutagesNotForCustomersError(DomainError):
    """A customer's user may not do this."""

    code = "not-for-customers"
    kind = Kind.FORBIDDEN
    title = "This is for the provider's staff"


class OutageIncidentError(DomainError):
    """There is no such incident to open an outage for."""

    code = "outage-incident-unknown"
    kind = Kind.INVALID
    title = "There is no such incident"


class OutageIncidentOverError(DomainError):
    """The incident is over, so nothing is out because of it any more."""

    code = "outage-incident-over"
    kind = Kind.CONFLICT
    title = "The incident is over"


class OutagesOpenError(DomainError):
    """Outages that people opened for the incident are open; ``outage_ids`` names them."""

    code = "incident-outages-open"
    kind = Kind.CONFLICT
    title = "Outages of the incident are still open"


class OutageTooManyPartsError(DomainError):
    """The outage has as many segments or customers as one can have."""

    code = "outage-full"
    kind = Kind.CONFLICT
    title = "The outage cannot take more"


class OutagePeriodError(DomainError):
    """The period has no length, or is too long to be measured at once."""

    code = "period-invalid"
    kind = Kind.INVALID
    title = "The period is not valid"
