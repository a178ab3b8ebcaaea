"""What can be done with agreements."""

from __future__ import annotations

from services.catalog.agreements.commands.keeping import AGREEMENT_DUE, AgreementOverlapsError
from services.catalog.agreements.commands.moving import (
    amend_agreement,
    move_agreement,
    wake_agreement,
)
from services.catalog.agreements.commands.references import AgreementReferenceError
from services.catalog.agreements.commands.writing import change_agreement, draft_agreement

__all__ = [
    "AGREEMENT_DUE",
    "AgreementOverlapsError",
    "AgreementReferenceError",
    "amend_agreement",
    "change_agreement",
    "draft_agreement",
    "move_agreement",
    "wake_agreement",
]
