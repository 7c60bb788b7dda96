"""Where real events from public sources lie: ../shared/data, or where OFFTRAIL_SHARED says."""

import os
from pathlib import Path

NEEDED = "needs the development data: set OFFTRAIL_SHARED to its folder"


def shared_data(name: str = "") -> Path | None:
    """Their folder, or a file in it; None where it is absent."""
    beside = Path(__file__).parents[1] / ".." / "shared"
    found = Path(os.environ.get("OFFTRAIL_SHARED", beside)).resolve() / "data" / name
    return found if found.exists() else None
