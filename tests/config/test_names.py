from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import aws_data
from config.names import Names, StateBackend

NAMES = Names("sitechat", "dev", "123456789012", "us-east-1")
STATE = StateBackend("sitechat", "dev", "123456789012", "us-east-1")

PURPOSE = st.from_regex(r"[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,4}", fullmatch=True)
ANY_NAMES = st.builds(
    Names,
    st.from_regex(r"[a-z][a-z0-9]{1,15}", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9]{1,11}", fullmatch=True),
    st.from_regex(r"[0-9]{12}", fullmatch=True),
    st.sampled_from(aws_data.regions()),
)


def test_examples() -> None:
    assert NAMES.resource("alb") == "sitechat-dev-alb"
    assert NAMES.regional("task-role") == "sitechat-dev-us-east-1-task-role"
    assert NAMES.bucket("alb-logs") == "sitechat-dev-alb-logs-123456789012-us-east-1"
    assert NAMES.path("service", "app") == "/sitechat/dev/service/app"
    assert NAMES.secret("session-key") == "sitechat/dev/session-key"
    assert NAMES.waf_logs("edge") == "aws-waf-logs-sitechat-dev-edge"


def test_long_name_keeps_its_beginning_and_gets_a_hash_of_the_whole() -> None:
    name = NAMES.resource("target-group-of-the-service", limit=32)
    assert name == "sitechat-dev-target-gro-c6ceaad1"
    assert NAMES.resource("target-group-of-the-other-service", limit=32) != name


@pytest.mark.parametrize("purpose", ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "\u0430", "a\n", "${x}"], ids=ascii)
def test_purpose_that_would_break_a_name_is_refused(purpose: str) -> None:
    for method in (NAMES.resource, NAMES.regional, NAMES.bucket, NAMES.path, NAMES.secret, NAMES.waf_logs):
        with pytest.raises(ValueError, match="can't be part of a name"):
            method(purpose)


@given(ANY_NAMES, PURPOSE, st.sampled_from([28, 32, 64, 255]))
def test_names_obey_the_limits_of_aws(names: Names, purpose: str, limit: int) -> None:
    for name in (names.resource(purpose, limit=limit), names.regional(purpose, limit=limit)):
        assert len(name) <= limit
        assert re.fullmatch(r"[a-z][a-z0-9-]+[a-z0-9]", name)  # OpenSearch, the strictest
    bucket = names.bucket(purpose)
    assert 3 <= len(bucket) <= 63
    assert re.fullmatch(r"[a-z][a-z0-9-]+[a-z0-9]", bucket)
    assert bucket.endswith(f"-{names.account_id}-{names.region}")


@given(ANY_NAMES, ANY_NAMES, PURPOSE, PURPOSE)
def test_different_things_have_different_names(one: Names, other: Names, here: str, there: str) -> None:
    same_env = (one.project, one.env, here) == (other.project, other.env, there)
    assert (one.resource(here, limit=28) == other.resource(there, limit=28)) == same_env
    same = same_env and (one.account_id, one.region) == (other.account_id, other.region)
    assert (one.bucket(here) == other.bucket(there)) == same
    same_region = same_env and one.region == other.region
    assert (one.regional(here, limit=32) == other.regional(there, limit=32)) == same_region


def test_neighbouring_splits_never_meet() -> None:
    words = ["a", "b", "ab", "ba", "a1", "1a"]
    made = [
        Names(project, env, "123456789012", "us-east-1").resource(purpose)
        for project, env, purpose in product(
            ["site", "sitea"], ["dev", "adev"], [*words, *map("-".join, product(words, words))]
        )
    ]
    assert len(set(made)) == len(made)


def test_state_backend() -> None:
    assert STATE.bucket == "sitechat-state-123456789012-us-east-1"
    assert STATE.table == "sitechat-state-lock"
    assert STATE.key_alias == "alias/sitechat-state"
    assert STATE.key("service", "us-east-1") == "sitechat/dev/us-east-1/service.tfstate"
    assert STATE.key("edge", "global") == "sitechat/dev/global/edge.tfstate"


def test_environments_share_the_state_backend_of_an_account() -> None:
    other = StateBackend("sitechat", "prod", "123456789012", "us-east-1")
    assert (other.bucket, other.table, other.key_alias) == (STATE.bucket, STATE.table, STATE.key_alias)
    assert other.key("edge", "global") != STATE.key("edge", "global")
