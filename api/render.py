"""Answers for people: the same objects as the JSON, in words, ranked, with what to do next."""

from collections.abc import Iterable, Mapping, Sequence

from offtrail.api.objects import (
    LAYERS,
    EntityPage,
    Investigation,
    Profile,
    Prunable,
    Scored,
    Subgraph,
    SubRelationship,
    Tally,
)
from offtrail.api.picture import word
from offtrail.api.questions.case import listed, many
from offtrail.api.shell import PROGRAM
from offtrail.graph.schema import label, namesake
from offtrail.graph.store import Check
from offtrail.graph.window import DAY
from offtrail.ingest.report import Files, IngestReport
from offtrail.models.calibration import ENOUGH
from offtrail.models.evidence import CONFIRMED, JUDGED_LIKE, JUDGED_SAME
from offtrail.models.finding import Edge, ErrorEdge, Finding, Verdict, kinds
from offtrail.models.serving import said
from offtrail.models.times import second_of

LISTED = 20
"""Findings that scoring prints."""
SHOWN = 12
"""Rows of a list that a person reads; all are counted, and --json has them all."""


UNCALIBRATED = (
    f"the score ranks, but fewer than {ENOUGH} benign errors of its kind are known here, so that"
    " how rare such a score is cannot be said"
)


def report(told: IngestReport) -> str:
    """What became of every record, by reason."""
    files, records = told.files, told.records
    lines = [
        f"files    {files.read:,} read, {files.skipped:,} done before, {files.failed:,} failed",
        f"records  {records.read:,} read = {records.kept:,} kept + {records.duplicate:,} duplicate"
        f" + {sum(records.skipped.values()):,} skipped"
        f" + {sum(records.quarantined.values()):,} quarantined",
    ]
    if files == Files():
        lines.append(
            "no file is there: look at the source's name, and at the dates if any were given"
        )
    for name, reasons in (("skipped", records.skipped), ("quarantined", records.quarantined)):
        lines += [f"  {name} {count:,}: {reason}" for reason, count in sorted(reasons.items())]
    lines += [f"  failed {one['source']}: {one['reason']}" for one in told.failures[:SHOWN]]
    if told.first:
        lines.append(f"time     {told.first} to {told.last}")
    if told.quarantine:
        lines.append(f"kept aside in {told.quarantine}")
    return "\n".join(lines)


def strongest(told: Scored, *, program: str = PROGRAM) -> str:
    """What a run brought, then the strongest of all; ``offtrail findings`` pages the others."""
    found = told.items
    if not found:
        return nothing(told.judged_from)
    marks = {} if told.first else dict.fromkeys(told.new, "new") | dict.fromkeys(told.grown, "grew")
    text = findings(found[:LISTED], total=len(found), program=program, marks=marks)
    more = f"\nAll of them: {program or PROGRAM} findings" if len(found) > LISTED else ""
    return ("" if told.first else _brought(told)) + _judged(told) + text + more


def _judged(told: Scored) -> str:
    """From when on, and by which budget: an error that alerted nobody may be earlier, or weaker."""
    place = "the strongest" if told.a_day == 1 else f"one of the {told.a_day:,} strongest"
    return (
        f"Judged from {told.judged_from} on, earlier calls were only learned from; an error alerts"
        f" where its principal is {place} of 24 hours, by a score of {told.floor:.2f} or more,"
        " before a retry or a beat lowers it\n"
    )


def _brought(told: Scored) -> str:
    """``New: F-1, F-2. Grew: F-3.``: what a person who read the last run has to read."""
    parts = [
        f"{word}: {listed(ids, LISTED)}"
        for word, ids in (("New", told.new), ("Grew", told.grown))
        if ids
    ]
    return (". ".join(parts) or "Nothing new, and nothing grew") + "\n"


def nothing(since: str) -> str:
    """Why there is no finding."""
    if not since:
        return "no findings: no call was scored"
    return (
        f"no findings: no failed call since {since} stands out\n"
        "Earlier calls were only learned from: a quarter of the time that is held, a week at most"
    )


