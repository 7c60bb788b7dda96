"""The registry: one champion at any moment, whatever is killed when."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from offtrail.models.errors import (
    ModelIncompatible,
    ModelNotFound,
    ModelRefused,
    NothingToRollBack,
)
from offtrail.models.registry import Entry, Registry

PASSED = {"holds": True}


def champion(entry: Entry | None) -> str:
    return entry.id if entry else ""


def write(text: str):
    def build(folder: Path) -> None:
        (folder / "card.json").write_text(text)

    return build


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry(tmp_path / "models")
    for name in ("one", "two", "three"):
        registry.add(name, write(name))
    return registry


def test_an_empty_registry_has_no_champion(tmp_path: Path):
    assert Registry(tmp_path / "none").champion() is None


def test_a_candidate_does_not_serve_until_it_is_promoted(registry: Registry):
    assert registry.champion() is None
    registry.promote("one", {"holds": True})
    assert registry.champion() == registry.root / "one"
    assert registry.book.models["one"].state == "champion"


def test_the_champion_before_retires_and_rollback_gives_the_place_back(registry: Registry):
    registry.promote("one", PASSED)
    registry.promote("two", PASSED)
    assert registry.book.models["one"].state == "retired"
    assert champion(registry.rollback("noise")) == "one"
    assert registry.champion() == registry.root / "one"
    assert [move.action for move in registry.book.history] == ["promote", "promote", "rollback"]


def test_rolling_back_twice_goes_back_two(registry: Registry):
    for name in ("one", "two", "three"):
        registry.promote(name, PASSED)
    assert [champion(registry.rollback()) for _ in range(3)] == ["two", "one", ""]


def test_before_the_first_champion_the_shipped_weights_served(registry: Registry):
    registry.promote("one", PASSED)
    assert registry.rollback() is None
    assert registry.champion() is None
    assert registry.book.models["one"].state == "retired"
    registry.promote("two", PASSED)
    assert champion(registry.rollback()) == ""


def test_without_a_champion_there_is_nothing_to_roll_back(registry: Registry, tmp_path: Path):
    with pytest.raises(NothingToRollBack, match="the shipped weights do"):
        registry.rollback()
    with pytest.raises(NothingToRollBack):
        Registry(tmp_path / "none").rollback()
    assert not (tmp_path / "none").exists()


def test_a_refused_candidate_keeps_its_figures_and_needs_a_reason_to_serve(registry: Registry):
    registry.promote("one", PASSED)
    registry.refuse("two", {"ap": 0.1}, "worse than the champion")
    assert registry.champion() == registry.root / "one"
    assert registry.book.models["two"].gate == {"ap": 0.1}
    with pytest.raises(ModelRefused, match="a note overrides"):
        registry.promote("two", None)
    assert registry.promote("two", None, note="checked by hand").state == "champion"


def test_an_unknown_model_is_named_in_the_error(registry: Registry):
    with pytest.raises(ModelNotFound, match="ghost"):
        registry.promote("ghost", None)


def test_a_build_that_fails_leaves_no_model(registry: Registry):
    def fails(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        registry.add("four", fails)
    assert "four" not in registry.book.models
    assert registry.add("four", write("whole")).state == "candidate"
    assert [p.name for p in (registry.root / "four").iterdir()] == ["card.json"]


def _swap_for_ever(root: Path) -> None:
    registry = Registry(root)
    while True:
        registry.promote("one", PASSED)
        registry.promote("two", PASSED)


def test_killed_in_the_swap_the_registry_still_names_one_whole_champion(registry: Registry):
    registry.promote("one", PASSED)
    spawn = multiprocessing.get_context("spawn")
    for pause in (0.0, 0.003, 0.011, 0.023):
        process = spawn.Process(target=_swap_for_ever, args=(registry.root,))
        process.start()
        before = len(registry.book.history)
        while len(registry.book.history) == before:
            time.sleep(0.01)
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        champion = registry.champion()
        assert champion is not None
        assert (champion / "card.json").read_text() == champion.name
        states = [entry.state for entry in registry.book.models.values()]
        assert states.count("champion") == 1


def test_a_candidate_that_no_gate_judged_needs_a_reason_too(registry: Registry):
    with pytest.raises(ModelRefused, match="a note overrides"):
        registry.promote("one", None)


def test_promoting_by_hand_keeps_what_the_gate_measured(registry: Registry):
    registry.refuse("two", {"ap": 0.1}, "worse")
    assert registry.promote("two", None, note="checked").gate == {"ap": 0.1}


def test_promoting_the_champion_again_changes_nothing(registry: Registry):
    for name in ("one", "two", "two"):
        registry.promote(name, PASSED)
    assert champion(registry.rollback()) == "one"


def test_a_damaged_book_says_so(registry: Registry):
    (registry.root / "registry.json").write_text("{")
    with pytest.raises(ModelIncompatible, match=r"registry\.json"):
        registry.champion()
