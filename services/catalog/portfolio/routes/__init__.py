"""HTTP for the portfolio."""

from __future__ import annotations

from fastapi import APIRouter

from services.catalog.portfolio.routes import catalogue, items, offerings, services, uses

router = APIRouter()
for part in (services, offerings, items, uses, catalogue):
    router.include_router(part.router)
