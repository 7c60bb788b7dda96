"""The one place that joins the verbs: both faces call it, and nothing else below them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from offtrail.api import entities, lists, totals, when
from offtrail.api.errors import NotFound, Removed
from offtrail.api.objects import (
    LAYERS,
    Descent,
    EntityPage,
    FindingPage,
    Investigation,
    Layer,
    Profile,
    Prunable,
    Revocation,
    Scored,
    Subgraph,
)
from offtrail.api.times import now as this_second
from offtrail.graph.store import Check, GraphStore
from offtrail.graph.window import Window
from offtrail.ingest.report import IngestReport
from offtrail.models.finding import Accounts, Finding, Verdict, VerdictWord

if TYPE_CHECKING:
    from offtrail.api.news import Unheard


@contextmanager
def opened(url: str) -> Iterator[GraphStore]:
    """The store of that URL, closed at the end.

    Raises:
        BadStoreUrl: no such form of URL. StoreUnavailable, StoreIncompatible: see GraphStore.
    """
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def open_store(url: str) -> GraphStore:
    """The store of that URL, to be closed by the caller."""
    from offtrail.graph.open import open_store as open_

    return open_(url)


def ingest(
    store: GraphStore,
    sources: Sequence[object],
    *,
    processes: int = 1,
    quarantine: Path = Path("quarantine"),
    **more: object,
) -> IngestReport:
    """Read sources into the store, once each; what became of every record."""
    from offtrail.ingest.progress import Progress
    from offtrail.ingest.run import ingest as run

    progress = Progress()
    try:
        report = run(
            sources,  # type: ignore[arg-type]
            store.write,  # type: ignore[arg-type]
            store.files,
            processes=processes,
            quarantine=quarantine,
            show=progress.show,
            **more,  # type: ignore[arg-type]
        )
    finally:
        progress.close()
    totals.add(store, report)
    return report


def receive(store: GraphStore, body: bytes, quarantine: Path) -> IngestReport:
    """The same for a body of CloudTrail records, known again by its hash."""
    from offtrail.api.received import UNPACKED, source_of
    from offtrail.ingest.partial import Settings

    limit = Settings(limit=UNPACKED, whole=UNPACKED)
    return ingest(store, [source_of(body)], quarantine=quarantine, settings=limit)


def lossy(report: IngestReport) -> bool:
    """Whether something was lost that a person should look at."""
    return bool(report.files.failed or sum(report.records.quarantined.values()))


def score(store: GraphStore, window: Window, models: Path | None = None) -> list[Finding]:
    """Score the window with the champion of ``models``; its findings, strongest first."""
    from offtrail.models.budget import kept
    from offtrail.models.registry import Registry
    from offtrail.models.score import score as run
    from offtrail.models.serving import options

    chosen = options(Registry(models) if models else None)
    return run(store, window, this_second(), chosen._replace(**kept(store)._asdict()))


def budget(store: GraphStore, a_day: int | None, floor: float | None) -> None:
    """Keep how many principals a day may open findings, and from which score on."""
    from offtrail.models.budget import keep

    keep(store, a_day, floor)


def scored(store: GraphStore, window: Window, models: Path | None = None) -> Scored:
    """The same, with which of the findings are new and which grew."""
    from offtrail.api.news import scored as told
    from offtrail.models.budget import kept

    before = lists.every(store)
    found = score(store, window, models)
    return told(before, found, judged_from(store), kept(store))


def unheard(store: GraphStore, reader: str) -> "list[Unheard]":
    """What a reader of news was not told yet, strongest first."""
    from offtrail.api.news import unheard as found

    return found(store, reader)


def hear(store: GraphStore, reader: str, told: "Sequence[Unheard]") -> None:
    """Keep that a reader was told."""
    from offtrail.api.news import hear as keep

    keep(store, reader, told)


def judged_from(store: GraphStore) -> str:
    """The time from which errors may open findings, "" where nothing was scored yet."""
    from offtrail.models.score import judged_from as known
    from offtrail.models.times import rfc3339

    second = known(store)
    return "" if second is None else rfc3339(second)


def findings(
    store: GraphStore,
    window: Window,
    *,
    status: str | None = None,
    principal: str | None = None,
    account: str | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> FindingPage:
    """Ranked findings, page by page."""
    return lists.page(
        store,
        window,
        status=status,
        principal=principal,
        account=account,
        limit=limit,
        cursor=cursor,
    )


def finding(store: GraphStore, id: str) -> Finding:
    """One finding.

    Raises:
        UnknownFinding: there is none of that id.
    """
    from offtrail.models.feedback import finding_of

    return finding_of(store, id)


def finding_about(store: GraphStore, text: str) -> Finding:
    """One finding, by its id or by an entity: the strongest that names it, an open one first.

    Raises:
        UnknownFinding: none of that id, and none about an entity of that name.
        Ambiguous: the text names several entities.
    """
    if text.startswith("F-") or store.get("finding", text):
        return finding(store, text)
    return lists.strongest(store, text)


def verdict(
    store: GraphStore,
    id: str,
    word: VerdictWord,
    note: str,
    who: str,
    *,
    accounts: Accounts = "own",
    until: int | None = None,
) -> Finding:
    """An analyst's word on a finding, kept with who and when; on errors before ``until``."""
    from offtrail.models.feedback import give
    from offtrail.models.times import rfc3339

    end = None if until is None else rfc3339(until)
    return give(store, id, Verdict(word, note, who, rfc3339(this_second()), accounts, end))


