"""placeholder"""
from __future__ import annotations
from collections.abc import Callable
async def play(url: str, token: str, tell: Callable[..., None]) -> bool:
    return True
