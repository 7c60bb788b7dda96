"""The two scorers that attackers meet: H alone, and a fusion learned from the life before."""

from offtrail.models import fusion
from offtrail.models.calls import catalogue
from offtrail.models.config import Config
from offtrail.models.counts import Counts
from offtrail.models.rows import Row
from offtrail.models.run import Options
from tests.robustness import attack
from tests.robustness.world import World

PARTIES = 8
MOST = 30  # different calls of any attack


def h() -> Options:
    """The counts alone."""
    return Options(opened=lambda history: Counts(), model="H")


def fused(history: list[Row], world: World) -> Options:
    """Learned before anything is scored; it is never taught an API that the attacks call."""
    attacked = {call.api for call in attack.calls(max(MOST, world.slow))}
    config = Config(parties=PARTIES, encoder=False)
    model = fusion.fit(history, catalogue(), config, keep=lambda api: api not in attacked)
    return Options(opened=lambda past: model.on(past), model="fusion")
