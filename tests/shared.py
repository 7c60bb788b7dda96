"""Where real events from public sources lie: ../shared/data, or where OFFTRAIL_SHARED says."""

import os
from pathlib import Path

NEEDED = "needs the development data: set OFFTRAIL_SHARED to its folder"


def shared_data() -> Path | None:
    """Their folder; None where it is absent."""
    beside = Path(__file__).parents[1] / ".." / "shared"
    folder = Path(os.environ.get("OFFTRAIL_SHARED", beside)).resolve() / "data"
    return folder if folder.is_dir() else None
