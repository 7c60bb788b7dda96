"""Every scorer in the catalogue keeps every promise of a scorer."""

import importlib.util
from pathlib import Path

import pytest

from offtrail.models.catalogue import CATALOGUE, scorer
from offtrail.models.errors import UnknownScorer

_spec = importlib.util.spec_from_file_location(
    "scorer_checks", Path(__file__).with_name("scorer_checks.py")
)
assert _spec is not None
assert _spec.loader is not None
checks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(checks)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.scorer.name)
def test_a_scorer_keeps_its_promises(entry, check, reduced):
    check(entry.scorer, reduced)


def test_every_scorer_has_a_name_of_its_own():
    names = [entry.scorer.name for entry in CATALOGUE]
    assert len(set(names)) == len(names)
    assert scorer("H").name == "H"


def test_an_unknown_scorer_is_refused_with_the_names_there_are():
    with pytest.raises(UnknownScorer, match="H, "):
        scorer("nothing")
