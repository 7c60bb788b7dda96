"""Scoring takes the registry's champion, or H alone."""

import pytest

from offtrail.graph.window import ALWAYS
from offtrail.models import artefact, fusion
from offtrail.models.calls import catalogue
from offtrail.models.champion import options
from offtrail.models.config import Config
from offtrail.models.rows import Row
from offtrail.models.score import score

START = 20_454 * 86_400


@pytest.fixture
def trail() -> list[Row]:
    """Ten days of two users, and one that is denied on the ninth."""
    made = []
    for hour in range(240):
        for who in ("ana", "bo"):
            at = START + hour * 3600
            made.append(_call(at, who, "s3:GetObject", "NoSuchKey" if hour % 7 == 0 else ""))
    denied = [_call(START + 200 * 3600 + n, "ana", f"iam:List{n}s", "AccessDenied") for n in (1, 2)]
    return made + denied


def _call(second: int, who: str, api: str, code: str) -> Row:
    error_class = {"": "", "AccessDenied": "denied"}.get(code, "not-found")
    source = "ip:198.51.100.7"
    return Row(second, "111122223333", who, "user", f"api:{api}", code, error_class, source)


def test_without_a_champion_h_scores(memory, trail):
    memory.add(trail)
    top = score(memory, ALWAYS, 2**40, options(None))[0].edges[0]
    assert [term.name for term in top.terms] == ["denied", "rare-api", "never-called"]


@pytest.mark.slow
def test_a_champion_scores_with_its_own_terms_and_everything_anew(memory, trail, tmp_path):
    memory.add(trail)
    score(memory, ALWAYS, 2**40)
    small = Config(encoder=False, rounds=2, heads=1, head_epochs=1, trees=5)
    model = fusion.fit(trail, catalogue(), small)
    artefact.save(model, tmp_path / "m1")
    top = score(memory, ALWAYS, 2**40, options(tmp_path / "m1"))[0].edges[0]
    assert {"tree", "network"} & {term.name for term in top.terms}
    assert sum(term.value for term in top.terms) == top.score
