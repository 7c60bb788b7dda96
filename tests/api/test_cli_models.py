"""``offtrail models`` and ``train`` say which model serves and where models are kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from offtrail.api.main import main
from offtrail.api.schedule import trainer
from offtrail.api.schedule.runs import Run
from offtrail.models.registry import Registry
from offtrail.models.serving import said, serving


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a verb over a folder of models: its status, and what it says."""

    def ran(*arguments: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["--models", str(tmp_path / "models"), *arguments])
        return end.value.code, *capsys.readouterr()

    return ran


def registered(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "models")
    registry.add("one", lambda folder: (folder / "card.json").write_text("{}") and None)
    registry.promote("one", {"holds": True})


def test_where_no_model_serves_a_rollback_is_refused_and_makes_no_folder(
    run: Any, tmp_path: Path
) -> None:
    code, out, err = run("models", "rollback")
    assert (code, out) == (2, "")
    assert err.startswith("offtrail: Nothing to roll back: no trained model serves")
    problem = json.loads(run("models", "rollback", "--json")[1])
    assert problem["status"] == 409
    assert not (tmp_path / "models").exists()


def test_the_first_champion_gives_its_place_back_to_the_shipped_weights(
    run: Any, tmp_path: Path
) -> None:
    registered(tmp_path)
    assert run("models", "list")[1].startswith("* one  champion")
    served = f"served by {said(serving(None)[0])}"
    assert run("models", "rollback") == (0, f"{served} again\n", "")
    listed = run("models", "list")[1]
    assert listed.startswith("  one  retired")
    assert listed.endswith(f"none of these: {served}\n")
    assert "the shipped weights (shipped-" in served


def test_without_weights_the_count_scorer_is_said_to_serve(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offtrail.models.serving.shipped", lambda: None)
    assert run("models", "list")[1] == "no trained models: served by the count scorer H\n"
    assert json.loads(run("models", "list", "--json")[1])["serving"] == "H"


def test_a_training_says_where_its_candidate_is_kept(
    run: Any, own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Run("run-1", "full", "promoted", "asked for", 0, candidate="m-1")

    def train(*_: object, told: Any, **__: object) -> Run:
        told(Run("run-1", "full", "training", "asked for", 0, until=0))
        told(Run("run-1", "full", "gating", "asked for", 0, candidate="m-1"))
        return done

    monkeypatch.setattr(trainer, "run_if_due", train)
    _, out, err = run("--store", own, "train")
    assert "promoted (why it ran: asked for)" in out
    assert f"candidate m-1, kept in {tmp_path / 'models'}" in out
    assert err.splitlines() == [
        "training (full: asked for) on what came until 1970-01-01T00:00:00Z",
        "judging m-1 on the last days",
    ]
    assert run("--store", own, "--quiet", "train")[2] == ""


def test_the_help_says_where_models_are_kept(run: Any) -> None:
    told = " ".join(run("train", "--help")[1].split())
    assert "OFFTRAIL_MODELS; FILE.models beside a SQLite store, else offtrail.models in" in told
