"""H, the count scorer: denied, an API that few principals call, and that this one never called."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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
        rare = 1.0 - rows.column("api_tried_share")
        never = NEVER_CALLED * (rows.column("pair_hours") == 0)
        names = ("denied", "rare-api", "never-called")
        return Scores(grained([denied, rare, never]), names, lambda row: because(rows, row))


def because(rows: Features, row: int) -> tuple[str, str, str]:
    """Why each term of H is what it is, with the counts behind it."""
    call, known = rows.rows[row], rows.matrix[row]
    hours = int(known[AT["pair_hours"]])
    succeeded = "with success" if known[AT["pair_called"]] else "never with success"
    return (
        f"the call ended with {call.code}, "
        + ("a denial" if known[AT["denied"]] else "which is not a denial"),
        _compared(call.api.removeprefix("api:"), known),
        f"this principal called it before, in {hours} hour{'s' * (hours != 1)}, {succeeded}"
        if hours
        else "this principal never called it before",
    )


def _compared(api: str, known: NDArray[np.float32]) -> str:
    """How many called the API before; with nobody else in the account, that nothing is compared."""
    triers, callers = int(known[AT["api_triers"]]), int(known[AT["api_callers"]])
    people, itself = int(known[AT["account_principals"]]), known[AT["principal_hours"]] > 0
    if people <= itself:
        return (
            "no other principal was seen in the account before: there is nobody to compare with,"
            " and rarity says little"
        )
    who = "principals" if people > 1 else "principal"
    return f"{triers} of the {people} {who} seen in the account called {api} before" + (
        f", {callers} with success" if triers else ""
    )
