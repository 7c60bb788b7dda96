"""One trainer at a time; a killed one leaves the champion serving and the next run completes."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from offtrail.api import pipeline
from offtrail.api.schedule.lease import Lease
from offtrail.api.schedule.runs import Runs
from offtrail.api.schedule.trainer import run_if_due
from offtrail.graph.errors import StoreUnavailable
from offtrail.models import retrain
from offtrail.models.calls import Call, catalogue
from offtrail.models.config import Config
from offtrail.models.registry import Registry
from offtrail.models.serving import serving

SMALL = Config(parties=4, trees=30, heads=1, head_epochs=5)


def _train(url: str, models: Path) -> list[str]:
    """The steps that were told."""
    told: list[str] = []
    with pipeline.opened(url) as store:
        now, heard = int(time.time()), lambda run: told.append(run.status)
        run_if_due(store, Registry(models), now, force="full", config=SMALL, told=heard)
    return told


def _status(url: str) -> str:
    with pipeline.opened(url) as store:
        runs = Runs(store).all()
        return runs[0].status if runs else ""


def _await(url: str, status: str, process: multiprocessing.process.BaseProcess) -> None:
    for _ in range(4800):
        if _status(url) == status:
            return
        assert process.is_alive(), f"ended before {status}"
        time.sleep(0.05)
    raise AssertionError(f"no {status} in four minutes")


def _expire(url: str) -> None:
    """What a minute of silence does to the lease of a process that died."""
    with pipeline.opened(url) as store:
        held = store.get("lease", "training")
        assert held is not None
        store.put("lease", "training", {**held, "until": 0.0})


def test_a_lease_has_one_owner_until_it_is_silent(own: str):
    with pipeline.opened(own) as store:
        first, second = Lease(store, "first"), Lease(store, "second")
        assert first.take()
        assert not second.take()
        _expire(own)
        assert second.take()
        assert not first.take()
        second.release()
        assert first.take()


def test_a_beat_that_the_store_did_not_hear_gives_the_lease_up(own: str, monkeypatch):
    with pipeline.opened(own) as store:
        lease = Lease(store, "first", seconds=0.2)
        assert lease.take()
        with lease.held() as lost:

            def down(*_: object) -> None:
                raise StoreUnavailable("gone")

            monkeypatch.setattr(type(store), "get", down)
            assert lost.wait(10)
            monkeypatch.undo()


def test_a_busy_trainer_is_left_alone(own: str, tmp_path: Path):
    with pipeline.opened(own) as store:
        assert Lease(store, "another").take()
        assert run_if_due(store, Registry(tmp_path), int(time.time()), force="full") is None


def test_a_small_account_trains_nothing(own: str, tmp_path: Path):
    with pipeline.opened(own) as store:
        run = run_if_due(store, Registry(tmp_path), int(time.time()))
        assert run is not None
        assert run.status == "not-due"
        assert "shipped weights serve" in run.because


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["training", "gating"])
def test_killed_while_it_works_the_champion_serves_and_the_next_run_completes(
    own: str, tmp_path: Path, moment: str
):
    models = tmp_path / "models"
    before = serving(Registry(models))
    process = multiprocessing.get_context("spawn").Process(target=_train, args=(own, models))
    process.start()
    _await(own, moment, process)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert serving(Registry(models)) == before
    _expire(own)
    assert _train(own, models) == ["training", "gating"]
    with pipeline.opened(own) as store:
        latest, dead = Runs(store).all()[:2]
    assert dead.status == "interrupted"
    assert latest.status in ("promoted", "refused")
    assert latest.gate is not None


@pytest.mark.slow
def test_a_poisoned_candidate_is_refused(own: str, tmp_path: Path):
    flipped = [
        Call("benign" if call.label == "attack" else "attack", *call[1:]) for call in catalogue()
    ]
    registry = Registry(tmp_path / "models")
    before = serving(registry)
    with pipeline.opened(own) as store:
        span = store.span()
        assert span is not None
        asked = retrain.task(store, span.end, 30)
    learned = retrain.retrain(asked, registry, SMALL, calls=flipped)
    assert learned.entry.state == "refused"
    assert "above H" in learned.entry.note
    assert serving(registry) == before
