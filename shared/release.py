"""What this program calls itself."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("itsm-platform")
except PackageNotFoundError:
    # Run from a checkout that was not installed: there is no build to name.
    VERSION = "0.1.0+checkout"
