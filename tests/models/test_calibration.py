"""A p-value is claimed only above the floor, and holds for benign edges."""

import numpy as np

from offtrail.models.calibration import ENOUGH, Calibration


def test_below_its_floor_a_stratum_is_uncalibrated():
    known = Calibration()
    for n in range(ENOUGH - 1):
        known.learn("s", n / ENOUGH)
    assert known.p_value("s", 1.0) is None
    known.learn("s", 0.5)
    assert known.p_value("s", 2.0) == 1 / (ENOUGH + 1)
    assert known.p_value("other", 2.0) is None


def test_a_benign_edge_falls_below_a_level_as_often_as_the_level_says():
    draw = np.random.default_rng(11)
    known = Calibration()
    for value in draw.normal(size=4000):
        known.learn("s", float(value))
    p_values = [known.p_value("s", float(value)) for value in draw.normal(size=4000)]
    for level in (0.01, 0.05, 0.2):
        share = np.mean([p is not None and p <= level for p in p_values])
        assert abs(share - level) < 0.02


def test_equal_scores_are_never_called_rare():
    known = Calibration()
    for _ in range(ENOUGH):
        known.learn("s", 3.5)
    assert known.p_value("s", 3.5) == 1.0
