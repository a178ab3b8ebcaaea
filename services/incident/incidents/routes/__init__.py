"""HTTP for incidents: the records, and the queue of work."""

from __future__ import annotations

from fastapi import APIRouter

from services.incident.incidents.routes.history import history
from services.incident.incidents.routes.incidents import incidents, matrix
from services.incident.incidents.routes.queue import queue
from services.incident.incidents.routes.relations import relations

router = APIRouter()
router.include_router(incidents)
router.include_router(history)
router.include_router(relations)
router.include_router(matrix)
router.include_router(queue)
