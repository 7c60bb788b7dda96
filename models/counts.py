"""H, the count scorer: denied, an API that few principals call, and that this one never called."""

import pyarrow as pa

from offtrail.models.features import AT, Features
from offtrail.models.scorer import Fitted, Scores, grained

DENIED = 2.0
NEVER_CALLED = 0.5


class Counts:
    """``H = 2 [denied] + (1 - share of principals that call the API) + .5 [never called it]``."""

    name = "H"
    history_days = 0

    def fit(self, features: Features, history: pa.Table) -> Fitted:
        """Nothing to learn: the weights are fixed, the counts are in the features."""
        return self

    def score(self, rows: Features) -> Scores:
        denied = DENIED * rows.column("denied")
        rare = 1.0 - rows.column("api_share")
        never = NEVER_CALLED * (1.0 - rows.column("pair_called"))
        names = ("denied", "rare-api", "never-called")
        return Scores(grained([denied, rare, never]), names, lambda row: because(rows, row))


def because(rows: Features, row: int) -> tuple[str, str, str]:
    """Why each term of H is what it is, with the counts behind it."""
    call, known = rows.rows[row], rows.matrix[row]
    callers, people = int(known[AT["api_callers"]]), int(known[AT["account_principals"]])
    hours = int(known[AT["pair_hours"]])
    called = bool(known[AT["pair_called"]])
    return (
        f"the call ended with {call.code}, "
        + ("a denial" if known[AT["denied"]] else "which is not a denial"),
        f"{callers} of the {people} principals seen in the account called {call.api} before",
        f"this principal called it with success before, in {hours} hours"
        if called
        else "this principal never called it with success before",
    )
