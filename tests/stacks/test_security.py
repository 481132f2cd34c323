"""The security layer alone, on plain strings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cdktf import App

from config import Environment
from main import build
from stacks.infrastructure import InfrastructureStack
from stacks.security import SecurityStack
from tests.support.environments import varied
from tests.support.synthesised import Template, synthesise

ACCOUNT = "111111111111"
OFF: dict[str, Any] = dict.fromkeys(
    ("trail", "analyzer", "detector", "hub", "recorder", "inspector", "image_scanning", "account_settings"), "off"
)
# What each owner builds that nothing else here does.
BUILT = {
    "trail": {"aws_cloudtrail"},
    "analyzer": {"aws_accessanalyzer_analyzer"},
    "detector": {"aws_guardduty_detector", "aws_guardduty_detector_feature"},
    "hub": {"aws_securityhub_account", "aws_securityhub_standards_subscription"},
    "recorder": {
        "aws_config_config_rule",
        "aws_config_configuration_recorder",
        "aws_config_configuration_recorder_status",
        "aws_config_delivery_channel",
        "aws_iam_service_linked_role",
    },
    "inspector": {"aws_inspector2_enabler"},
    "image_scanning": {"aws_ecr_registry_scanning_configuration"},
    "account_settings": {
        "aws_ebs_encryption_by_default",
        "aws_iam_account_password_policy",
        "aws_s3_account_public_access_block",
    },
}
# Which rules pass on what each of them finds.
HEARD: dict[str, set[str]] = {
    "trail": {"root-use", "keys", "watchers", "secrets", "shells", "revisions"},
    "analyzer": {"exposure"},
    "detector": {"threats"},
    "hub": {"posture"},
    "recorder": set(),
    "inspector": {"images"},
    "image_scanning": set(),
    "account_settings": set(),
}
ALWAYS = {"aws_sns_topic", "aws_sns_topic_policy"}
# Where findings are passed on; the alarm only for those who report in words of their own.
ROUTED = {"aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_sqs_queue", "aws_sqs_queue_policy"}
REPORTING = {"detector", "hub", "inspector"}
# What tells of each vulnerability once.
NEWS = {
    "aws_cloudwatch_log_group",
    "aws_dynamodb_table",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_sfn_state_machine",
}
UNTOLD = "sitechat-dev-untold-vulnerabilities"
HOST = "111111111111.dkr.ecr.us-east-1.amazonaws.com"
REPOSITORY = f"{HOST}/sitechat-dev-app"
ALARMS = "arn:aws:sns:us-east-1:111111111111:sitechat-dev-alarms"


def environment(region: str = "us-east-1", **modes: Any) -> Environment:
    changes: dict[str, Any] = {f"security__{key}": mode for key, mode in {**OFF, **modes}.items()}
    if region != "us-east-1":
        changes |= {
            "region": region,
            "network__availability_zones": (f"{region}a", f"{region}b"),
            "bedrock__model_id": "amazon.nova-lite-v1:0",
            "bedrock__destination_regions": (),
        }
    return varied("dev", **changes)


def security(env: Environment) -> Template:
    return synthesise(lambda app: SecurityStack(app, env, key_arn="arn:of:region:key", alarm_topic_arn=ALARMS))[
        "security"
    ]


def rules(stack: Template) -> set[str]:
    prefix = "sitechat-dev-findings-"
    names = {body["name"] for body in stack.all("aws_cloudwatch_event_rule").values()}
    return {name.removeprefix(prefix) for name in names - {UNTOLD}}


@pytest.fixture(scope="module")
def whole() -> Template:
    return security(environment(**dict.fromkeys(OFF, "own"), cis_alarms=True, own_key=True))


@pytest.fixture(scope="module")
def abroad() -> Template:
    return security(environment("eu-central-1", **dict.fromkeys(OFF, "own"), cis_alarms=True))


@pytest.mark.parametrize("key", OFF)
def test_the_owner_builds_its_watcher_and_hears_it(key: str) -> None:
    stack = security(environment(**{key: "own"}))
    others = set().union(*(types for name, types in BUILT.items() if name != key))
    assert stack.types() >= BUILT[key]
    assert not stack.types() & (others - BUILT[key])
    assert rules(stack) == HEARD[key]


@pytest.mark.parametrize("key", OFF)
def test_who_adopts_builds_nothing_but_hears_all_the_same(key: str) -> None:
    stack = security(environment(**{key: "adopt"}))
    alarms = {"aws_cloudwatch_metric_alarm"} if key in REPORTING else set()
    news = NEWS if key == "inspector" else set()
    assert stack.types() - ALWAYS == ((ROUTED | alarms | news) if HEARD[key] else set())
    assert rules(stack) == HEARD[key]


@pytest.mark.parametrize("mode", ["own", "adopt"])
def test_the_layer_is_there_for_anything_in_use(mode: str) -> None:
    assert all(environment(**{key: mode}).security.watches for key in OFF)
    assert not environment().security.watches


def _keys(stack: Template) -> set[str]:
    return {
        stack.one("aws_cloudtrail")["kms_key_id"],
        stack.one("aws_config_delivery_channel")["s3_kms_key_arn"],
        *(body["kms_master_key_id"] for body in stack.all("aws_sns_topic").values()),
        *(body["kms_key_id"] for body in stack.all("aws_cloudwatch_log_group").values()),
    }


def test_everything_is_under_the_key_of_the_region() -> None:
    stack = security(environment(**dict.fromkeys(OFF, "own")))
    assert _keys(stack) == {"arn:of:region:key"}
    assert not stack.types() & {"aws_kms_key", "aws_kms_alias"}


def test_or_under_a_key_of_its_own(whole: Template) -> None:
    assert _keys(whole) == {f"${{aws_kms_key.{next(iter(whole.all('aws_kms_key')))}.arn}}"}
    assert whole.one("aws_kms_key")["multi_region"] is True


OWNED: dict[str, set[str]] = {
    "trail": {"TrailEncrypts", "TrailDescribes"},
    "recorder": {"RecorderEncrypts"},
    "analyzer": set(),
}


def region_key(env: Environment) -> set[str]:
    return set(synthesise(lambda app: InfrastructureStack(app, env))["infrastructure"].statements("key/policy"))


@pytest.mark.parametrize("key", OWNED)
def test_its_key_serves_those_who_are_owned_here_and_no_others(key: str) -> None:
    plain = set(security(environment(analyzer="adopt", own_key=True)).statements("key/policy"))
    assert "TopicsOfThisAccount" in plain
    own = security(environment(**{key: "own"}, own_key=True))
    log = {"LogGroupsOfThisAccount"} if key == "trail" else set()
    assert set(own.statements("key/policy")) - plain == OWNED[key] | log


@pytest.mark.parametrize("key", OWNED)
def test_the_key_of_the_region_serves_them_unless_they_have_their_own(key: str) -> None:
    nobody = region_key(environment())
    assert region_key(environment(**{key: "own"})) - nobody == OWNED[key]
    assert region_key(environment(**{key: "own"}, own_key=True)) == nobody


@pytest.mark.parametrize(
    ("mode", "services"),
    [("own", ["events.amazonaws.com", "cloudtrail.amazonaws.com"]), ("adopt", ["events.amazonaws.com"])],
)
def test_cloudtrail_publishes_where_a_trail_is_owned(mode: str, services: list[str]) -> None:
    statement = security(environment(trail=mode, own_key=True)).statements("key/policy")["TopicsOfThisAccount"]
    assert statement["principals"] == [{"type": "Service", "identifiers": services}]


@pytest.mark.parametrize("key", [key for key in OFF if not HEARD[key]])
def test_without_anything_to_hear_there_is_no_topic(key: str) -> None:
    assert "aws_sns_topic" not in security(environment(**{key: "own"})).types()


def test_findings_and_alarms_reach_one_topic(whole: Template) -> None:
    names = [name for name, body in whole.all("aws_sns_topic").items() if body["name"] == "sitechat-dev-security"]
    topic = f"${{aws_sns_topic.{names[0]}.arn}}"
    (machine,) = whole.all("aws_sfn_state_machine")
    targets = {name: body["arn"] for name, body in whole.all("aws_cloudwatch_event_target").items()}
    untold = {name: arn for name, arn in targets.items() if name.startswith("untold_")}
    assert list(untold.values()) == [ALARMS], "of what could not be told, another topic hears"
    assert {arn for name, arn in targets.items() if name not in untold} == {
        topic,
        f"${{aws_sfn_state_machine.{machine}.arn}}",
    }
    assert topic in whole.one("aws_sfn_state_machine")["definition"]
    alarms = whole.all("aws_cloudwatch_metric_alarm").values()
    told = {body["alarm_name"]: body["alarm_actions"] for body in alarms}
    # Of what this topic didn't get, another one hears.
    assert told.pop("sitechat-dev-findings-undelivered-messages") == [ALARMS]
    assert {tuple(actions) for actions in told.values()} == {(topic,)}
    assert set(whole.statements("topic/policy_document")) == {"Rules", "Alarms"}


def test_cis_alarms_are_a_choice_of_their_own(whole: Template) -> None:
    assert len(whole.all("aws_cloudwatch_log_metric_filter")) == 15
    assert "aws_cloudwatch_log_metric_filter" not in security(environment(trail="own")).types()


def test_evidence_buckets_are_two_and_both_log_access(whole: Template) -> None:
    buckets = {body["bucket"] for body in whole.all("aws_s3_bucket").values()}
    assert buckets == {f"sitechat-dev-{kind}-{ACCOUNT}-us-east-1" for kind in ("trail", "config")}
    assert [body["target_bucket"] for body in whole.all("aws_s3_bucket_logging").values()] == [
        f"sitechat-dev-access-logs-{ACCOUNT}-us-east-1"
    ] * 2


def test_evidence_is_kept_as_long_as_the_audit() -> None:
    env = varied("dev", security__recorder="own", logs__audit_retention_days=731)
    stack = security(env)
    expiry = [body["rule"][0]["expiration"] for body in stack.all("aws_s3_bucket_lifecycle_configuration").values()]
    assert expiry == [[{"days": 731}]] * 2
    assert stack.one("aws_cloudwatch_log_group")["retention_in_days"] == 731


def test_the_recorder_may_use_a_role_that_exists() -> None:
    stack = security(environment(recorder="own", recorder_role="adopt"))
    assert "aws_iam_service_linked_role" not in stack.types()


def test_findings_go_to_their_own_readers_before_those_of_alarms() -> None:
    def readers(*emails: str) -> list[str]:
        env = varied("dev", monitoring__alarm_emails=("oncall@example.com",), security__emails=emails)
        return [body["endpoint"] for body in security(env).all("aws_sns_topic_subscription").values()]

    assert readers() == ["oncall@example.com"]
    assert readers("security@example.com") == ["security@example.com"]


@pytest.mark.parametrize("protection", [True, False])
def test_protection_holds_the_key_and_the_evidence(protection: bool) -> None:
    stack = security(varied("dev", protection=protection, security__own_key=True))
    for type_ in ("aws_kms_key", "aws_cloudtrail", "aws_s3_bucket", "aws_cloudwatch_log_group"):
        assert (stack.one(type_).get("lifecycle") == {"prevent_destroy": True}) is protection


def test_at_home_nothing_needs_another_region(whole: Template) -> None:
    assert len(whole.config["provider"]["aws"]) == 1
    assert "global_events" not in json.dumps(whole.config)


def test_in_another_region_only_rules_for_global_services_live_in_us_east_1(abroad: Template) -> None:
    regions = {one.get("alias"): one["region"] for one in abroad.config["provider"]["aws"]}
    assert regions == {None: "eu-central-1", "global": "us-east-1"}
    elsewhere = {
        (type_, body["//"]["metadata"]["path"].removeprefix("security/"))
        for type_, bodies in abroad.config["resource"].items()
        for body in bodies.values()
        if body.get("provider") == "aws.global"
    }
    assert elsewhere == {
        ("aws_cloudwatch_event_rule", "global_events/root_use"),
        ("aws_cloudwatch_event_rule", "global_events/keys"),
        ("aws_cloudwatch_event_target", "global_events/root_use_target"),
        ("aws_cloudwatch_event_target", "global_events/keys_target"),
    }


def test_what_is_brought_home_is_found_there_by_the_same_pattern(abroad: Template) -> None:
    for route in ("root_use", "keys"):
        here, there = (
            abroad.one("aws_cloudwatch_event_rule", f"{part}/{route}")["event_pattern"]
            for part in ("security/routes", "global_events")
        )
        assert here == there


def test_arns_name_the_home_region(abroad: Template) -> None:
    standard = abroad.one("aws_securityhub_standards_subscription")["standards_arn"]
    assert standard.startswith("arn:aws:securityhub:eu-central-1::")
    deliver = abroad.statements("trail/bucket/bucket/policy_document")["Deliver"]
    assert {
        "test": "StringEquals",
        "variable": "aws:SourceArn",
        "values": [f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/sitechat-dev-trail"],
    } in deliver["condition"]
    put = abroad.statements("global_events/role/access_document")["PutEvents"]
    assert put["resources"] == [f"arn:aws:events:eu-central-1:{ACCOUNT}:event-bus/default"]


def test_without_a_trail_nothing_global_is_heard() -> None:
    stack = security(environment("eu-central-1", analyzer="own"))
    assert not [body for kind in stack.config["resource"].values() for body in kind.values() if "provider" in body]


def test_it_is_built_after_the_bucket_its_access_logs_go_to(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    build(app, environment(analyzer="own"))
    app.synth()
    stacks = json.loads((tmp_path / "manifest.json").read_text())["stacks"]
    assert stacks["security"]["dependencies"] == ["infrastructure"]
    bucket = f"sitechat-dev-access-logs-{ACCOUNT}-us-east-1"
    assert bucket in (tmp_path / stacks["infrastructure"]["synthesizedStackPath"]).read_text()


def test_it_is_left_out_where_nothing_watches(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    build(app, environment())
    app.synth()
    assert "security" not in json.loads((tmp_path / "manifest.json").read_text())["stacks"]


@pytest.mark.parametrize("modes", [{"trail": "own"}, {"hub": "own"}], ids=["used", "unused"])
def test_the_provider_of_us_east_1_stays_when_no_route_needs_it(modes: dict[str, Any]) -> None:
    """Terraform destroys resources by the provider that made them; without it no plan can be made."""
    providers = security(environment("eu-central-1", **modes)).config["provider"]["aws"]
    assert [each.get("alias") for each in providers] == [None, "global"]


@pytest.mark.parametrize(
    ("settings", "ours"),
    [
        ({}, [f"{REPOSITORY}@sha256:", f"{REPOSITORY}:unreleased"]),
        ({"image__tag": "v1"}, [f"{REPOSITORY}@sha256:", f"{REPOSITORY}:v1"]),
        ({"image__digest": f"sha256:{'a' * 64}"}, f"{REPOSITORY}@sha256:"),
        ({"image__digest": f"sha256:{'a' * 64}", "image__repository": "else"}, f"{HOST}/else@sha256:"),
    ],
)
def test_images_of_this_environment_are_its_repositorys_by_digest(settings: dict[str, Any], ours: object) -> None:
    stack = security(
        varied("dev", **{**{f"security__{key}": "off" for key in OFF}, "security__trail": "own"}, **settings)
    )
    rule = stack.one("aws_cloudwatch_event_rule", "revisions")
    asked = json.loads(rule["event_pattern"])["detail"]["requestParameters"]
    assert asked["family"] == ["sitechat-dev-app", "sitechat-dev-app-debug"]
    assert asked["containerDefinitions"] == {"image": [{"anything-but": {"prefix": ours}}]}
