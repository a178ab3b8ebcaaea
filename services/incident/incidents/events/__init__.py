"""What the world learns about incidents: of ``handling``, ``roles`` and ``major`` decisions."""

from __future__ import annotations

from typing import Final

from services.incident.incidents.events.handling import (
    IncidentAcknowledged,
    IncidentAssigned,
    IncidentCancelled,
    IncidentClosed,
    IncidentCommented,
    IncidentDeclared,
    IncidentImpactAssessed,
    IncidentMerged,
    IncidentMilestoneRecorded,
    IncidentPriorityChanged,
    IncidentPutOnHold,
    IncidentReassigned,
    IncidentReopened,
    IncidentResolved,
    IncidentResumed,
    IncidentStarted,
    IncidentUpdated,
)
from services.incident.incidents.events.major import (
    IncidentMajorAccepted,
    IncidentMajorProposed,
    IncidentMajorRejected,
    IncidentMajorStoodDown,
    PriorityMatrixChanged,
)
from services.incident.incidents.events.relations import (
    IncidentFollowUpDue,
    IncidentLinked,
    IncidentTimestampsCorrected,
    IncidentUnlinked,
)
from services.incident.incidents.events.roles import IncidentRoleAssigned

PUBLISHED: Final = (
    IncidentDeclared,
    IncidentImpactAssessed,
    IncidentUpdated,
    IncidentAcknowledged,
    IncidentAssigned,
    IncidentReassigned,
    IncidentStarted,
    IncidentPriorityChanged,
    IncidentPutOnHold,
    IncidentResumed,
    IncidentMilestoneRecorded,
    IncidentCommented,
    IncidentResolved,
    IncidentReopened,
    IncidentClosed,
    IncidentCancelled,
    IncidentMerged,
    IncidentMajorProposed,
    IncidentMajorAccepted,
    IncidentMajorRejected,
    IncidentMajorStoodDown,
    IncidentRoleAssigned,
    IncidentLinked,
    IncidentUnlinked,
    IncidentTimestampsCorrected,
    IncidentFollowUpDue,
    PriorityMatrixChanged,
)
