"""One finding as an HTML page that fetches nothing: answers, picture, edges with their terms."""

from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from offtrail.api.around import named
from offtrail.api.layout import laid_out
from offtrail.api.objects import Investigation, Subgraph
from offtrail.api.picture import svg
from offtrail.api.render import UNCALIBRATED, scored_by
from offtrail.api.visible import visible

COMMON = 5  # edges whose terms are printed in full


def _visible(part: Any) -> Any:
    return visible(part) if isinstance(part, str) and not isinstance(part, Markup) else part


def page(answered: Investigation, around: Subgraph) -> str:
    """The page, with all texts of events escaped; times in UTC."""
    pages = Environment(
        loader=PackageLoader("offtrail.api", "templates"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    finding = answered.finding
    laid = laid_out(around, named(finding))
    return pages.get_template("finding.html").render(
        finding=finding,
        answers=answered.answers,
        beside=answered.beside,
        next=answered.next,
        around=around,
        headline=answered.headline,
        uncalibrated=UNCALIBRATED,
        scored_by=scored_by(finding),
        picture=svg(around, laid),
        drawn=len(laid.nodes),
        common=COMMON,
    )