def findings(
    found: Sequence[Finding],
    *,
    total: int | None = None,
    rank: int = 1,
    program: str = PROGRAM,
    marks: Mapping[str, str] | None = None,
) -> str:
    """A ranked list, a finding two lines; ``rank`` is the place of the first, ``program`` as hints
    name it, "" where none are wanted, ``marks`` a word beside some.

    What a name in many accounts fails at is told once, and of the others that it is the same.
    """
    lines = []
    told: dict[tuple[str, frozenset[Edge]], int] = {}
    for place, one in enumerate(found, rank):
        errors = kinds(one.edges)
        first = told.setdefault((namesake(one.principal), errors), place) if errors else place
        mark = "" if one.status == "open" else f" [{one.verdict.word if one.verdict else 'closed'}]"
        mark += f" [{marks[one.id]}]" if marks and one.id in marks else ""
        lines.append(f"{place:>3}. {one.score:5.2f}  {one.id}  {one.opened} to {one.last}{mark}")
        same = f"{one.principal}: the same errors as {first}"
        lines.append(f"     {one.summary if first == place else same}")
    if total is not None and total > len(found):
        lines.append(f"\n{len(found)} of {total} findings")
    lines += _calibration(found)
    waiting = [one.id for one in found if one.status == "open"]
    if program and waiting:
        lines.append(f"\nNext: {program} investigate {waiting[0]}")
    return "\n".join(lines)


def _calibration(found: Sequence[Finding]) -> list[str]:
    """One line for all findings whose score cannot be read as a rarity."""
    bare = sum(not one.calibrated for one in found)
    which = "All" if bare == len(found) else f"{bare} of these"
    return [f"\n{which} uncalibrated: {UNCALIBRATED}"] if bare else []


def finding(one: Finding, headline: str) -> str:
    """One finding with its edges and the terms of the strongest; in short first, where asked."""
    lines = [_first_line(one), one.summary]
    lines += [f"In short: {headline}"] if headline else []
    lines.append(scored_by(one))
    if not one.calibrated:
        lines.append(f"Uncalibrated: {UNCALIBRATED}")
    lines += [_verdict(one.verdict)] if one.verdict else []
    lines += ["", *_edges(one.edges)]
    return "\n".join(lines)


def scored_by(one: Finding) -> str:
    """Which model scored its strongest edge, and whether the others too."""
    if not one.scored_by:
        return "Scored by: not known, for it was scored before this was kept"
    others = sum(edge.scored_by != one.scored_by for edge in one.edges)
    rest = f"; {others} of its {len(one.edges)} edges by another" if others else ""
    return f"Scored by {said(one.scored_by)}{rest}"


def judged(one: Finding) -> str:
    """A finding whose verdict was just given, or withdrawn."""
    lines = [_first_line(one), one.summary]
    if one.verdict:
        lines += [_verdict(one.verdict), f"{_effect(one.verdict)}; 'undo' takes it back"]
    else:
        lines.append("no verdict: the finding is open")
    return "\n".join(lines)


def _effect(said: Verdict) -> str:
    """What a word does to later scores."""
    who = "this principal" + (
        ", and of those of its name in other accounts," * (said.accounts == "all")
    )
    same = f"from the next score on, such errors of {who} at these APIs score"
    if said.word == "true-positive":
        return f"{same} {CONFIRMED:.2f} higher"
    return (
        f"{same} {-JUDGED_SAME:.2f} lower, from any address, and those of others of its kind in"
        f" the account {-JUDGED_LIKE:.2f} lower"
    )


def _first_line(one: Finding) -> str:
    return f"{one.id}  {one.score:.2f}  {one.status}  opened {one.opened}"


def _verdict(said: Verdict) -> str:
    return f"verdict {said.word}{said.reach} by {said.who} at {said.when}: {said.note or 'no note'}"


def _edges(edges: Sequence[ErrorEdge]) -> list[str]:
    lines = [
        "Error edges, the strongest first; calls are counted in the hours that were alerted, and"
        ' "before" leaves out what was alerted:'
    ]
    for place, edge in enumerate(edges[:SHOWN]):
        about = f" on {edge.resource}" if edge.resource else ""
        until = f" to {edge.last}" if edge.last != edge.first else ""
        why = f" ({edge.reason})" if edge.reason else ""
        lines.append(
            f"  {edge.score:z5.2f}  {label(edge.api)}: {edge.code} x{edge.count}{about}{why}"
            f"  {edge.first}{until}"
        )
        if place == 0:
            lines += [f"         {t.value:+.2f} {t.name}: {t.because}" for t in edge.terms]
    if len(edges) > SHOWN:
        lines.append(f"  and {len(edges) - SHOWN} more")
    return lines


