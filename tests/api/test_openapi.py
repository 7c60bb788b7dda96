"""The OpenAPI document tells each form of an answer as it is, and so does the page for people."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from offtrail.api.http import create_app

GRAPH = "application/vnd.networkx+json"


@pytest.fixture(scope="module")
def client(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("openapi")
    app = create_app(f"sqlite:///{scored}", folder / "models", no_auth=True, quarantine=folder)
    return app.test_client()


def forms(client: FlaskClient, path: str) -> dict[str, Any]:
    document = client.get("/openapi.json").json
    content: dict[str, Any] = document["paths"][path]["get"]["responses"]["200"]["content"]
    return content


def test_node_link_data_is_described_as_it_is_sent_and_not_as_our_own_form(client: FlaskClient):
    schema = forms(client, "/v1/findings/{id}/subgraph")[GRAPH]["schema"]
    finding = client.get("/v1/findings?limit=1").json["items"][0]["id"]
    path = f"/v1/findings/{finding}/subgraph"
    sent = client.get(path, headers={"Accept": GRAPH}).json
    jsonschema.validate(sent, schema)
    assert sent["nodes"]
    assert sent["edges"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(client.get(path).json, schema)


def test_a_page_is_text(client: FlaskClient):
    found = forms(client, "/v1/findings/{id}/investigation")
    assert found["text/html"]["schema"] == {"type": "string"}
    assert "$ref" in found["application/json"]["schema"]


def test_the_page_for_people_names_the_other_forms_of_an_answer(client: FlaskClient):
    page = client.get("/docs").text
    assert page.count(f" (also {GRAPH}, by Accept)") == 2
    assert page.count(" (also text/html, by Accept)") == 1


def test_an_empty_name_is_refused_in_words_about_text(client: FlaskClient):
    for path in ("/v1/entities?q=", "/v1/blast-radius?entity="):
        refused = client.get(path)
        assert refused.status_code == 422
        assert "at least 1 character" in refused.json["detail"]
