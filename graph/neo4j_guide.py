"""The guide in Neo4j Browser: an alert's seven questions, with queries that run on a click."""

from collections.abc import Iterator
from html import escape
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import msgspec

FOLDER = Path(__file__).with_name("browser")
STYLE = FOLDER / "offtrail.grass"


class Question(msgspec.Struct, frozen=True):
    """A slide: what to ask, how to read the answer, and the saved queries that give it."""

    title: str
    text: str
    queries: tuple[str, ...]


QUESTIONS = (
    Question(
        "1. Is the error new?",
        "Red arrows are failures with their score. An arrow's first and last tell since when; the "
        "second query shows who else meets the same code at the same call.",
        ("01-suspects", "02-error-history"),
    ),
    Question(
        "2. Is the command usual?",
        "Who makes these calls with success. A call that nobody else makes is the oddest.",
        ("03-command-history",),
    ),
    Question(
        "3. Is the address ours?",
        "An address that one of our instances held leads to that instance.",
        ("04-addresses",),
    ),
    Question(
        "4. Does the instance keep to its role?",
        "Roles of instances that were used from an address which is not the first of any of their "
        "instances.",
        ("05-stolen-roles",),
    ),
    Question(
        "5. Who shares the place?",
        "Other principals on a suspect's addresses, and the resources that many are denied: a "
        "broken deployment is many, an intruder is one.",
        ("06-shared-addresses", "10-common-denials"),
    ),
    Question(
        "6. How far did it go?",
        "Resources touched and denied, roles assumed and instances launched, since the day before "
        "the strongest error.",
        ("07-last-day", "09-role-chains"),
    ),
    Question(
        "7. Which credentials are exposed?",
        "Every key that a suspect used and every key issued from it. The revocation list is "
        "printed by: offtrail revoke FINDING.",
        ("08-credentials",),
    ),
)


def saved() -> dict[str, str]:
    """The saved queries by name of file; the first line of each is its name in the Browser."""
    return {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.cypher"))}


def archive() -> bytes:
    """The zip to drop on the Browser's saved queries; equal queries give equal bytes."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as zip:
        for name, text in saved().items():
            zip.writestr(ZipInfo(f"offtrail/{name}.cypher"), text)
    return buffer.getvalue()


def html() -> str:
    """The guide for the classic Browser's ``:play``."""
    queries = saved()
    slides = "".join(_slide(question, queries) for question in QUESTIONS)
    deck = f'<carousel class="deck container-fluid">{slides}</carousel>'
    return f'<article class="guide">{deck}</article>'


def _slide(question: Question, queries: dict[str, str]) -> str:
    runs = "".join(
        f'<figure><pre class="pre-scrollable code runnable">{escape(queries[name])}</pre></figure>'
        for name in question.queries
    )
    return (
        f'<slide class="row-fluid"><div class="col-sm-4"><h3>{escape(question.title)}</h3>'
        f'<p>{escape(question.text)}</p></div><div class="col-sm-8">{runs}</div></slide>'
    )


def asciidoc() -> str:
    """The guide for the newer Browser, which takes AsciiDoc."""
    return "\n".join(_asciidoc())


def _asciidoc() -> Iterator[str]:
    queries = saved()
    yield "= An alert in seven questions"
    for question in QUESTIONS:
        yield f"\n== {question.title}\n\n{question.text}"
        for name in question.queries:
            yield f"\n[source,cypher]\n----\n{queries[name].strip()}\n----"
