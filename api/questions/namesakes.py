"""Those of a finding's name in other accounts that fail alike: the budget tells one of them."""

from typing import NamedTuple

import pyarrow as pa

from offtrail.api.questions.case import READ, Case, among, calls, first, listed, many, where
from offtrail.graph.schema import account, namesake


class Namesake(NamedTuple):
    """What one of them failed at, among the strongest errors of the finding."""

    principal: str
    account: str
    apis: tuple[str, ...]
    errors: int
    first: str  # RFC 3339


def namesakes(case: Case) -> list[Namesake]:
    """All that met one of the finding's errors within a day of it, the most errors first."""
    own = case.finding.principal
    if namesake(own) == own:  # no name that another account could have
        return []
    codes: dict[str, list[str]] = {}
    for edge in case.edges:
        codes.setdefault(edge.api, []).append(edge.code)
    failed = [
        among(
            case.store.activities(case.around, api=api, errors_only=True, limit=READ), "code", met
        )
        for api, met in codes.items()
    ]
    names = {name for table in failed for name in table.column("principal").to_pylist()}
    elsewhere = (name for name in names if account(name) != account(own))
    alike = [name for name in elsewhere if namesake(name) == namesake(own)]
    return sorted((_found(failed, name) for name in alike), key=lambda one: (-one.errors, one))


def said(found: list[Namesake]) -> str:
    """In a sentence, "" where there is none."""
    if not found:
        return ""
    where = list(dict.fromkeys(one.account for one in found))
    return f"The same name fails alike in {many(len(where), 'other account')}: {listed(where)}."


def _found(failed: list[pa.Table], name: str) -> Namesake:
    own = [where(table, principal=name) for table in failed]
    met = pa.concat_tables(own)
    apis = dict.fromkeys(met.column("api").to_pylist())
    return Namesake(name, account(name), tuple(apis), calls(met), first(met) or "")
