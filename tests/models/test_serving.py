"""Which model serves, under which name, and that what it scores is known by that name."""

import shutil
from pathlib import Path

import pytest

from offtrail.graph.window import ALWAYS, Window
from offtrail.models import serving
from offtrail.models.finding import Finding
from offtrail.models.findings import stored
from offtrail.models.registry import Registry
from offtrail.models.rows import Row
from offtrail.models.run import Options
from offtrail.models.score import score

DAY, START, NOW = 86_400, 20_454 * 86_400, 2**40


def denied(day: int, api: str) -> Row:
    who = "arn:aws:iam::111122223333:user/ana"
    row = Row(0, "111122223333", who, "user", f"api:{api}", "AccessDenied", "denied", "ip:10.0.0.1")
    return row._replace(second=START + day * DAY)


def scored_by(finding: Finding) -> dict[str, str]:
    return {edge.api: edge.scored_by for edge in finding.edges}


def test_a_finding_and_its_edges_name_the_model_that_scored_them(memory):
    memory.add([denied(0, "iam:ListUsers"), denied(9, "kms:ListKeys")])
    (found,) = score(memory, ALWAYS, NOW, Options(model="m-1"))
    assert (found.scored_by, scored_by(found)) == ("m-1", {"api:kms:ListKeys": "m-1"})
    (found,) = score(memory, ALWAYS, NOW, Options(model="m-2"))
    assert (found.scored_by, scored_by(found)) == ("m-2", {"api:kms:ListKeys": "m-2"})


def test_edges_that_another_model_scored_keep_its_name(memory):
    memory.add([denied(0, "iam:ListUsers"), denied(8, "kms:ListKeys"), denied(9, "s3:ListBucket")])
    score(memory, ALWAYS, NOW, Options(model="m-1"))
    (found,) = score(memory, Window(0, START + 9 * DAY), NOW, Options(model="m-2"))
    assert scored_by(found) == {"api:kms:ListKeys": "m-2", "api:s3:ListBucket": "m-1"}
    assert found.scored_by == found.edges[0].scored_by


def test_what_was_scored_before_models_were_named_is_readable_and_says_so(memory):
    memory.add([denied(0, "iam:ListUsers"), denied(8, "kms:ListKeys"), denied(9, "s3:ListBucket")])
    score(memory, ALWAYS, NOW)
    for (kind, _), body in memory.kept.items():
        if kind == "finding":
            forget(body)
        for episode in body.get("episodes", ()) if kind == "alerts" else ():
            forget(episode)
    (old,) = stored(memory).values()
    assert (old.scored_by, set(scored_by(old).values())) == ("", {""})
    (found,) = score(memory, ALWAYS, NOW)  # the hour that was still running is scored again
    assert scored_by(found) == {"api:kms:ListKeys": "", "api:s3:ListBucket": "H"}


def forget(body) -> None:
    """As a version left it that did not keep who scored."""
    body.pop("scored_by", None)
    for edge in body["edges"]:
        del edge["scored_by"]


def test_other_shipped_weights_have_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shipped = serving.shipped()
    assert shipped is not None
    name, folder = serving.serving(None)
    assert (name.partition("-")[0], folder) == ("shipped", shipped)
    other = shutil.copytree(shipped, tmp_path / "weights")
    monkeypatch.setattr(serving, "shipped", lambda: other)
    assert serving.serving(None)[0] == name
    (other / "card.json").write_text("{}")
    assert serving.serving(None)[0] != name


def test_what_serves_is_told_beside_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    registry = Registry(tmp_path / "models")
    told = serving.models(registry)
    assert (told.champion, told.serving) == ("", serving.serving(None)[0])
    assert serving.said(told.serving) == f"the shipped weights ({told.serving})"
    registry.add("m-1", lambda folder: (folder / "card.json").write_text("{}") and None)
    registry.promote("m-1", {"holds": True})
    told = serving.models(registry)
    assert (told.champion, told.serving, list(told.models)) == ("m-1", "m-1", ["m-1"])
    assert serving.said(told.serving) == "model m-1"
    monkeypatch.setattr(serving, "shipped", lambda: None)
    assert serving.said(serving.models(Registry(tmp_path)).serving) == "the count scorer H"
