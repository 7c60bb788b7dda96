"""``offtrail evaluate`` and ``simulate`` take lists as one would write them."""

from click.testing import CliRunner

from offtrail.api.spread import spread
from offtrail.api.verbs.evaluate import evaluate
from offtrail.api.verbs.simulate import simulate


def test_a_listed_option_takes_every_word_up_to_the_next_option():
    said = ["--background", "a", "b", "--attacks", "c", "--seeds", "3", "--shams", "d", "e"]
    assert spread(said, ("--background", "--attacks", "--shams")) == [
        *("--background", "a", "--background", "b", "--attacks", "c"),
        *("--seeds", "3", "--shams", "d", "--shams", "e"),
    ]


def test_a_file_that_is_not_there_is_named():
    answer = CliRunner().invoke(evaluate, ["--background", "none.json", "--attacks", "x"])
    assert answer.exit_code == 2
    assert "none.json" in answer.output


def test_attacks_are_named_one_after_the_other_behind_the_folder():
    for words, unknown in (
        (["out", "--attack", "x", "y", "--days", "1"], "x, y"),
        (["--attack", "x", "out"], "x"),
    ):
        answer = CliRunner().invoke(simulate, words)
        assert answer.exit_code == 2
        assert f"no attack {unknown};" in answer.output
