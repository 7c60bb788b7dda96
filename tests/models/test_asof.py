"""As-of features: nothing of the future or of the same second, in any order, under any name."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offtrail.models.asof import features, features_at
from offtrail.models.errors import StateAhead
from offtrail.models.features import FEATURES, NAMES
from offtrail.models.rows import Row, errors, rows
from offtrail.models.state import State

ACCOUNTS = ("111122223333", "444455556666")
START = 400_000 * 3600


@st.composite
def calls(draw: st.DrawFn) -> Row:
    """A call of a small organisation over a few hours, with many ties."""
    account = draw(st.sampled_from(ACCOUNTS))
    kind, name = draw(st.sampled_from([("user", "ana"), ("user", "bo"), ("role", "ci")]))
    code, error_class = draw(
        st.sampled_from([("", ""), ("AccessDenied", "denied"), ("NoSuchKey", "not-found")])
    )
    return Row(
        START + draw(st.integers(0, 5 * 3600)) // 7 * 7,
        account,
        f"arn:aws:iam::{account}:{kind}/{name}",
        kind,
        draw(st.sampled_from(["api:iam:ListUsers", "api:iam:GetUser", "api:s3:GetObject"])),
        code,
        error_class,
        draw(
            st.sampled_from(["ip:198.51.100.7", "ip:203.0.113.9", "service:lambda.amazonaws.com"])
        ),
    )


trails = st.lists(calls(), min_size=1, max_size=60)
relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@relaxed
@given(trails, st.integers(0, 5 * 3600))
def test_truncating_the_future_at_any_second_changes_no_feature_before_it(reduced, trail, cut):
    whole = reduced(trail)
    seen = reduced([call for call in trail if call.second < START + cut])
    asked = rows(errors(seen))
    assert np.array_equal(features(whole, asked).matrix, features(seen, asked).matrix)


@relaxed
@given(trails)
def test_calls_of_the_same_second_are_blind_to_one_another(reduced, trail):
    asked = rows(errors(reduced(trail)))
    known = features(reduced(trail), asked).matrix
    for call, row in zip(asked, known, strict=True):
        before = reduced([other for other in trail if other.second < call.second])
        assert np.array_equal(features(before, [call]).matrix[0], row)


@relaxed
@given(trails, st.randoms())
def test_the_order_in_which_calls_arrive_changes_no_feature(reduced, trail, random):
    asked = rows(reduced(trail))
    shuffled = rows(reduced(trail))
    random.shuffle(shuffled)
    assert np.array_equal(features(shuffled, asked).matrix, features(asked, asked).matrix)


@relaxed
@given(trails)
def test_renaming_every_account_changes_no_feature(reduced, trail):
    renamed = [
        call._replace(
            account=call.account[::-1],
            principal=call.principal.replace(call.account, call.account[::-1]),
        )
        for call in trail
    ]
    ours, theirs = features(trail, trail), features(renamed, renamed)
    assert np.array_equal(ours.matrix, theirs.matrix)


@relaxed
@given(trails, st.integers(1, 5))
def test_a_state_packed_between_hours_goes_on_as_if_it_had_never_stopped(reduced, trail, hours):
    past = rows(reduced(trail))
    pause = START + hours * 3600 - 1800
    state = State()
    state.advance([row for row in past if row.second < pause], pause)
    later = [row for row in past if row.second >= pause]
    resumed = features(later, later, State.unpacked(state.packed()))
    assert np.array_equal(resumed.matrix, features(past, later).matrix)


@relaxed
@given(trails, trails)
def test_an_hour_taken_back_leaves_the_state_as_if_it_had_never_been(reduced, before, hour):
    past = [row for row in rows(reduced(before)) if row.second < START + 2 * 3600]
    now = [call._replace(second=START + 2 * 3600 + call.second % 3600) for call in hour]
    state, other = State(), State()
    for known in (state, other):
        known.advance(past, START + 2 * 3600)
    packed = state.packed()
    state.begin()
    state.advance(rows(reduced(now)), START + 3 * 3600)
    state.take_back()
    assert state.packed() == packed
    for known in (state, other):
        known.advance(rows(reduced(now)), START + 3 * 3600)
    assert state.packed() == other.packed()


def test_an_open_hour_cannot_be_taken_back(reduced):
    call = Row(START, ACCOUNTS[0], "arn:p", "user", "api:iam:ListUsers", "", "", "ip:198.51.100.7")
    state = State()
    state.advance(rows(reduced([call, call._replace(second=START + 1)])), START + 60)
    with pytest.raises(StateAhead):
        state.begin()


def test_asking_changes_nothing():
    state = State()
    call = Row(START, ACCOUNTS[0], "arn:p", "user", "api:iam:ListUsers", "", "", "ip:198.51.100.7")
    state.advance([call], START + 60)
    before = state.packed()
    question = call._replace(second=START + 60, principal="arn:new", api="api:ec2:RunInstances")
    assert features_at(state, question) == features_at(state, question)
    assert state.packed() == before


def test_a_state_answers_only_for_the_second_at_which_it_stands():
    state = State()
    call = Row(START, ACCOUNTS[0], "arn:p", "user", "api:iam:ListUsers", "", "", "ip:198.51.100.7")
    state.advance([call], START + 60)
    for second in (START, START + 61):
        with pytest.raises(StateAhead):
            features_at(state, call._replace(second=second))
    with pytest.raises(StateAhead):
        state.advance([call], START + 120)
    with pytest.raises(StateAhead):
        state.advance([], START)


def test_the_rest_of_an_activity_counts_when_its_hour_closes(reduced):
    call = Row(START, ACCOUNTS[0], "arn:p", "user", "api:iam:ListUsers", "", "", "ip:198.51.100.7")
    history = reduced([call._replace(second=START + s) for s in range(10)])
    asks = [call._replace(second=START + 3599), call._replace(second=START + 3600)]
    assert features(history, asks).column("pair_calls").tolist() == [1.0, 10.0]


def test_every_feature_is_named_once_and_says_what_it_is():
    assert len(set(NAMES)) == len(NAMES)
    assert all(feature.says and feature.direction in (-1, 0, 1) for feature in FEATURES)
