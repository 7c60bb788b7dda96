"""``offtrail evaluate`` takes lists of files as one would write them."""

from click.testing import CliRunner

from offtrail.api.verbs.evaluate import evaluate, spread


def test_a_listed_option_takes_every_word_up_to_the_next_option():
    said = ["--background", "a", "b", "--attacks", "c", "--seeds", "3", "--shams", "d", "e"]
    assert spread(said) == [
        *("--background", "a", "--background", "b", "--attacks", "c"),
        *("--seeds", "3", "--shams", "d", "--shams", "e"),
    ]


def test_a_file_that_is_not_there_is_named():
    answer = CliRunner().invoke(evaluate, ["--background", "none.json", "--attacks", "x"])
    assert answer.exit_code == 2
    assert "none.json" in answer.output
