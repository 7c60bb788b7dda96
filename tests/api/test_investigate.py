"""The seven questions, on attacks whose answers are known."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from offtrail.api import entities, pipeline, render, revoke
from offtrail.api.errors import Ambiguous
from offtrail.api.investigate import QUESTIONS
from offtrail.api.objects import Answer, Investigation, encoded
from offtrail.api.page import page
from offtrail.graph.store import GraphStore
from offtrail.models.errors import UnknownFinding
from offtrail.models.finding import Finding, Verdict
from offtrail.models.times import rfc3339
from tests.api import alice
from tests.graph.made import partial


@pytest.fixture(scope="module")
def store(scored: Path) -> Iterator[GraphStore]:
    with pipeline.opened(f"sqlite:///{scored}") as opened:
        yield opened


def attacked(trail: Path, name: str) -> str:
    truth = json.loads((trail / "truth.json").read_text())
    return str(next(a for a in truth["attacks"] if a["name"] == name)["principals"][0])


def findings(store: GraphStore) -> tuple[Finding, ...]:
    window = pipeline.window(None, None, ("since", "until"))
    return pipeline.findings(store, window, limit=100).items


@pytest.fixture(scope="module")
def stolen(store: GraphStore, trail: Path) -> Investigation:
    """The investigation of instance credentials used from outside."""
    principal = attacked(trail, "stolen-instance-credentials")
    (finding,) = (found for found in findings(store) if found.principal == principal)
    return pipeline.investigation(store, finding.id)


def told(answered: Investigation, key: str) -> Answer:
    return next(one for one in answered.answers if one.key == key)


def test_every_finding_has_seven_answers_or_says_why_not(store: GraphStore) -> None:
    for finding in findings(store):
        answers = pipeline.investigation(store, finding.id).answers
        assert [one.key for one in answers] == [question.KEY for question in QUESTIONS]
        assert len(answers) == 7
        assert all(one.answer or one.cannot_tell for one in answers)


def test_an_entity_means_the_strongest_finding_that_names_it(own: str) -> None:
    with pipeline.opened(own) as store:
        first, *rest = findings(store)
        asked = [first.principal, *first.sources, *first.credentials, first.edges[0].api]
        assert asked[1:]
        for name in asked:
            naming = [f for f in (first, *rest) if name in entities.names(f)]
            assert pipeline.finding_about(store, name) == naming[0]
        assert pipeline.finding_about(store, first.id) == first
        pipeline.verdict(store, first.id, "benign", "", "me")
        weaker = next((f for f in rest if first.edges[0].api in entities.names(f)), first)
        assert pipeline.finding_about(store, first.edges[0].api).id == weaker.id
        for name in ("F-nope", "nothing at all", quiet(store)):
            with pytest.raises(UnknownFinding, match=name):
                pipeline.finding_about(store, name)


def test_of_several_of_one_name_the_only_one_with_a_finding_is_meant(tmp_path: Path) -> None:
    """A role of that name in every account, and its sessions, made the short name useless."""
    bob = "arn:aws:iam::444455556666:user/alice"
    trail = alice.Trail()
    trail.erring()
    for who in (bob, f"{alice.USER}-2"):
        trail.add(alice.ERRED, "s3:GetObject", principal=who)
    with pipeline.opened(f"sqlite:///{tmp_path}/a.db") as store:
        store.write(partial(trail.calls))
        one, other = alice.finding(), alice.finding(id="F-2", principal=bob)
        store.put("finding", "F-1", msgspec.to_builtins(one))
        assert pipeline.finding_about(store, "alice") == one
        with pytest.raises(Ambiguous):
            pipeline.finding_about(store, "user/alic")
        store.put("finding", "F-2", msgspec.to_builtins(other))
        with pytest.raises(Ambiguous, match="444455556666"):
            pipeline.finding_about(store, "alice")


def quiet(store: GraphStore) -> str:
    """A principal that no finding names."""
    named = set[str]().union(*map(entities.names, findings(store)))
    principals = pipeline.search(store, "arn:aws:iam", "principal", 100).items
    return next(one.id for one in principals if one.id not in named)


def test_an_answer_is_json_and_comes_back(stolen: Investigation) -> None:
    again = msgspec.json.decode(encoded(stolen))
    assert [one["key"] for one in again["answers"]] == [one.key for one in stolen.answers]
    assert again["finding"]["edges"][0]["class"]


def test_event_ids_of_an_answer_are_those_of_the_trail(stolen: Investigation, trail: Path) -> None:
    import gzip

    known = {
        record["eventID"]
        for path in trail.rglob("*.json.gz")
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]
    }
    ids = {id for one in stolen.answers for id in one.event_ids}
    assert ids
    assert ids <= known


def test_a_new_client_is_told_as_a_change(stolen: Investigation) -> None:
    change = told(stolen, "error-history").value["change"]
    assert change["new"]


def test_credentials_used_from_outside_do_not_make_the_address_ours(
    stolen: Investigation,
) -> None:
    answer = told(stolen, "address")
    assert "may be stolen" in answer.answer
    assert any(row["new_to"] for row in answer.value["sources"])


def test_a_command_never_used_before_is_said_to_be_new(stolen: Investigation) -> None:
    commands = told(stolen, "command-history").value["commands"]
    assert commands[0]["earlier_calls"] == 0
    assert "never called before" in told(stolen, "command-history").answer


def test_an_instance_is_compared_with_its_role(stolen: Investigation) -> None:
    (row, *_) = told(stolen, "instance").value["instances"]
    assert row["new_to_role"]
    assert row["roles"] == [stolen.finding.principal]


def test_the_scope_counts_what_succeeded_and_what_did_not(stolen: Investigation) -> None:
    value = told(stolen, "scope").value
    assert value["calls"] > 0
    assert value["errors"] >= sum(edge.count for edge in stolen.finding.edges)
    assert set(value["refused_apis"]) >= {edge.api for edge in stolen.finding.edges[:1]}


def test_every_key_of_the_finding_is_to_be_revoked(store: GraphStore) -> None:
    for finding in findings(store):
        exposed = told(pipeline.investigation(store, finding.id), "exposure").value["exposed"]
        assert {item["id"] for item in exposed} >= set(finding.credentials)
        assert all(item["do"] and item["because"] for item in exposed)


def test_a_finding_without_an_instance_cannot_tell(store: GraphStore, trail: Path) -> None:
    principal = attacked(trail, "leaked-key-enumeration")
    (finding,) = (found for found in findings(store) if found.principal == principal)
    answer = told(pipeline.investigation(store, finding.id), "instance")
    assert answer.cannot_tell
    assert answer.confidence == "none"


def test_the_subgraph_shows_the_edges_and_what_they_are_compared_with(
    store: GraphStore, stolen: Investigation
) -> None:
    found = pipeline.subgraph(store, stolen.finding.id)
    own = {a.target for a in found.relationships if a.source == found.seed and a.type == "FAILED"}
    assert {edge.api for edge in stolen.finding.edges} <= own
    assert any("compared with" in arrow.because for arrow in found.relationships)


def test_the_page_fetches_nothing_and_draws_a_picture(
    store: GraphStore, stolen: Investigation
) -> None:
    text = page(stolen, pipeline.subgraph(store, stolen.finding.id))
    addresses = _Addresses()
    addresses.feed(text)
    assert addresses.found == []
    drawing = text[text.index("<svg") : text.index("</svg>") + 6]
    tree = ElementTree.fromstring(drawing)  # noqa: S314 - our own drawing
    words = "".join(tree.itertext())
    assert "denied" in words
    assert "role" in words


def test_the_page_answers_before_it_compares(store: GraphStore, stolen: Investigation) -> None:
    page = pipeline.page(store, stolen)
    places = [page.index(f"<h2>{title}") for title in ("What", "Seven", "The strongest", "Error")]
    assert places == sorted(places)


def test_the_page_says_of_whom_and_until_when_a_word_speaks(
    store: GraphStore, stolen: Investigation
) -> None:
    """A page that left it out told a word for a while as one for good."""
    word = Verdict("benign", "", "ana", "2026-02-01T00:00:00Z", "all", "2026-03-01T00:00:00Z")
    judged = msgspec.structs.replace(stolen.finding, verdict=word)
    text = pipeline.page(store, msgspec.structs.replace(stolen, finding=judged))
    assert "verdict benign in all accounts until 2026-03-01T00:00:00Z by ana" in text
    plain = msgspec.structs.replace(word, accounts="own", until=None)
    judged = msgspec.structs.replace(judged, verdict=plain)
    text = pipeline.page(store, msgspec.structs.replace(stolen, finding=judged))
    assert "verdict benign by ana" in text


def test_texts_of_events_cannot_become_markup(store: GraphStore, stolen: Investigation) -> None:
    hostile = "<script>alert(1)</script>"
    edge = msgspec.structs.replace(stolen.finding.edges[0], resource=hostile)
    finding = msgspec.structs.replace(stolen.finding, edges=(edge,), summary=hostile)
    found = pipeline.subgraph(store, stolen.finding.id)
    nodes = tuple(msgspec.structs.replace(node, label=hostile) for node in found.nodes)
    text = page(
        msgspec.structs.replace(stolen, finding=finding),
        msgspec.structs.replace(found, nodes=nodes),
    )
    assert hostile not in text
    assert "&lt;script&gt;" in text


def test_a_descent_shows_who_used_each_key(store: GraphStore, stolen: Investigation) -> None:
    tree = pipeline.descent(store, stolen.finding.credentials[0])
    assert tree.root == stolen.finding.credentials[0]
    assert tree.nodes[0]["principals"] == [stolen.finding.principal]


def test_a_descent_follows_every_key_that_was_issued(store: GraphStore) -> None:
    span = store.span()
    assert span is not None
    issued = store.facts(span, relation="ISSUED").to_pylist()
    assert issued, f"the trail up to {rfc3339(span.end)} issues keys"
    tree = pipeline.descent(store, issued[0]["subject"])
    children = {row["object"] for row in issued if row["subject"] == issued[0]["subject"]}
    assert children <= {node["id"] for node in tree.nodes}
    assert all(arrow.event_ids for arrow in tree.relationships)


def test_the_headline_counts_the_steps_of_the_revoke_set(store: GraphStore) -> None:
    for finding in findings(store):
        count = len(revoke.certain(pipeline.revocation(store, finding.id)))
        headline = pipeline.investigation(store, finding.id).headline
        assert f"; {count} step{'s' * (count != 1)} to revoke what is exposed." in headline


class _Addresses(HTMLParser):
    """Addresses that a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            f"{tag} {name}={value}" for name, value in attrs if name in ("src", "href", "data")
        ]
        self.found += [tag] if tag in ("script", "link", "iframe", "img") else []


def test_an_investigation_says_which_model_scored_it(store: GraphStore) -> None:
    answered = pipeline.investigation(store, findings(store)[0].id)
    model = answered.finding.scored_by
    assert model.startswith("shipped-")
    assert {edge.scored_by for edge in answered.finding.edges} == {model}
    assert f"Scored by the shipped weights ({model})\n" in render.investigation(answered)
    around = pipeline.subgraph(store, answered.finding.id)
    assert f"Scored by the shipped weights ({model})." in page(answered, around)


def test_a_finding_of_before_says_that_its_model_is_not_known() -> None:
    assert render.scored_by(alice.finding()).startswith("Scored by: not known")
    (edge,) = alice.finding().edges
    edges = (msgspec.structs.replace(edge, scored_by="m-2"), edge)
    said = render.scored_by(alice.finding(edges=edges, scored_by="m-2"))
    assert said == "Scored by model m-2; 1 of its 2 edges by another"
