"""The page of an investigation in a real Chromium: what a person sees."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from offtrail.api import pipeline
from tests.graph.neo4j_server import absent

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INSIDE = """() => [...document.querySelectorAll('svg .node')].filter(group => {
  const box = group.querySelector('rect').getBoundingClientRect();
  return [...group.querySelectorAll('text')].some(
    text => text.getBoundingClientRect().right > box.right + 1);
}).map(group => group.textContent)"""
"""Boxes whose words run out of them."""
BESIDE = """() => [...document.querySelectorAll('main *')].filter(
  one => !one.closest('svg') && one.getBoundingClientRect().right > window.innerWidth + 1
).map(one => one.tagName)"""
"""What a reader would have to scroll aside for, the picture apart."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        absent("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The pages of all findings of the simulated trail."""
    folder = tmp_path_factory.mktemp("pages")
    with pipeline.opened(f"sqlite:///{scored}") as store:
        window = pipeline.window(None, None, ("since", "until"))
        for finding in pipeline.findings(store, window, limit=100).items:
            answered = pipeline.investigation(store, finding.id)
            (folder / f"{finding.id}.html").write_text(pipeline.page(store, answered))
    return sorted(folder.iterdir())


@pytest.mark.parametrize("width", [1400, 800, 420])
def test_words_stay_in_their_boxes_and_text_on_the_screen(
    browser: Browser, pages: list[Path], width: int
) -> None:
    assert pages
    for path in pages:
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())
        assert page.evaluate(INSIDE) == []
        assert set(page.evaluate(BESIDE)) <= {"svg"}
        assert asked == [path.as_uri()]
        page.close()
