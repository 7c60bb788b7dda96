"""The fusion: its terms are H's and two bounded learned ones; a kept model scores the same."""

import json
import re

import numpy as np
import pytest

from offtrail.models import artefact, fusion, reasons
from offtrail.models.asof import features
from offtrail.models.calls import catalogue
from offtrail.models.config import Config
from offtrail.models.errors import ModelIncompatible
from offtrail.models.features import FEATURES
from offtrail.models.inputs import CHOSEN
from offtrail.models.rows import Row

DAY = 86_400
ACCOUNT = "111122223333"


def life():
    """Three days of six users, each with an error now and then."""
    made = []
    for day in range(3):
        for at in range(6):
            who = f"arn:aws:iam::{ACCOUNT}:user/u{at}"
            for hour in range(8, 18):
                second = DAY * (20_000 + day) + hour * 3600 + at * 60
                api = ("api:s3:GetObject", "api:ec2:DescribeInstances", "api:s3:PutObject")[
                    hour % 3
                ]
                made.append(Row(second, ACCOUNT, who, "user", api, "", "", f"ip:198.51.100.{at}"))
                if hour == 9 + at:
                    made.append(
                        made[-1]._replace(
                            second=second + 5, code="NoSuchKey", error_class="not-found"
                        )
                    )
    return made


SMALL = Config(seed=3, parties=4, trees=20, heads=2, head_epochs=4)


@pytest.fixture(scope="module")
def past():
    return life()


@pytest.fixture(scope="module")
def model(past):
    return fusion.fit(past, catalogue(), SMALL)


@pytest.fixture(scope="module")
def asked(past):
    who = past[-1]
    second = past[-1].second + 3600
    rows = [
        who._replace(second=second, api=api, code="AccessDenied", error_class="denied")
        for api in ("api:iam:CreateUser", "api:s3:GetObject", "api:newservice:CreateThing")
    ]
    return features(past, rows)


def test_the_terms_are_those_of_h_and_two_learned_ones_within_their_bounds(model, asked):
    scores = model.on(()).score(asked)
    assert scores.names == ("denied", "rare-api", "never-called", "tree", "network")
    assert np.array_equal(scores.terms.sum(1), scores.values)
    assert np.abs(scores.terms[:, 3:]).max() <= 0.15 * 6
    assert all(term.because for term in scores.explain(0))


def test_the_parts_of_the_tree_s_sentence_add_up_to_its_term(model, asked):
    scores = model.on(()).score(asked)
    for row in range(len(asked.rows)):
        term = scores.explain(row)[3]
        parts = [float(part) for part in re.findall(r"\(([+-]\d\.\d\d)\)", term.because)]
        assert len(parts) == reasons.MOST + 2
        assert sum(parts) == pytest.approx(float(f"{term.value:.2f}"), abs=0.011)
        assert "not:" not in term.because
        assert "log odds" not in term.because


def test_every_flag_that_the_tree_sees_has_words_for_its_absence():
    flags = {feature.name for feature in FEATURES if feature.form == "flag"}
    assert reasons.ABSENT.keys() == flags & set(CHOSEN)


def test_an_attack_like_denial_scores_above_a_denial_of_what_everyone_does(model, asked):
    values = model.on(()).score(asked).values
    assert values[0] > values[1]


def test_training_twice_gives_the_same_model(model, past, asked):
    again = fusion.fit(past, catalogue(), SMALL)
    assert np.array_equal(again.on(()).score(asked).terms, model.on(()).score(asked).terms)


@pytest.mark.parametrize("changes", [{}, {"encoder": True}, {"knowledge": False}, {"heads": 0}])
def test_a_kept_model_scores_the_same(changes, past, asked, tmp_path):
    made = fusion.fit(
        past, catalogue(), Config(**{"parties": 2, "trees": 5, "head_epochs": 2} | changes)
    )
    artefact.save(made, tmp_path / "m")
    again = artefact.load(tmp_path / "m")
    assert np.array_equal(made.on(past).score(asked).terms, again.on(past).score(asked).terms)


def test_two_towers_and_the_encoder_are_one_code_path(past, asked):
    small = {"parties": 2, "heads": 1, "head_epochs": 2, "pretext_epochs": 1, "encoder": True}
    deaf, hearing = (fusion.fit(past, catalogue(), Config(**small, layers=n)) for n in (0, 1))
    assert sum(p.numel() for p in deaf.encoder.parameters()) < sum(
        p.numel() for p in hearing.encoder.parameters()
    )
    assert not np.array_equal(deaf.on(past).score(asked).terms, hearing.on(past).score(asked).terms)


def test_equal_models_give_equal_bytes_and_no_pickle(model, past, tmp_path):
    for name, one in (("a", model), ("b", fusion.fit(past, catalogue(), SMALL))):
        artefact.save(one, tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert {name.split(".")[-1] for name in names} <= {"json", "safetensors", "txt", "tsv"}
    assert sum(path.stat().st_size for path in (tmp_path / "a").iterdir()) < 2_000_000
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_model_of_other_features_is_refused(model, tmp_path):
    artefact.save(model, tmp_path)
    told = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(told | {"features": "0"}))
    with pytest.raises(ModelIncompatible, match="train it again"):
        artefact.load(tmp_path)
    with pytest.raises(ModelIncompatible, match="no model"):
        artefact.load(tmp_path / "nothing")


def test_apis_that_may_not_be_learned_from_are_not(past):
    drawn = fusion.prepare(past, catalogue(), SMALL)
    kept = fusion.learn(drawn, catalogue(), SMALL, lambda api: api.startswith("api:iam:"))
    assert {call.api.split(":")[1] for call in kept.attacks} == {"iam"}