def undo_verdict(store: GraphStore, id: str, note: str, who: str) -> Finding:
    """Withdraw the word on a finding: it opens again."""
    from offtrail.models.feedback import undo
    from offtrail.models.times import rfc3339

    return undo(store, id, who=who, when=rfc3339(this_second()), note=note)


def blast_radius(
    store: GraphStore,
    text: str,
    start: int | None = None,
    end: int | None = None,
    *,
    hops: int = 3,
    limit: int = 500,
    layers: Sequence[Layer] = LAYERS,
) -> Subgraph:
    """What an entity touched, tried and could use; from its open finding or its last day on.

    A finding's id means its principal.

    Raises:
        NotFound, Ambiguous: the text names nothing, or several things. BadInput: see ``window``.
        Removed: a finding's principal is held no more.
    """
    from offtrail.api.blast import blast_radius as radius

    known = finding(store, text) if store.get("finding", text) else None
    if known and known.principal not in store.nodes([known.principal]):
        raise Removed(f"the calls of {text} were removed by retention, with {known.principal}")
    seed = entities.meant(store, known.principal if known else text)
    window = when.around(seed, lists.every(store), start, end)
    return radius(store, seed, window, hops=hops, limit=limit, layers=layers)


def subgraph(store: GraphStore, id: str, *, hops: int = 2, limit: int = 200) -> Subgraph:
    """A finding's edges, what stands around them, and what each is compared with."""
    from offtrail.api.around import around

    return around(store, finding(store, id), hops=hops, limit=limit)


def investigation(store: GraphStore, id: str) -> Investigation:
    """The seven questions of the investigation guide, answered for one finding."""
    from offtrail.api.investigate import investigate

    return investigate(store, finding(store, id))


def page(store: GraphStore, answered: Investigation) -> str:
    """The seven answers with a picture, as one HTML page that fetches nothing."""
    from offtrail.api.page import page as drawn

    return drawn(answered, subgraph(store, answered.finding.id))


def search(store: GraphStore, text: str, kind: str | None, limit: int) -> EntityPage:
    """Entities by any part of a name, ARN, address, key or instance id."""
    return entities.search(store, text, kind, limit)


def profile(store: GraphStore, id: str) -> Profile:
    """What is known of an entity.

    Raises:
        NotFound, Ambiguous: the id names nothing, or several things.
    """
    return entities.profile(store, entities.meant(store, id), lists.every(store))


def descent(store: GraphStore, id: str) -> Descent:
    """The tree of keys that a credential issued.

    Raises:
        NotFound: no such credential.
    """
    from offtrail.api.descent import tree

    return tree(store, entities.meant(store, id))


def revocation(store: GraphStore, text: str) -> Revocation:
    """What to revoke for a finding, or for a credential and all that it issued.

    Raises:
        UnknownFinding: no such finding, and no credential of that name.
        NotFound, Ambiguous: the text names no credential, or several.
    """
    from offtrail.api import revoke, usage

    now = this_second()
    if store.get("finding", text) is not None or text.startswith("F-"):
        answered = investigation(store, text)
        by_key = {answer.key: answer for answer in answered.answers}
        suspect = usage.suspect(answered.finding, by_key["scope"])
        found = revoke.of_finding(text, by_key["exposure"])
        return usage.with_use(store, found, now, suspect)
    key = entities.meant(store, text)
    if key.kind != "credential":
        raise NotFound(f"{key.id} is a {key.kind}: name a finding or a credential")
    return usage.with_use(store, revoke.of_credential(store, key), now)


def check(store: GraphStore) -> Check:
    """Constraints and counts of a store, with the digest of its contents."""
    return store.check()


def prunable(store: GraphStore, before: int) -> Prunable:
    """What ``prune`` would remove; nothing is."""
    from offtrail.api.prunable import prunable as count

    return count(store, before)


def prune(store: GraphStore, before: int) -> int:
    """Remove hours that end at or before a second; how many calls that removed."""
    return store.prune(before)


def window(start: int | None, end: int | None, names: tuple[str, str]) -> Window:
    """A window that may be open on either side.

    Raises:
        BadInput: it would end before it starts.
    """
    return when.window(start, end, names)
