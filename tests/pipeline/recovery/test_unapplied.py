"""What the next apply creates: resources of the configuration that no state knows."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from local_aws import Endpoint, redirect_variables
from pipeline.recovery.unapplied import Unapplied, find_unapplied
from pipeline.session import Session, terraform_variables
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from tests.pipeline import samples
from tests.support.environments import varied

NUMBERS = itertools.count()


@pytest.fixture
def session(endpoint: Endpoint, tmp_path: Path) -> Session:
    """A session whose project is new, so that its state bucket doesn't exist."""
    env = varied("local", project=f"unapplied{next(NUMBERS)}", state__lock="s3")
    variables = terraform_variables(redirect_variables(endpoint, dict(os.environ)), Work(tmp_path))
    return Session(env, "local", Work(tmp_path), variables, Path("terraform"))


def synthesis(session: Session, folder: Path) -> Synthesis:
    """Two layers, the second in us-east-1 and eu-west-1."""
    backend = session.env.state_backend
    stored = {name: {"bucket": backend.bucket, "key": backend.key(name, "global")} for name in ("first", "second")}

    def layer(name: str, **other: Any) -> tuple[dict[str, Any], list[str]]:
        return {"terraform": {"backend": {"s3": stored[name]}}, **other}, []

    providers = {"aws": [{"region": "us-east-1"}, {"alias": "west", "region": "eu-west-1"}]}
    origin = {"vpc_origin_endpoint_config": [{"name": "nested"}], "provider": "aws.west"}
    second = {"aws_cloudfront_vpc_origin": {"it": origin}, "aws_sns_topic": {"new": {"name": "${aws_vpc.net.id}"}}}
    configs = {
        "first": layer("first", resource={"aws_sns_topic": {"old": {"name": "old"}}}),
        "second": layer("second", provider=providers, resource=second),
    }
    return layers.read_synthesis(samples.write(folder, configs), "local")


def addresses(found: Unapplied) -> list[str]:
    return [each.address for each in found.resources]


def test_without_a_state_bucket_everything_is_new(session: Session, tmp_path: Path) -> None:
    found = find_unapplied(session, synthesis(session, tmp_path))
    assert addresses(found) == ["aws_sns_topic.old", "aws_cloudfront_vpc_origin.it", "aws_sns_topic.new"]


def test_what_a_state_knows_is_not_new(session: Session, tmp_path: Path) -> None:
    backend, s3 = session.env.state_backend, session.client("s3")
    s3.create_bucket(Bucket=backend.bucket)
    old = {"mode": "managed", "type": "aws_sns_topic", "name": "old", "instances": [{"attributes": {"name": "old"}}]}
    state = {"version": 4, "lineage": "a1", "serial": 1, "resources": [old], "outputs": {}}
    s3.put_object(Bucket=backend.bucket, Key=backend.key("first", "global"), Body=json.dumps(state).encode())
    found = find_unapplied(session, synthesis(session, tmp_path))
    assert addresses(found) == ["aws_cloudfront_vpc_origin.it", "aws_sns_topic.new"]


def test_values_and_regions_are_those_of_the_configuration(session: Session, tmp_path: Path) -> None:
    found = find_unapplied(session, synthesis(session, tmp_path))
    (origin,) = found.of_type("aws_cloudfront_vpc_origin")
    assert found.value(origin, "vpc_origin_endpoint_config.name") == "nested"
    assert found.region_of(origin) == "eu-west-1"
    old, new = found.of_type("aws_sns_topic")
    assert (found.value(old, "name"), found.region_of(old)) == ("old", session.env.region)
    assert found.value(new, "name") is None, "only the apply knows it"
