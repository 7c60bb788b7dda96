"""What tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", settings(), deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real events from public sources, beside the checkout or where OFFTRAIL_SHARED says."""
    beside = Path(__file__).parents[1] / ".." / "shared"
    folder = Path(os.environ.get("OFFTRAIL_SHARED", beside)).resolve() / "data"
    if not folder.is_dir():
        pytest.skip("needs the development data: set OFFTRAIL_SHARED to its folder")
    return folder
