"""The transitions of agreements as HTTP takes them: one shape per target status."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel

from services.catalog.agreements.events.vocabulary import AgreementStatus
from services.catalog.agreements.schemas.bodies import Date, Reason
from shared.schemas import RequestModel, absent


class ToProposed(RequestModel):
    """Put it before the other party."""

    to: Literal["proposed"]


class ToAgreed(RequestModel):
    """The parties agree: nobody else can cover the same from now on."""

    to: Literal["agreed"]


class ToActive(RequestModel):
    """Let it hold, or end a review; perhaps with the date of the next one."""

    to: Literal["active"]
    review_date: Date | None = absent()


class ToUnderReview(RequestModel):
    """Look at it together; it holds meanwhile."""

    to: Literal["under_review"]


class ToTerminated(RequestModel):
    """End it now, or give it up before it was active."""

    to: Literal["terminated"]
    reason: Reason


class MoveAgreement(
    RootModel[
        Annotated[
            ToProposed | ToAgreed | ToActive | ToUnderReview | ToTerminated,
            Field(discriminator="to"),
        ]
    ]
):
    """The status an agreement should have."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "terminated", "reason": "They left us."}]}
    )

    @property
    def to(self) -> AgreementStatus:
        """Return the status."""
        return self.root.to

    def said(self) -> dict[str, Any]:
        """Return what was sent beside the status."""
        return {name: getattr(self.root, name) for name in self.root.model_fields_set - {"to"}}
