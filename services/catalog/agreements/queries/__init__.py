"""Reading agreements, and asking who is covered."""

from __future__ import annotations

from services.catalog.agreements.queries.entitlements import read_entitlement
from services.catalog.agreements.queries.records import (
    AGREEMENTS,
    HISTORY,
    list_agreement_versions,
    list_agreements,
    read_agreement,
    read_agreement_history,
)

__all__ = [
    "AGREEMENTS",
    "HISTORY",
    "list_agreement_versions",
    "list_agreements",
    "read_agreement",
    "read_agreement_history",
    "read_entitlement",
]
