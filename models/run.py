"""One scoring run: hours in order, what passes the budget into the ledger, findings out of it."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from offtrail.graph.store import GraphStore
from offtrail.graph.window import DAY, HOUR, Window
from offtrail.models import checkpoint, feedback, findings
from offtrail.models.asof import features
from offtrail.models.budget import A_DAY, FLOOR, passed
from offtrail.models.calibration import Calibration
from offtrail.models.checkpoint import Head, Progress
from offtrail.models.company import heard
from offtrail.models.counts import Counts
from offtrail.models.episodes import Episode, Key
from offtrail.models.errors import Overtaken
from offtrail.models.features import Features
from offtrail.models.finding import Finding
from offtrail.models.judgement import Candidate, Judgement
from offtrail.models.ledger import Ledger
from offtrail.models.quarantine import held, learnable
from offtrail.models.rows import Row, rows
from offtrail.models.scorer import Fitted

LINKED = ":role/aws-service-role/"
"""The path that IAM reserves for the roles of AWS services."""


def ranks(row: Row) -> bool:
    """True for an error of a person or a role: AWS services are learned from and never ranked."""
    return row.code != "" and row.kind != "service" and LINKED not in row.principal


class Options(NamedTuple):
    """What a run is asked for beside its window."""

    opened: Callable[[list[Row]], Fitted] = lambda history: Counts()
    history_days: int = 0  # days of activities before the first scored hour that ``opened`` wants
    model: str = "H"  # names what is opened: under another name everything is scored anew
    a_day: int = A_DAY
    floor: float = FLOOR

    @property
    def name(self) -> str:
        """What a state that is kept may be used for."""
        return f"{self.model}/{self.a_day}/{self.floor}"


class Hour(NamedTuple):
    """The activities of one hour, as rows and as the table that they were read from."""

    number: int
    rows: list[Row]
    table: pa.Table


class Run:
    """What a run knows of earlier ones, and what it adds."""

    def __init__(self, store: GraphStore, options: Options, until: int, since: int) -> None:
        self._store, self._options = store, options
        self._until, self._since = until, since
        self._revision = store.revision()  # before anything is read: later writes come again
        self._findings = findings.stored(store)
        self._cases = {case.finding: case for case in feedback.cases(store)}
        self._ledger = Ledger.load(store)
        ordered = sorted(self._findings.values(), key=lambda found: found.opened, reverse=True)
        self._open = {f.principal: f.id for f in ordered if f.status == "open"}  # the earliest
        self._pairs = {
            (edge.principal, edge.api): f.id
            for f in ordered
            if f.status == "open"
            for edge in f.edges
        }
        self._changed: set[str] = set()
        self._fitted: Fitted = Counts()

    def go(self, start: int) -> None:
        """Score every hour that must be, and keep the state for the next run.

        Raises:
            Overtaken: another run wrote its state meanwhile; nothing was written.
        """
        found = checkpoint.resume(
            self._store,
            model=self._options.name,
            since=self._since,
            held=held(self._ledger, self._cases),
            until=self._until,
        )
        begin, progress = found or (start // HOUR * HOUR, Progress(self._store))
        if begin >= self._until:
            return
        self._strike(begin)
        self._fitted = self._options.opened(self._history(begin))
        closed = self._until // HOUR * HOUR
        for day in Window(begin, closed).days():
            self._through(day, progress)
        if closed > begin:
            if not progress.claim():
                raise Overtaken("another run scored the same hours first")
            self._ledger.save(self._store)
            progress.save(self._head(closed, progress))
        self._through(Window(max(begin, closed), max(begin, self._until)), progress)
        self._ledger.save(self._store)

    def publish(self) -> list[Finding]:
        """Put together what changed, store it, mark the graph; all findings, strongest first."""
        cases = [self._cases[id] for id in sorted(self._cases)]
        words = {"cases": msgspec.json.decode(msgspec.json.encode(cases))}  # as a store gives it
        if self._store.get("scoring", "words") != words:
            self._changed |= set(self._open.values())
        for id in sorted(self._changed):
            episodes = self._ledger.of_finding(id)
            before = self._findings.get(id)
            if episodes:
                self._findings[id] = self._kept(id, episodes, cases)
            elif before and (id not in self._cases or self._open.get(before.principal) != id):
                del self._findings[id]  # late events left it no episode, or moved them to another
                self._store.delete(findings.KIND, id)
        self._store.put("scoring", "words", words)
        return findings.marked(self._store, self._findings.values(), self._options.a_day)

    def _kept(self, id: str, episodes: list[Episode], cases: Sequence[feedback.Case]) -> Finding:
        """Put a finding together over what is stored now: a word given meanwhile stays."""
        while True:
            body = self._store.get(findings.KIND, id)
            before = msgspec.convert(body, Finding) if body else None
            made = findings.assembled(self._store, episodes, before, cases, self._until)
            if self._store.put_if(findings.KIND, id, msgspec.to_builtins(made), body):
                return made

    def _history(self, begin: int) -> list[Row]:
        """What the scorer itself wants to know; none where features are enough."""
        if not self._options.history_days:
            return []
        since = max(0, begin - self._options.history_days * DAY)
        past = rows(self._store.activities(Window(since, max(since, self._until))))
        return learnable(past, held(self._ledger, self._cases))

    def _strike(self, begin: int) -> None:
        """Episodes that will be judged again leave the ledger; those of closed findings stay."""
        again = [
            episode
            for episode in self._ledger
            if begin <= episode.hour * HOUR < self._until and not self._closed(episode)
        ]
        self._ledger.drop(episode.key for episode in again)
        self._changed |= {episode.finding for episode in again}

    def _closed(self, episode: Episode) -> bool:
        finding = self._findings.get(episode.finding)
        return finding is not None and finding.status == "closed"

    def _through(self, window: Window, progress: Progress) -> None:
        if window.end <= window.start:
            return
        for hour in _hours(self._store.activities(window), self._until):
            self._hour(hour, progress)
        progress.state.advance([], max(window.end, progress.state.clock))

    def _hour(self, hour: Hour, progress: Progress) -> None:
        """Score an hour, alert what passes, and learn the rest of it."""
        self._watch(hour.rows)
        settled = [e for e in self._ledger.of_day(hour.number // 24) if e.hour == hour.number]
        kept = learnable(hour.rows, held(settled, self._cases))
        asked = [at for at, row in enumerate(hour.rows) if ranks(row)]
        progress.begin(hour.number, hour.rows)
        known = features(kept, [hour.rows[at] for at in asked], progress.state)
        progress.learn(kept)
        if asked:
            judgement = self._judged(known)
            candidates = judgement.candidates()
            for episode in settled:
                candidates.pop(episode.key, None)
            alerted = self._passed(hour.number, candidates)
            for key in alerted:
                self._alert(judgement, candidates.pop(key), hour, asked, progress.calibration)
            for key in sorted(candidates):
                judgement.learn(candidates[key], progress.calibration)
            if alerted:
                progress.relearn(learnable(kept, set(alerted)))
        progress.keep()

    def _watch(self, calls: list[Row]) -> None:
        """A finding is put together again where one of its pairs calls: a retry, a beat."""
        seen = {(row.principal, row.api) for row in calls}
        self._changed |= {self._pairs[pair] for pair in seen & self._pairs.keys()}

    def _judged(self, known: Features) -> Judgement:
        scores = heard(known.rows, self._fitted.score(known))
        return Judgement(known, scores, list(self._cases.values()), self._options.model)

    def _passed(self, hour: int, candidates: dict[Key, Candidate]) -> list[Key]:
        if hour * HOUR < self._since:
            return []
        recent = self._ledger.day_before(hour)
        return passed(candidates, recent, self._options.a_day, self._options.floor)

    def _alert(
        self,
        judgement: Judgement,
        candidate: Candidate,
        hour: Hour,
        asked: list[int],
        calibration: Calibration,
    ) -> None:
        key = candidate.key
        finding = self._open.setdefault(key.principal, findings.name(key.principal, key.hour))
        taken = hour.table.take([asked[at] for at in candidate.rows]).to_pylist()
        records = dict(zip(candidate.rows, taken, strict=True))
        self._ledger.add(judgement.episode(candidate, records, calibration, finding))
        self._changed.add(finding)

    def _head(self, boundary: int, progress: Progress) -> Head:
        out = held(self._ledger, self._cases)
        return Head(
            boundary,
            self._revision,
            self._options.name,
            self._since,
            tuple(sorted(key for key in out if key.hour * HOUR < boundary)),
            boundary // HOUR - checkpoint.DAYS * 24,
            progress.calibration,
        )


def ended(store: GraphStore) -> bool:
    """Whether a run came to its end."""
    return store.get("scoring", "words") is not None


def _hours(table: pa.Table, until: int) -> Iterator[Hour]:
    """The hours of a table, in order, with the activities that began before ``until``."""
    begun = table.filter(pc.less(table.column("first"), until))
    for number in sorted(pc.unique(begun.column("hour")).to_pylist()):
        of_hour = begun.filter(pc.equal(begun.column("hour"), number))
        yield Hour(number, rows(of_hour), of_hour)
