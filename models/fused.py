"""The fusion as a scorer of the catalogue: learned from the past, asked about what follows."""

from typing import TYPE_CHECKING

import pyarrow as pa

from offtrail.models.config import Config
from offtrail.models.counts import Counts
from offtrail.models.features import Features
from offtrail.models.rows import rows
from offtrail.models.scorer import Fitted

if TYPE_CHECKING:
    from offtrail.models.fusion import Model


class Fused:
    """``H + .15 clip6(tree) + .15 clip6(heads)``; by a given model, or by one learned here."""

    name = "offtrail"
    history_days = 30

    def __init__(self, config: Config | None = None, model: "Model | None" = None) -> None:
        self._config, self._model = config or Config(), model

    def fit(self, features: Features, history: pa.Table) -> Fitted:
        """Learn from activities up to the last past error; with none H alone can be asked."""
        from offtrail.models import fusion  # torch takes seconds to import
        from offtrail.models.calls import catalogue

        told = rows(history)
        if self._model is not None:
            return fusion.Asked(self._model, told)
        cut = max((row.second for row in features.rows), default=0)
        past = [row for row in told if row.second < cut]
        if not past:
            return Counts()
        return fusion.fit(past, catalogue(), self._config).on(told)
