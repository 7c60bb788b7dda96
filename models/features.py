"""The features of a call as known strictly before it: their names, forms and directions."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from offtrail.models.rows import Row

Form = Literal["flag", "share", "count", "hours", "nats"]


class Feature(NamedTuple):
    """A column. ``direction`` is what rarity does: +1 a higher value is odder, -1 a lower one."""

    name: str
    form: Form
    direction: int
    says: str


FEATURES = tuple(
    Feature(*row)
    for row in (
        ("denied", "flag", 1, "the call was denied"),
        ("authentication", "flag", 0, "the caller could not be authenticated"),
        ("not_found", "flag", 0, "the target does not exist"),
        ("throttled", "flag", 0, "the call came too often"),
        ("quota", "flag", 0, "a limit was reached"),
        ("validation", "flag", 0, "the parameters were wrong"),
        ("conflict", "flag", 0, "the target was in another state"),
        ("other_error", "flag", 0, "an error of another class"),
        ("user", "flag", 0, "the caller is an IAM user"),
        ("role", "flag", 0, "the caller is a role"),
        ("root", "flag", 0, "the caller is the root user"),
        ("other_kind", "flag", 0, "the caller is none of these"),
        ("account_principals", "count", 0, "principals seen in the account"),
        ("api_triers", "count", -1, "principals that called the API, whatever came of it"),
        ("api_tried_share", "share", -1, "share of the account's principals that did"),
        ("api_callers", "count", -1, "principals that called the API with success"),
        ("api_share", "share", -1, "share of the account's principals that called the API"),
        ("api_kind_share", "share", -1, "the same among principals of the caller's kind"),
        ("api_service_share", "share", -1, "share of the service's users that called the API"),
        ("api_failers", "count", -1, "principals that met any error at the API"),
        ("api_refused", "count", -1, "principals that were denied the API"),
        ("api_refused_share", "share", -1, "share of the account's principals denied the API"),
        ("api_hours", "count", -1, "hours in which anybody called the API"),
        ("api_error_share", "share", -1, "share of the API's calls that failed"),
        ("api_age", "hours", -1, "hours since the API was first called"),
        ("service_share", "share", -1, "share of the account's principals that use the service"),
        ("service_hours", "count", -1, "hours in which anybody used the service"),
        ("code_principals", "count", -1, "principals that met the error code anywhere"),
        ("failure_principals", "count", -1, "principals that met the code at the API"),
        ("failure_hours", "count", -1, "hours in which anybody met the code at the API"),
        ("pair_called", "flag", -1, "the principal called the API with success before"),
        ("pair_failed", "flag", -1, "the principal failed at the API before"),
        ("pair_refused", "flag", -1, "the principal was denied the API before"),
        ("pair_hours", "count", -1, "hours in which the principal called the API"),
        ("pair_calls", "count", -1, "calls of the principal to the API"),
        ("pair_error_share", "share", -1, "share of these that failed"),
        ("pair_idle", "hours", 1, "hours since the principal last called the API"),
        ("edge_hours", "count", -1, "hours in which the principal met the code at the API"),
        ("code_met", "flag", -1, "the principal met the code before, at any API"),
        ("service_called", "flag", -1, "the principal used the service with success before"),
        ("service_pair_hours", "count", -1, "hours in which the principal used the service"),
        ("principal_hours", "count", 0, "hours in which the principal was active"),
        ("principal_apis", "count", 0, "distinct APIs that the principal called with success"),
        ("principal_failing", "count", 0, "distinct (API, code) that the principal met"),
        ("principal_sources", "count", 0, "distinct sources of the principal"),
        ("principal_age", "hours", 0, "hours since the principal was first seen"),
        ("principal_idle", "hours", 1, "hours since the principal was last seen"),
        ("principal_error_share", "share", -1, "share of the principal's calls that failed"),
        ("principal_denied_share", "share", -1, "share of the principal's calls that were denied"),
        ("principal_heat", "count", 0, "recent activity, half-life a week"),
        ("principal_error_heat", "count", 0, "recent errors, half-life six hours"),
        ("burst", "count", 1, "other distinct (API, code) that failed in the last hour"),
        ("burst_denied", "count", 1, "other distinct (API, code) denied in the last hour"),
        ("hour_share", "share", -1, "share of the principal's active hours near this hour of day"),
        ("source_pair_hours", "count", -1, "hours of the principal from the source"),
        ("network_pair_hours", "count", -1, "hours of the principal from the source's network"),
        ("source_principals", "count", -1, "principals seen from the source"),
        ("network_principals", "count", -1, "principals seen from the source's network"),
        ("source_service", "flag", 0, "the source is an AWS service"),
        ("beat", "nats", -1, "how strongly the edge keeps a daily, weekly or monthly beat"),
        ("surprise", "nats", 1, "surprise at the API given the principal, backed off (B3)"),
        ("api_surprise", "nats", 1, "surprise at the API in the account"),
    )
)
"""Every column, in order. Only what the caller did and where; no id, name or agent."""

NAMES = tuple(feature.name for feature in FEATURES)
AT = {name: at for at, name in enumerate(NAMES)}
COUNTED = np.array([feature.form in ("count", "hours") for feature in FEATURES])


class Features(NamedTuple):
    """A matrix aligned to the rows that it describes; a value never depends on other rows."""

    rows: Sequence[Row]
    matrix: NDArray[np.float32]  # rows x FEATURES, raw: counts are counts, hours are hours

    def column(self, name: str) -> NDArray[np.float64]:
        """One feature of all rows."""
        return self.matrix[:, AT[name]].astype(np.float64)

    def scaled(self) -> NDArray[np.float32]:
        """The matrix for a network: log1p of counts and hours, the rest as it is."""
        scaled = self.matrix.copy()
        scaled[:, COUNTED] = np.log1p(scaled[:, COUNTED])
        return scaled

    def take(self, at: NDArray[np.int64] | Sequence[int]) -> "Features":
        """Some of the rows, in the order asked for."""
        return Features([self.rows[i] for i in at], self.matrix[np.asarray(at, dtype=np.int64)])
