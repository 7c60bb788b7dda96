"""The shipped weights, for accounts too small to train: made again bit for bit by ``make weights``.

python -m offtrail.models.benchmark.ship --background FILE... --simulated FOLDER --out FOLDER
"""

import argparse
import hashlib
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path

import msgspec

from offtrail.models.artefact import save
from offtrail.models.benchmark.load import activities, files_of, sha256
from offtrail.models.calls import catalogue
from offtrail.models.config import Config
from offtrail.models.fusion import fit
from offtrail.models.rows import Row, rows

APART = ("111122223333", "222233334444")
"""The simulator's first account is renamed, since a background may bear the same placeholder."""


def ship(background: Sequence[Path], simulated: Path, out: Path) -> None:
    """Fit on real backgrounds and the simulator's benign life; write the artefact and its card."""
    config = Config()
    real = [row for path in background for row in rows(activities([path]))]
    made = [_apart(row) for row in rows(activities([simulated]))]
    model = fit([*real, *made], catalogue(), config)
    save(model, out)
    card = {
        "id": "shipped",
        "for": "accounts below the floor of local training",
        "learned_from": {file.name: sha256(file) for path in background for file in files_of(path)},
        "simulated": {"activities": len(made), "sha256": _all(simulated)},
        "catalogue_calls": len(catalogue()),
        "config": msgspec.to_builtins(config),
        "libraries": {
            name: importlib.metadata.version(name) for name in ("botocore", "lightgbm", "torch")
        },
        "files": {file.name: sha256(file) for file in sorted(out.iterdir()) if file != out / CARD},
    }
    (out / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(card)) + b"\n")


CARD = "card.json"


def _apart(row: Row) -> Row:
    old, new = APART
    return row._replace(
        account=row.account.replace(old, new), principal=row.principal.replace(old, new)
    )


def _all(folder: Path) -> str:
    names = [f"{file.name} {sha256(file)}" for file in files_of(folder)]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def main() -> None:
    """The command of the first line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--background", nargs="+", type=Path, required=True)
    parser.add_argument("--simulated", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    ship(asked.background, asked.simulated, asked.out)


if __name__ == "__main__":
    main()
