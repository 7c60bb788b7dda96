"""What a score is worth: conformal p-values against benign error edges of the same stratum."""

import msgspec

from offtrail.models.features import AT, Features

ENOUGH = 500  # benign error edges of a stratum below which nothing is claimed
YOUNG = 7 * 24.0  # hours of age below which a principal is young
STEP = 64  # a score is kept to 1/64


class Calibration(msgspec.Struct, array_like=True):
    """Scores of error edges that were not alerted, by stratum, as counts by rounded score."""

    strata: dict[str, dict[int, int]] = msgspec.field(default_factory=dict)

    def learn(self, stratum: str, score: float) -> None:
        """Count one benign error edge."""
        counts = self.strata.setdefault(stratum, {})
        step = round(score * STEP)
        counts[step] = counts.get(step, 0) + 1

    def p_value(self, stratum: str, score: float) -> float | None:
        """Share of benign edges that score as high, (1 + k) / (1 + n); None if uncalibrated.

        Conformal p-value (Vovk, Gammerman and Shafer 2005): valid while benign edges of a stratum
        are exchangeable.
        """
        counts = self.strata.get(stratum, {})
        known = sum(counts.values())
        if known < ENOUGH:
            return None
        at_least = sum(n for step, n in counts.items() if step >= round(score * STEP))
        return (1 + at_least) / (1 + known)


def stratum(features: Features, row: int) -> str:
    """Account, identity type, error class and age: what an error edge is compared within."""
    call = features.rows[row]
    age = "young" if features.matrix[row, AT["principal_age"]] < YOUNG else "old"
    return f"{call.account}/{call.kind}/{call.error_class}/{age}"
