"""What tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests import shared

settings.register_profile("untimed", settings(), deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real events from public sources."""
    folder = shared.shared_data()
    if folder is None:
        pytest.skip(shared.NEEDED)
    return folder
