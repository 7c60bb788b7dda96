"""The judgement of an hour: scored error rows as episodes, with the edges of those alerted."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from offtrail.models.calibration import Calibration, stratum
from offtrail.models.edges import Record, edge_of, ranked
from offtrail.models.episodes import Episode, Key, corroborated, grouped
from offtrail.models.evidence import Facts, judged
from offtrail.models.features import Features
from offtrail.models.feedback import Case
from offtrail.models.finding import Edge, ErrorEdge
from offtrail.models.scorer import Scores


class Candidate(NamedTuple):
    """An episode before the budget: the top row of each error edge with its score, all rows."""

    key: Key
    tops: tuple[int, ...]  # strongest first
    values: tuple[float, ...]
    rows: tuple[int, ...]
    errors: frozenset[Edge]
    first: int  # second of its earliest error

    @property
    def score(self) -> float:
        """The top edge with light corroboration."""
        return corroborated(self.values)


class Judgement:
    """The error rows of an hour, what a model scored them, what analysts said of their shapes."""

    def __init__(self, known: Features, scores: Scores, cases: Sequence[Case], model: str) -> None:
        self._known, self._scores, self._cases, self._model = known, scores, cases, model
        self._values = [value + self._said(at) for at, value in enumerate(scores.values.tolist())]

    def candidates(self) -> dict[Key, Candidate]:
        """Every episode of the hour."""
        calls = ((row.second, row.principal, row.source) for row in self._known.rows)
        return {key: self._candidate(key, at) for key, at in grouped(calls).items()}

    def learn(self, candidate: Candidate, calibration: Calibration) -> None:
        """Count the error edges of an episode that was not alerted."""
        for at, value in zip(candidate.tops, candidate.values, strict=True):
            calibration.learn(stratum(self._known, at), value)

    def episode(
        self,
        candidate: Candidate,
        records: Mapping[int, Record],
        calibration: Calibration,
        finding: str,
    ) -> Episode:
        """A candidate that was alerted; ``records`` are the activities behind its rows."""
        top = candidate.tops[0]
        found = [records[at] for at in candidate.rows]
        return Episode(
            *candidate.key,
            account=self._known.rows[top].account,
            kind=self._known.rows[top].kind,
            score=candidate.score,
            p_value=calibration.p_value(stratum(self._known, top), candidate.values[0]),
            edges=tuple(ranked(self._error_edge(at, candidate, records) for at in candidate.tops)),
            sessions=_distinct(found, "session"),
            credentials=_distinct(found, "credential"),
            instances=_distinct(found, "instance"),
            finding=finding,
        )

    def _error_edge(
        self, top: int, candidate: Candidate, records: Mapping[int, Record]
    ) -> ErrorEdge:
        same = [records[at] for at in candidate.rows if self._edge(at) == self._edge(top)]
        return edge_of(same, self._scores.explain(top), self._model)

    def _edge(self, at: int) -> Edge:
        return self._known.rows[at].api, self._known.rows[at].code

    def _candidate(self, key: Key, rows: Sequence[int]) -> Candidate:
        best: dict[Edge, int] = {}
        for at in sorted(rows, key=lambda at: (-self._values[at], self._known.rows[at])):
            best.setdefault(self._edge(at), at)
        tops = tuple(best.values())
        values = tuple(self._values[at] for at in tops)
        first = min(self._known.rows[at].second for at in rows)
        return Candidate(key, tops, values, tuple(rows), frozenset(best), first)

    def _said(self, at: int) -> float:
        if not self._cases:
            return 0.0
        row = self._known.rows[at]
        shape = (
            row.account,
            row.principal,
            row.kind,
            row.api,
            row.code,
            row.error_class,
            row.second,
        )
        term = judged(Facts(*shape, self._cases))
        return term.value if term else 0.0


def _distinct(records: Sequence[Record], field: str) -> tuple[str, ...]:
    return tuple(sorted({record[field] for record in records if record[field]}))
