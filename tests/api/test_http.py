"""The HTTP face, asked as a client would ask it."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import networkx as nx
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from offtrail.api import pipeline, tokens
from offtrail.api.http import create_app
from offtrail.models.times import rfc3339, second_of

NOW = 1_800_000_000


@pytest.fixture
def client(own: str, tmp_path: Path) -> FlaskClient:
    app = create_app(own, tmp_path / "models", no_auth=True, quarantine=tmp_path)
    return app.test_client()


@pytest.fixture
def guarded(own: str, tmp_path: Path) -> FlaskClient:
    return create_app(own, tmp_path / "models", quarantine=tmp_path).test_client()


def token(url: str, scope: tokens.Scope) -> dict[str, str]:
    with pipeline.opened(url) as store:
        made = tokens.create(store, scope, 1, NOW)
    return {"Authorization": f"Bearer {made.token}"}


def first(client: FlaskClient) -> dict[str, Any]:
    return client.get("/v1/findings?limit=1").json["items"][0]


def test_the_openapi_document_is_valid_and_speaks_3_1(client: FlaskClient):
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    validate(document)
    assert "/v1/blast-radius" in document["paths"]


def test_the_page_for_people_fetches_nothing_from_elsewhere(client: FlaskClient):
    page = client.get("/docs").text
    assert "/v1/blast-radius" in page
    assert "src=" not in page
    assert "http" not in page.replace("HTTP", "")


def test_findings_come_ranked_and_page_by_page(client: FlaskClient):
    every = client.get("/v1/findings?limit=500").json
    assert every["next_cursor"] is None
    scores = [finding["score"] for finding in every["items"]]
    assert scores == sorted(scores, reverse=True)
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(
            f"/v1/findings?limit=2&cursor={cursor}" if cursor else "/v1/findings?limit=2"
        )
        seen += page.json["items"]
        cursor = page.json["next_cursor"]
    assert seen == every["items"]


def test_a_window_holds_the_findings_whose_errors_meet_it(client: FlaskClient):
    def asked(**window: int) -> set[str]:
        query = "&".join(f"{name}={quote(rfc3339(second))}" for name, second in window.items())
        return {f["id"] for f in client.get(f"/v1/findings?limit=500&{query}").json["items"]}

    finding = first(client)
    begins = min(second_of(edge["first"]) for edge in finding["edges"])
    ends = max(second_of(edge["last"]) for edge in finding["edges"])
    for window, held in (
        ({"until": begins}, False),
        ({"until": begins + 1}, True),
        ({"since": ends}, True),
        ({"since": ends + 1}, False),
    ):
        assert (finding["id"] in asked(**window)) == held, window


def test_terms_sum_to_the_score_exactly(client: FlaskClient):
    for finding in client.get("/v1/findings?limit=500").json["items"]:
        for edge in finding["edges"]:
            assert sum(term["value"] for term in edge["terms"]) == edge["score"]


def test_a_bad_time_is_refused_with_a_pointer(client: FlaskClient):
    for path, name in (
        ("/v1/findings?since=yesterday", "/since"),
        ("/v1/findings?until=2026-01-05T09:00:00", "/until"),
        ("/v1/blast-radius?entity=x&from=2026-13-01T00:00:00Z", "/from"),
    ):
        answer = client.get(path)
        assert answer.status_code == 422
        assert answer.mimetype == "application/problem+json"
        assert answer.json["errors"][0]["pointer"] == name
        assert answer.json["detail"].startswith(f"{name[1:]}: must be an RFC 3339 time")


def test_a_misspelt_parameter_is_refused(client: FlaskClient):
    assert client.get("/v1/findings?sinse=2026-01-05T09:00:00Z").status_code == 422


def test_an_end_before_its_start_is_refused(client: FlaskClient):
    path = "/v1/findings?since=2026-01-06T00:00:00Z&until=2026-01-05T00:00:00Z"
    assert client.get(path).json["errors"][0]["pointer"] == "/until"


def test_unknown_routes_methods_and_ids_are_problems(client: FlaskClient):
    for answer, status in (
        (client.get("/v2"), 404),
        (client.post("/v1/findings"), 405),
        (client.get("/v1/findings/F-none"), 404),
        (client.get("/v1/entities/arn%3Aaws%3Aiam%3A%3A111122223333%3Auser%2Fnobody"), 404),
        (client.get("/v1/training-runs/none"), 404),
    ):
        assert answer.status_code == status
        assert answer.json["status"] == status
        assert answer.json["type"] == "about:blank"
        assert answer.mimetype == "application/problem+json"


def test_a_route_that_is_not_there_leads_to_those_that_are(client: FlaskClient):
    assert client.get("/v2").json["detail"] == "no such route: /docs lists those there are"
    answer = client.post("/v1/findings")
    assert (answer.status_code, "GET" in answer.headers["Allow"]) == (405, True)
    assert answer.json["detail"].startswith("The method is not allowed")
    broken = client.post("/v1/findings/F-1/verdict", data=b"{", content_type="application/json")
    assert (broken.status_code, broken.json["detail"][-8:]) == (400, " is JSON")


def test_without_a_token_only_health_and_documents_answer(guarded: FlaskClient):
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs"):
        assert guarded.get(path).status_code == 200
    for path in ("/v1/findings", "/metrics", "/v1/models", "/v1/entities?q=a"):
        answer = guarded.get(path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_scope_holds_those_below_it_and_no_more(guarded: FlaskClient, own: str):
    read, write, admin = (token(own, scope) for scope in tokens.SCOPES)
    asked = (
        ("GET", "/v1/findings", (True, True, True)),
        ("POST", "/v1/events", (False, True, True)),
        ("GET", "/v1/models", (False, False, True)),
    )
    for method, path, allowed in asked:
        for headers, may in zip((read, write, admin), allowed, strict=True):
            status = guarded.open(path, method=method, headers=headers).status_code
            assert (status == 403) is not may


def test_an_expired_or_unknown_token_is_no_token(guarded: FlaskClient, own: str):
    with pipeline.opened(own) as store:
        old = tokens.create(store, "admin", 1, 1_600_000_000)
    for secret in (old.token, "offtrail_0_0", "", "ünlike"):
        headers = {"Authorization": f"Bearer {secret}".encode().decode("latin-1")}
        assert guarded.get("/v1/findings", headers=headers).status_code == 401


def test_a_blast_radius_that_is_cut_says_what_it_cut(client: FlaskClient):
    principal = quote(first(client)["principal"], safe="")
    whole = client.get(f"/v1/blast-radius?entity={principal}&hops=2&limit=5000").json
    cut = client.get(f"/v1/blast-radius?entity={principal}&hops=2&limit=3").json
    assert len(cut["nodes"]) == 3
    assert cut["truncated"]
    assert cut["total_nodes"] == whole["total_nodes"] > 3
    assert cut["seed"] == first(client)["principal"]
    assert {node["layer"] for node in whole["nodes"]} >= {"observed", "attempted"}


def test_layers_choose_what_is_shown(client: FlaskClient):
    principal = quote(first(client)["principal"], safe="")
    path = f"/v1/blast-radius?entity={principal}&layers=attempted"
    assert {arrow["layer"] for arrow in client.get(path).json["relationships"]} == {"attempted"}
    assert client.get(path + ",everything").status_code == 422


def test_a_subgraph_is_node_link_json_for_networkx_where_asked(client: FlaskClient):
    path = f"/v1/findings/{first(client)['id']}/subgraph"
    ours = client.get(path).json
    theirs = client.get(path, headers={"Accept": "application/vnd.networkx+json"})
    assert theirs.mimetype == "application/vnd.networkx+json"
    graph = nx.node_link_graph(theirs.json, edges="edges")
    assert set(graph) == {node["id"] for node in ours["nodes"]}
    assert client.get(path, headers={"Accept": "image/png"}).status_code == 406


def test_an_entity_is_found_by_any_part_of_its_name_and_has_a_profile(client: FlaskClient):
    principal = first(client)["principal"]
    found = client.get(f"/v1/entities?q={principal[-8:]}").json["items"]
    assert principal in [entity["id"] for entity in found]
    profile = client.get(f"/v1/entities/{quote(principal, safe='')}").json
    assert profile["entity"]["id"] == principal
    assert profile["errors"] > 0


def test_the_seven_questions_are_answered(client: FlaskClient):
    answers = client.get(f"/v1/findings/{first(client)['id']}/investigation").json["answers"]
    assert len(answers) == 7
    for answer in answers:
        assert answer["answer"] or answer["cannot_tell"]


def test_a_verdict_closes_a_finding_and_can_be_withdrawn(client: FlaskClient):
    path = f"/v1/findings/{first(client)['id']}/verdict"
    given = client.post(path, json={"verdict": "benign", "note": "the audit"}).json
    assert given["status"] == "closed"
    assert given["verdict"]["word"] == "benign"
    assert (given["verdict"]["accounts"], given["verdict"]["until"]) == ("own", None)
    wide = {"verdict": "benign", "accounts": "all", "until": "2026-12-31T01:00:00+01:00"}
    said = client.post(path, json=wide).json["verdict"]
    assert (said["accounts"], said["until"]) == ("all", "2026-12-31T00:00:00Z")
    wrong = client.post(path, json={"verdict": "benign", "until": "soon"}).json
    assert wrong["errors"][0]["pointer"] == "/until"
    early = {"verdict": "benign", "until": "2026-01-01T00:00:00Z"}
    assert client.post(path, json=early).json["title"] == "The verdict ends too soon"
    assert client.delete(path).json["status"] == "open"
    again = client.delete(path)
    assert (again.status_code, again.json["title"]) == (409, "No verdict to withdraw")
    assert client.post(path, json={"verdict": "maybe"}).json["errors"][0]["pointer"] == "/verdict"


def record(number: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/poster",
            "accountId": "111122223333",
            "accessKeyId": "AKIAEXAMPLE",
            "userName": "poster",
        },
        "eventTime": "2026-01-05T09:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "ListUsers",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15.0",
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    }


def test_posted_records_are_ingested_once(client: FlaskClient):
    body = json.dumps({"Records": [record(1), record(2), {"eventName": "no source"}]}).encode()
    report = client.post("/v1/events", data=body, content_type="application/json").json
    assert report["records"]["kept"] == 2
    assert report["records"]["read"] == 3
    again = client.post("/v1/events", data=gzip.compress(body)).json
    assert again["records"]["kept"] == 0
    assert client.get("/v1/entities?q=poster").json["items"]


def test_a_body_past_the_limit_is_refused_packed_or_not(client: FlaskClient):
    assert client.post("/v1/events", data=b" " * ((10 << 20) + 1)).status_code == 413
    bomb = gzip.compress(b" " * (65 << 20))
    assert len(bomb) < 10 << 20
    assert client.post("/v1/events", data=bomb).status_code == 413
    assert client.post("/v1/events", data=gzip.compress(b"{}")[:-4]).status_code == 422
    assert client.post("/v1/events", data=b"").status_code == 422


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"hello", "not JSON"),
        (b"<html></html>", "not JSON"),
        (bytes(range(200)), "not JSON"),
        (b"3", "not a CloudTrail record"),
        (b"null", "not a CloudTrail record"),
    ],
)
def test_a_body_in_which_nothing_can_be_read_is_refused_with_the_reason(
    client: FlaskClient, body: bytes, reason: str
):
    for sent in (body, body, gzip.compress(body)):
        answer = client.post("/v1/events", data=sent)
        assert answer.status_code == 422
        assert answer.mimetype == "application/problem+json"
        assert answer.json["detail"] == f"nothing in the body can be read: {reason}"


def test_a_body_that_is_read_in_part_is_reported_not_refused(client: FlaskClient):
    half = json.dumps({"Records": [record(1), record(2)]}).encode()[:-20]
    answer = client.post("/v1/events", data=half)
    assert answer.status_code == 200
    assert answer.json["records"]["kept"] == 1
    assert answer.json["records"]["quarantined"] == {"not JSON": 1}
    nothing = client.post("/v1/events", data=b'{"Records": []}')
    assert (nothing.status_code, nothing.json["records"]["read"]) == (200, 0)


def test_metrics_show_what_ingest_did_with_every_record(client: FlaskClient):
    text = client.get("/metrics").text
    assert 'offtrail_records{outcome="read"' in text
    assert 'offtrail_findings{status="open"}' in text
    assert 'offtrail_alerts_a_day{rate="nominal"} 10.0' in text
    assert "offtrail_model{model=" in text


def test_a_store_that_is_down_is_503_everywhere(tmp_path: Path):
    app = create_app("bolt://127.0.0.1:9", tmp_path / "models", no_auth=True, quarantine=tmp_path)
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/v1/findings").status_code == 503


def test_an_investigation_is_a_page_for_who_asks_for_one(client: FlaskClient):
    path = f"/v1/findings/{first(client)['id']}/investigation"
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.mimetype == "text/html"
    assert "<svg" in page.text
    assert client.get(path).mimetype == "application/json"
    assert client.get(path, headers={"Accept": "*/*"}).mimetype == "application/json"
    assert client.get(path, headers={"Accept": "image/png"}).status_code == 406


def test_findings_are_asked_for_by_a_part_of_the_principal_s_name(client: FlaskClient):
    principal = first(client)["principal"]
    exact = client.get("/v1/findings", query_string={"principal": principal}).json["items"]
    assert exact
    name = principal.rpartition("/")[2].upper()
    assert client.get("/v1/findings", query_string={"principal": name}).json["items"] == exact
    cut = client.get("/v1/findings", query_string={"principal": principal[:-1]}).json
    assert cut["items"] == []


def test_findings_of_one_account_are_those_of_it(client: FlaskClient):
    every = client.get("/v1/findings?limit=500").json["items"]
    accounts = {finding["account"] for finding in every}
    for account in accounts:
        page = client.get(f"/v1/findings?limit=500&account={account}").json
        assert page["items"] == [one for one in every if one["account"] == account]
        assert page["total"] == len(page["items"]) > 0
    assert client.get("/v1/findings?account=none").json["items"] == []


def test_a_page_knows_the_place_of_its_first_finding(client: FlaskClient):
    page = client.get("/v1/findings?limit=2").json
    assert page["rank"] == 1
    assert client.get(f"/v1/findings?limit=2&cursor={page['next_cursor']}").json["rank"] == 3


def test_a_brief_page_is_the_same_page_without_edges_and_lists_of_names(client: FlaskClient):
    whole, short = (
        client.get("/v1/findings", query_string={"limit": 3, "fields": form})
        for form in ("full", "brief")
    )
    assert len(short.data) * 5 < len(whole.data)
    assert {name: short.json[name] for name in ("next_cursor", "total", "rank")} == {
        name: whole.json[name] for name in ("next_cursor", "total", "rank")
    }
    for one, brief in zip(whole.json["items"], short.json["items"], strict=True):
        same = brief.keys() - {"last", "edge_count"}
        assert {name: brief[name] for name in same} == {name: one[name] for name in same}
        assert brief["edge_count"] == len(one["edges"])
        assert brief["last"] == max(edge["last"] for edge in one["edges"])
    assert client.get("/v1/findings?fields=none").json["errors"][0]["pointer"] == "/fields"


def test_a_brief_page_has_a_schema_of_its_own(client: FlaskClient):
    document = client.get("/openapi.json").json
    answer = document["paths"]["/v1/findings"]["get"]["responses"]["200"]
    forms = answer["content"]["application/json"]["schema"]["anyOf"]
    assert [form["$ref"].rpartition("/")[2] for form in forms] == ["FindingPage", "BriefPage"]
    assert "edge_count" in document["components"]["schemas"]["FindingBrief"]["required"]


def test_models_say_which_serves_where_none_was_promoted(client: FlaskClient):
    told = client.get("/v1/models").json
    assert (told["champion"], told["models"], told["history"]) == ("", {}, [])
    assert told["serving"] == first(client)["scored_by"]


def test_a_body_that_needs_nothing_said_may_be_left_out(client: FlaskClient):
    assert client.post("/v1/training-runs").json["kind"] == "full"
    assert client.post("/v1/models/none/promote").status_code == 404
    said = client.post(f"/v1/findings/{first(client)['id']}/verdict")
    assert (said.status_code, said.json["errors"][0]["pointer"]) == (422, "/verdict")
    assert client.post("/v1/training-runs", data=b"{").status_code == 400


def test_the_root_leads_to_the_pages_for_people(client: FlaskClient):
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs")
