"""Neo4j Browser, driven in Chromium: what a person sees after ``make neo4j``."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from offtrail.graph.neo4j_explore import exploring
from offtrail.graph.neo4j_guide import saved
from offtrail.graph.neo4j_server import Server, ServerNotStarted
from offtrail.graph.neo4j_store import Neo4jStore
from tests.graph.made import call, partial
from tests.graph.neo4j_server import absent

pytestmark = [pytest.mark.browser, pytest.mark.neo4j, pytest.mark.slow]

DAY = 1_764_000_000
INTRUDER = "arn:aws:iam::111122223333:user/intruder"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A small graph with one suspect, as ``make neo4j`` shows it."""
    try:
        with exploring(tmp_path_factory.mktemp("explored")) as running:
            store = Neo4jStore(running.uri)
            code = {"code": "AccessDenied", "principal": INTRUDER, "kind": "user"}
            apis = ["api:iam:ListUsers", "api:kms:Decrypt", "api:s3:GetObject"]
            store.write(partial(call(n, DAY + n, api=api, **code) for n, api in enumerate(apis)))
            scores = {
                (INTRUDER, api, "AccessDenied"): 3.0123456789 - n for n, api in enumerate(apis)
            }
            store.mark(scores, {INTRUDER: "Suspect"})
            store.close()
            yield running
    except ServerNotStarted as error:
        absent(str(error))


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of the system's Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        absent("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()


def run(page: Page, query: str) -> None:
    """Type a query over what stands in the editor, and run it."""
    page.locator("#monaco-main-editor .view-lines").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)
    page.keyboard.press("Control+Enter")


def test_a_saved_query_draws_its_nodes_in_our_style(server: Server, page: Page) -> None:
    page.goto(server.browser)
    guide = page.locator('article[data-testid="frame"]', has_text="Is the error new?")
    guide.first.wait_for(timeout=60_000)  # the style came before it
    run(page, saved()["01-suspects"])
    nodes = page.locator('article[data-testid="frame"]').first.locator("svg.neod3viz g.node")
    nodes.nth(3).wait_for(timeout=60_000)
    texts = nodes.all_text_contents()
    assert len(texts) == 4
    assert any("intruder" in text for text in texts), texts
    fills = nodes.locator("circle.b-outline").evaluate_all(
        "all => all.map(c => c.getAttribute('fill'))"
    )
    assert sorted(f.upper() for f in fills) == ["#D7263D", "#ECE6DA", "#ECE6DA", "#ECE6DA"]
    arrows = page.locator('article[data-testid="frame"]').first.locator("g.relationship")
    assert sorted(t.strip() for t in arrows.all_text_contents()) == ["1.01", "2.01", "3.01"]
