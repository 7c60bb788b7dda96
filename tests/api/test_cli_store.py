"""A store that is not there is said, never made by a question."""

from pathlib import Path

import pytest

from offtrail.api.main import main


@pytest.mark.parametrize(
    "verb", [["findings"], ["score"], ["store", "check"], ["entities", "x"], ["models", "list"]]
)
def test_a_misspelt_store_is_no_account_without_findings(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nope.db"
    with pytest.raises(SystemExit) as end:
        main(["--store", f"sqlite:///{path}", *verb])
    assert not path.exists()
    assert end.value.code == (0 if verb[0] == "models" else 3)
    if verb[0] != "models":
        assert "ingest" in capsys.readouterr().err


def test_ingest_makes_a_store_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], trail: Path
) -> None:
    store = f"sqlite:///{tmp_path}/new.db"
    with pytest.raises(SystemExit) as end:
        main(["--store", store, "ingest", str(trail), "--quarantine", str(tmp_path)])
    assert end.value.code == 0
    assert "Next: offtrail score" in capsys.readouterr().out