def investigation(answered: Investigation) -> str:
    """The finding, then the seven answers."""
    lines = [finding(answered.finding, answered.headline)]
    for compared in answered.beside[:1]:
        lines.append(f"\n{label(compared.api)} beside others:")
        lines += [f"   {said}" for said in compared.says]
        lines.append(f"   what would lower its score: {'; '.join(compared.lowers)}")
    for number, one in enumerate(answered.answers, 1):
        lines.append(f"\n{number}. {one.question}")
        if one.answer:
            lines.append(f"   {one.answer}")
        if one.cannot_tell:
            more = " more" if one.answer else ""
            lines.append(f"   cannot tell{more}: {one.cannot_tell}")
        proof = ", ".join(one.event_ids[:3])
        lines.append(f"   confidence {one.confidence}" + (f"; events {proof}" if proof else ""))
    lines += ["", "Next:", *(f"  {step}" for step in answered.next)]
    return "\n".join(lines)


def subgraph(found: Subgraph) -> str:
    """Arrows layer by layer, and what was cut."""
    kinds = {node.id: word(node) for node in found.nodes}
    lines = [
        f"{found.seed}",
        f"{found.window.start} to {found.window.end}:"
        f" {len(found.nodes)} of {found.total_nodes} nodes,"
        f" {len(found.relationships)} of {found.total_relationships} relationships",
    ]
    for layer in LAYERS:
        arrows = [arrow for arrow in found.relationships if arrow.layer == layer]
        if arrows:
            lines += ["", f"{layer} ({len(arrows)})", *(_arrow(a, kinds) for a in _some(arrows))]
        if len(arrows) > SHOWN:
            lines.append(f"  and {len(arrows) - SHOWN} more (--json has them)")
    if found.cut:
        lines += ["", "cut:"]
        lines += [f"  {c.node}: {c.kept} of {c.of} {c.type}" for c in found.cut[:SHOWN]]
    elif found.truncated:
        lines += ["", "cut: by --limit"]
    return "\n".join(lines)


def _some(arrows: Sequence[SubRelationship]) -> list[SubRelationship]:
    """SHOWN of them in their order: the first ones, but one of each relation that there is."""
    types = [arrow.type for arrow in arrows]
    first = {types.index(type) for type in types}
    places = sorted(range(len(arrows)), key=lambda place: (place not in first, place))
    return [arrows[place] for place in sorted(places[:SHOWN])]


def _arrow(arrow: SubRelationship, kinds: dict[str, str]) -> str:
    code = f" {arrow.code}" if arrow.code else ""
    target = label(arrow.target)
    said = f"  {label(arrow.source)} -{arrow.type}{code}-> {kinds.get(arrow.target, '')} {target}"
    return said + (f": {arrow.because}" if arrow.because else f"  x{arrow.count}, {arrow.last}")


def entities(found: EntityPage) -> str:
    """A line a node."""
    lines = [
        f"{one.kind:<10} {one.id}  seen {one.first} to {one.last}"
        + (f"  {one.band}" if one.band else "")
        for one in found.items
    ]
    if found.truncated:
        lines.append(f"more than {found.limit}: raise --limit or say more of the name")
    return "\n".join(lines) or "nothing found"


def profile(known: Profile) -> str:
    """All that is known of an entity."""
    one = known.entity
    older = second_of(one.first) < second_of(one.last) - known.days * DAY
    of = f" in its last {many(known.days, 'day')}" if older else ""
    failed = f"{known.errors:,} of them failed"
    lines = [
        f"{one.kind} {one.id}",
        f"seen {one.first} to {one.last}; {known.calls:,} calls{of}, {failed}",
    ]
    if known.beat:
        lines.append(known.beat)
    for name in ("apis", "failures", "sources", "peers"):
        lines += _tallies(name, getattr(known, name), known.totals.get(name, 0))
    if known.findings:
        lines.append("findings: " + ", ".join(known.findings))
    return "\n".join(lines)


def _tallies(name: str, tallies: Iterable[Tally], total: int) -> list[str]:
    shown = list(tallies)[:SHOWN]
    if not shown:
        return []
    return [f"{name} ({total}):", *(f"  {t.count:>7,}  {t.name}  last {t.last}" for t in shown)]


def check(found: Check) -> str:
    """The digest, the counts and what does not add up."""
    lines = [f"digest {found.digest}"]
    lines += [f"  {name:<12} {count:,}" for name, count in found.counts.items()]
    lines += [f"PROBLEM {problem}" for problem in found.problems] or ["no problems"]
    return "\n".join(lines)


def prunable(found: Prunable) -> str:
    """What would go, and which open findings rest on it."""
    if not found.calls:
        return f"no calls lie in hours that end by {found.before}"
    lines = [f"{found.calls:,} calls from {found.first} on, in hours that end by {found.before}"]
    if found.findings:
        named = listed(found.findings, SHOWN)
        rest = many(len(found.findings), "open finding rests", "open findings rest")
        lines.append(f"{rest} on them, in part or whole: {named}")
    return "\n".join(lines)
