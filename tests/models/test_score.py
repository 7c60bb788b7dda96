"""Scoring a small organisation: who is found, who does not lead, and what changes it."""

import msgspec
import pytest

from offtrail.graph.errors import StoreUnavailable
from offtrail.graph.window import ALWAYS, Window
from offtrail.models import feedback
from offtrail.models.checkpoint import Progress
from offtrail.models.errors import NothingToUndo, UnknownFinding
from offtrail.models.finding import Verdict
from offtrail.models.ledger import Ledger
from offtrail.models.rows import Row
from offtrail.models.run import Options
from offtrail.models.score import judged_from, score

DAY, HOUR = 86_400, 3600
START = 20_454 * DAY  # a Saturday
ACCOUNT, OTHER = "111122223333", "444455556666"
NOW = 2**40
PEOPLE = ("ana", "bo", "chi", "dag", "eva", "fen")
TRIED = ("iam:ListUsers", "kms:ListKeys", "secretsmanager:ListSecrets", "iam:CreateUser")
DEPLOY = "lambda:UpdateFunctionCode"
BENIGN = Verdict("benign", "known job", "sam", "2026-01-20T09:00:00Z")


def arn(name: str, kind: str = "user", account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


def call(at: int, who: str, api: str, code: str = "", kind: str = "user", ip: str = "10") -> Row:
    error_class = {"": "", "AccessDenied": "denied"}.get(code, "not-found")
    source = f"ip:198.51.100.{ip}"
    return Row(START + at, ACCOUNT, arn(who, kind), kind, f"api:{api}", code, error_class, source)


def life(days: int) -> list[Row]:
    """People at work, a nightly role, a weekly job that errs, a loud AWS service."""
    made = []
    for day in range(days):
        at = day * DAY
        for n, person in enumerate(PEOPLE):
            for hour in range(8, 17):
                made += [
                    call(at + hour * HOUR + 60 * n, person, "s3:GetObject", ip=str(20 + n)),
                    call(at + hour * HOUR + 60 * n + 9, person, "ec2:DescribeInstances"),
                ]
            made.append(call(at + 9 * HOUR + n, person, "s3:GetObject", "NoSuchKey"))
        made.append(call(at + 2 * HOUR, "nightly", DEPLOY, kind="role"))
        made.append(
            call(at + 3 * HOUR, "x", "s3:PutObject", "AccessDenied", "service")._replace(
                principal="service:delivery.logs.amazonaws.com"
            )
        )
        if day % 7 == 1:
            made.append(call(at + 4 * HOUR, "weekly", "ec2:DescribeInstances", kind="role"))
            made.append(
                call(at + 4 * HOUR + 5, "weekly", "eks:ListClusters", "AccessDenied", "role")
            )
    return made


def attack(day: int, who: str = "ana", ip: str = "99") -> list[Row]:
    return [
        call(day * DAY + 19 * HOUR + 30 * n, who, api, "AccessDenied", ip=ip)
        for n, api in enumerate(TRIED)
    ]


def flood(day: int) -> list[Row]:
    return [
        call(
            day * DAY + 15 * HOUR + n,
            "nightly",
            "lambda:UpdateFunctionCode",
            "AccessDenied",
            "role",
        )
        for n in range(300)
    ]


def probe(first: int, days: int) -> list[Row]:
    apis = ("kms:ListKeys", "iam:ListUsers", "rds:ListTagsForResource", "sns:ListTopics")
    return [
        call((first + n) * DAY + (9 + n) * HOUR, "eva", apis[n % 4], "AccessDenied", ip="77")
        for n in range(days)
    ]


def elsewhere(calls: list[Row]) -> list[Row]:
    """The calls as they come in another account."""
    return [
        row._replace(account=OTHER, principal=row.principal.replace(ACCOUNT, OTHER))
        for row in calls
    ]


def shown(found):
    return [(finding.principal, finding.score) for finding in found]


@pytest.fixture
def organisation(memory):
    memory.add([*life(14), *attack(11), *flood(10), *probe(9, 4)])
    return memory


def test_attacks_lead_and_the_flood_and_the_housekeeping_do_not(organisation):
    found = score(organisation, ALWAYS, NOW)
    assert {found[0].principal, found[1].principal} == {arn("ana"), arn("eva")}
    assert {finding.principal for finding in found} >= {arn("nightly", "role")}


def test_terms_sum_to_the_score_of_every_edge_and_say_why(organisation):
    edges = [edge for finding in score(organisation, ALWAYS, NOW) for edge in finding.edges]
    assert edges
    for edge in edges:
        assert sum(term.value for term in edge.terms) == edge.score
        assert all(term.because for term in edge.terms)
        assert edge.event_ids


def test_a_finding_knows_its_sources_its_times_and_every_error_it_counts(organisation):
    ana = next(f for f in score(organisation, ALWAYS, NOW) if f.principal == arn("ana"))
    denied = [edge for edge in ana.edges if edge.error_class == "denied"]
    assert {edge.api for edge in denied} == {f"api:{api}" for api in TRIED}
    assert "ip:198.51.100.99" in ana.sources
    assert (ana.kind, ana.account, ana.status) == ("user", ACCOUNT, "open")
    assert (ana.calibrated, ana.p_value) == (False, None)
    assert "of benign error edges" not in ana.summary


def test_an_old_call_that_strays_in_does_not_move_the_time_of_learning(organisation):
    found, since = shown(score(organisation, ALWAYS, NOW)), judged_from(organisation)
    organisation.add([call(-9 * 365 * DAY, "ana", "s3:GetObject")])
    assert shown(score(organisation, ALWAYS, NOW)) == found
    assert judged_from(organisation) == since


def test_an_older_history_does(organisation):
    score(organisation, ALWAYS, NOW)
    organisation.add([row._replace(second=row.second - 365 * DAY) for row in life(14)])
    score(organisation, ALWAYS, NOW)
    assert judged_from(organisation) == START - 365 * DAY + 7 * DAY + 2 * HOUR


def test_a_run_that_fails_has_judged_nothing(organisation, monkeypatch):
    def full(*_):
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(Progress, "save", full)
        with pytest.raises(StoreUnavailable):
            score(organisation, ALWAYS, NOW)
    assert judged_from(organisation) is None
    score(organisation, ALWAYS, NOW)
    assert judged_from(organisation) is not None


@pytest.mark.parametrize(("hours", "alerts"), [(1, False), (20, True)])
def test_a_place_in_the_budget_is_taken_for_24_hours_not_until_midnight(memory, hours, alerts):
    weaker = call(12 * DAY + hours * HOUR, "bo", "kms:ListKeys", "AccessDenied")
    memory.add([*life(14), *attack(11), weaker])
    found = score(memory, ALWAYS, NOW, Options(a_day=1))
    assert arn("ana") in {finding.principal for finding in found}
    assert (arn("bo") in {finding.principal for finding in found}) is alerts


def test_aws_services_are_never_ranked(organisation):
    organisation.add(
        call(12 * DAY + n, "x", f"s3:Put{n}", "AccessDenied", "service")._replace(
            principal="service:delivery.logs.amazonaws.com"
        )
        for n in range(9)
    )
    assert not [f for f in score(organisation, ALWAYS, NOW) if f.kind == "service"]


def test_scoring_again_changes_nothing_and_costs_nothing_done_before(organisation):
    first = score(organisation, ALWAYS, NOW)
    read: list[Window] = []
    activities = organisation.activities
    organisation.activities = lambda window, **of: read.append(window) or activities(window, **of)
    assert score(organisation, ALWAYS, NOW) == first
    assert all(window.start >= START + 13 * DAY for window in read)


def test_scoring_hour_by_hour_finds_what_scoring_at_once_finds(memory, reduced):
    calls = sorted([*life(14), *attack(11), *flood(10), *probe(9, 4), *elsewhere(attack(11))])
    window = Window(START + 8 * DAY, START + 14 * DAY)
    memory.add(call for call in calls if call.second < window.start)
    score(memory, window, NOW)
    for hour in range(window.start, window.end, 7 * HOUR):
        memory.add(call for call in calls if hour <= call.second < hour + 7 * HOUR)
        bit_by_bit = score(memory, window, NOW)
    whole = type(memory)()
    whole.add(calls)
    assert shown(bit_by_bit) == shown(score(whole, window, NOW))


def test_late_events_lead_where_punctual_ones_would_have_led(memory):
    calls = [*life(14), *elsewhere(attack(11)), *attack(11), *flood(10), *probe(9, 4)]
    window = Window(START + 8 * DAY, START + 14 * DAY)
    memory.add(call for n, call in enumerate(calls) if n % 3)
    score(memory, window, NOW)
    memory.add(calls)
    late = score(memory, window, NOW)
    whole = type(memory)()
    whole.add(calls)
    assert shown(late) == shown(score(whole, window, NOW))


def test_replayed_events_change_nothing(organisation):
    first = score(organisation, ALWAYS, NOW)
    organisation.add(attack(11) * 3)
    assert score(organisation, ALWAYS, NOW) == first


def test_renaming_every_account_changes_no_score(organisation):
    other = type(organisation)()
    other.add(
        row._replace(
            account="444455556666", principal=row.principal.replace(ACCOUNT, "444455556666")
        )
        for row in organisation.calls
    )
    ours, theirs = (score(store, ALWAYS, NOW) for store in (organisation, other))
    assert sorted(f.score for f in ours) == sorted(f.score for f in theirs)


def last_alert(store, who: str):
    """The terms of CreateUser in the latest alerted episode of a principal."""
    episode = [e for e in Ledger.load(store) if e.principal == who][-1]
    edge = next(edge for edge in episode.edges if edge.api == "api:iam:CreateUser")
    return {term.name: term.value for term in edge.terms}


def test_what_an_alerted_episode_did_does_not_become_the_baseline(memory):
    gained = call(10 * DAY + 19 * HOUR + 600, "ana", "iam:CreateUser", ip="99")
    memory.add([*life(14), *attack(10), gained, *attack(12)])
    first = score(memory, ALWAYS, NOW)[0]
    assert last_alert(memory, arn("ana"))["never-called"] == 0.5
    assert last_alert(memory, arn("ana"))["rare-api"] == 1.0
    feedback.give(memory, first.id, BENIGN)
    memory.add(attack(13))
    score(memory, ALWAYS, NOW, Options(floor=-9.0))
    assert last_alert(memory, arn("ana"))["never-called"] == 0.0
    assert last_alert(memory, arn("ana"))["rare-api"] < 1.0


def test_a_benign_word_closes_a_finding_and_its_shape_does_not_lead_again(memory):
    memory.add([*life(14), *attack(9)])
    first = score(memory, ALWAYS, NOW)
    assert first[0].principal == arn("ana")
    feedback.give(memory, first[0].id, BENIGN)
    memory.add(attack(12))
    found = score(memory, ALWAYS, NOW)
    closed = next(f for f in found if f.id == first[0].id)
    assert (closed.status, closed.verdict) == ("closed", BENIGN)
    opened = [f for f in found if f.status == "open"]
    assert opened
    assert all(edge.api.split(":", 1)[1] not in TRIED for edge in opened[0].edges)


def test_a_finding_of_a_template_stays_while_its_hour_goes_on_in_other_accounts(memory):
    accounts = [ACCOUNT, *(f"44445555666{n}" for n in range(8))]
    minute = [60 * n for n in (11, 3, 40, 7, 52, 30, 21, 2, 59)]
    for own, late in zip(accounts, minute, strict=True):
        memory.add(
            row._replace(
                account=own,
                principal=row.principal.replace(ACCOUNT, own),
                second=row.second + (late if row.code and row.second >= START + 11 * DAY else 0),
            )
            for row in [*life(12), *attack(11)]
        )
    found: set[str] = set()
    for now in range(0, 3600, 300):
        told = {f.id for f in score(memory, ALWAYS, START + 11 * DAY + 19 * HOUR + now)}
        assert told >= found
        found = told
    assert len([f for f in score(memory, ALWAYS, NOW) if f.principal.endswith("/ana")]) == 1


def test_undoing_a_word_undoes_its_effect(memory):
    memory.add([*life(14), *attack(9), *attack(12)])
    before = score(memory, ALWAYS, NOW)
    feedback.give(memory, before[0].id, BENIGN)
    assert score(memory, ALWAYS, NOW) != before
    feedback.undo(memory, before[0].id, who="sam", when="2026-01-21T09:00:00Z")
    assert score(memory, ALWAYS, NOW) == before
    with pytest.raises(NothingToUndo):
        feedback.undo(memory, before[0].id, who="sam", when="2026-01-21T09:00:00Z")
    words = [entry.word for entry in feedback.cases(memory)[0].entries]
    assert words == ["benign", "undone"]


def test_a_true_positive_stays_out_of_the_baseline_and_raises_its_like(memory):
    memory.add([*life(14), *attack(9)])
    first = score(memory, ALWAYS, NOW)[0]
    feedback.give(memory, first.id, msgspec.structs.replace(BENIGN, word="true-positive"))
    memory.add(attack(12))
    found = score(memory, ALWAYS, NOW)
    again = next(f for f in found if f.status == "open")
    assert again.principal == arn("ana")
    assert again.score > first.score
    assert "verdict" in {term.name for term in again.edges[0].terms}


def test_a_word_undone_leaves_one_finding_a_principal(memory):
    memory.add([*life(14), *attack(9)])
    first = score(memory, ALWAYS, NOW)[0]
    feedback.give(memory, first.id, msgspec.structs.replace(BENIGN, word="true-positive"))
    memory.add(attack(12))
    assert len([f for f in score(memory, ALWAYS, NOW) if f.principal == arn("ana")]) == 2
    feedback.undo(memory, first.id, who="sam", when="2026-01-21T09:00:00Z")
    memory.add([call(8 * DAY + 60, "bo", "s3:GetObject")])  # late: both attacks are judged again
    (ana,) = [f for f in score(memory, ALWAYS, NOW) if f.principal == arn("ana")]
    assert ana.id == first.id
    assert next(edge.count for edge in ana.edges if edge.api == "api:iam:CreateUser") == 2


def test_a_word_on_an_unknown_finding_is_refused(memory):
    with pytest.raises(UnknownFinding):
        feedback.give(memory, "F-0", BENIGN)


def test_nothing_in_a_trail_becomes_a_word(organisation):
    organisation.add([call(13 * DAY, "ana", "verdict:benign", "AccessDenied")])
    score(organisation, ALWAYS, NOW)
    assert feedback.cases(organisation) == []


def test_a_source_a_call_does_not_lower_the_rank(memory):
    memory.add(
        [*life(14), *[c._replace(source=f"ip:203.0.113.{n}") for n, c in enumerate(attack(11))]]
    )
    assert score(memory, ALWAYS, NOW)[0].principal == arn("ana")


def test_the_graph_shows_the_scores_and_the_suspects_of_open_findings(organisation):
    found = score(organisation, ALWAYS, NOW, Options(a_day=10))
    scores, bands = organisation.marks
    assert bands[arn("ana")] == "Suspect"
    assert scores[arn("ana"), "api:iam:CreateUser", "AccessDenied"] == found[0].edges[0].score


def test_a_run_that_another_overtook_starts_over(organisation):
    alone = type(organisation)()
    alone.add(organisation.calls)
    expected = score(alone, ALWAYS, NOW)
    real, meanwhile = organisation.put_if, []

    def overtaken(kind, id, body, known):
        if not meanwhile:
            meanwhile.append(True)
            organisation.put_if = real
            score(organisation, ALWAYS, NOW)
            organisation.put_if = overtaken
        return real(kind, id, body, known)

    organisation.put_if = overtaken
    assert score(organisation, ALWAYS, NOW) == expected
    assert meanwhile


def test_a_slow_probe_is_one_finding_that_grows_over_thirty_days(memory):
    apis = [f"iam:Get{n}" for n in range(20)]
    errs = [
        call((10 + n) * DAY + (n * 7 % 24) * HOUR, "eva", apis[n % 20], "AccessDenied", ip="77")
        for n in range(30)
    ]
    memory.add([*life(40), *errs])
    found = [f for f in score(memory, ALWAYS, NOW) if f.principal == arn("eva")]
    assert len(found) == 1
    assert found[0] == score(memory, ALWAYS, NOW)[0]
    assert sum(edge.count for edge in found[0].edges if edge.error_class == "denied") == 30


def test_two_weeks_of_warming_up_an_api_do_not_hide_a_denial_of_another(memory):
    warm = [call(day * DAY + 11 * HOUR, "bo", "iam:ListUsers", ip="88") for day in range(14)]
    memory.add([*life(15), *warm, *attack(14, "bo", "88")])
    found = score(memory, ALWAYS, NOW)
    assert found[0].principal == arn("bo")
    warmed = next(e for e in found[0].edges if e.api == "api:iam:ListUsers")
    assert warmed.score < found[0].edges[0].score


def test_an_empty_store_has_no_findings(memory):
    assert score(memory, ALWAYS, NOW) == []
