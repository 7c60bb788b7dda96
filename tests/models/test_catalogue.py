"""Every scorer in the catalogue keeps every promise of a scorer."""

import importlib.util
from pathlib import Path

import pytest

from offtrail.models.catalogue import CATALOGUE
from offtrail.models.config import Config
from offtrail.models.fused import Fused

_spec = importlib.util.spec_from_file_location(
    "scorer_checks", Path(__file__).with_name("scorer_checks.py")
)
assert _spec is not None
assert _spec.loader is not None
checks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(checks)


SCORERS = [entry.scorer for entry in CATALOGUE if entry.scorer.name != Fused.name]
SMALL = Fused(Config(parties=8, trees=20, head_epochs=4))  # the promises do not hang on size


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("scorer", [*SCORERS, SMALL], ids=lambda scorer: scorer.name)
def test_a_scorer_keeps_its_promises(scorer, check, reduced):
    check(scorer, reduced)


def test_every_scorer_has_a_name_of_its_own():
    names = [entry.scorer.name for entry in CATALOGUE]
    assert len(set(names)) == len(names)
