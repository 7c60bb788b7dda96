"""One finding as an HTML page that fetches nothing: answers, picture, edges with their terms."""

from jinja2 import Environment, PackageLoader, select_autoescape

from offtrail.api.objects import Investigation, Subgraph
from offtrail.api.picture import NODES, svg

COMMON = 5  # edges whose terms are printed in full


def page(answered: Investigation, around: Subgraph) -> str:
    """The page, with all texts of events escaped; times in UTC."""
    pages = Environment(
        loader=PackageLoader("offtrail.api", "templates"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("finding.html").render(
        finding=answered.finding,
        answers=answered.answers,
        next=answered.next,
        around=around,
        picture=svg(around),
        drawn=min(NODES, len(around.nodes)),
        common=COMMON,
    )
