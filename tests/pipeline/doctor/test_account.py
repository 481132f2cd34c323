"""Diagnosis of the account: each subject as in a new account, and after its fix."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from pipeline.aws import asked
from pipeline.doctor.account import (
    authorities,
    diagnose_account,
    find_missing_prerequisites,
    logs,
    network,
    quotas,
    release,
    roles,
    singletons,
    state,
)
from pipeline.doctor.account.asking import UnansweredError, unanswered
from pipeline.doctor.account.taken_questions import QUESTIONS
from pipeline.doctor.finding import Diagnosis
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.unapplied import Unapplied
from pipeline.session import Session, open_session
from tests.pipeline.doctor.conftest import BARE_MODEL, SCP, Answer, Describe, answers, unapplied
from tests.pipeline.operations.support import Account
from tests.support.environments import varied

NO_EDGE = "[edge]\nenabled = false\n"
READ_ONLY = ("Get", "List", "Describe", "Head", "Scan", "BatchGet", "Simulate")


def lights(findings: Iterable[Diagnosis]) -> dict[str, str]:
    return {each.name: each.light for each in findings}


def new(folder: Path) -> Unapplied:
    """One resource of each type with a name that can be taken."""
    bodies = {
        kind: {"it": {question.path: f"doctor-{number}"}} for number, (kind, question) in enumerate(QUESTIONS.items())
    }
    return unapplied(folder / "new", "us-east-1", bodies)


def test_only_questions_are_asked(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called: set[str] = set()
    session = open_session(str(account.file), needs_terraform=False)
    made = boto3.client

    def recording(*given: object, **named: object) -> object:
        client = made(*given, **named)
        client.meta.events.register("before-call", lambda model, **_: called.add(model.name))
        return client

    monkeypatch.setattr(boto3, "client", recording)
    found = new(tmp_path)
    findings = diagnose_account(session, lambda _: found)
    assert len(called) >= 20
    assert [name for name in called if not name.startswith(READ_ONLY)] == []
    assert {each.name for each in findings} >= {"state bucket", "service-linked role", "zones", "log policies", "image"}


def test_the_emulated_aws_is_asked_what_it_can_answer(describe: Describe, tmp_path: Path) -> None:
    emulated, found = replace(describe().session, env=varied("local")), new(tmp_path)
    names = {each.name for each in diagnose_account(emulated, lambda _: found)}
    assert {"state bucket", "log policies", "image"} <= names
    assert names.isdisjoint({"service-linked role", "zones", "model", "delegation", "rights"})


def test_what_is_refused_is_yellow_and_names_the_permission(describe: Describe) -> None:
    def refuse() -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")

    with pytest.raises(UnansweredError, match="GetRole answers AccessDenied") as caught:
        asked(refuse, otherwise=unanswered)
    assert caught.value.fix == "Allow this role to call GetRole."


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (SCP, "A service control policy of the organization forbids it"),
        ("because no service control policy allows the x action", "A service control policy of the organization"),
        ("with an explicit deny in a resource control policy", "A resource control policy of the organization"),
        ("because no permissions boundary allows the x action", "The permissions boundary of this role"),
        ("because no identity-based policy allows the x action", "Allow this role to call GetRole."),
    ],
    ids=("explicit", "implicit", "resource", "boundary", "identity"),
)
def test_who_forbids_it_is_said(words: str, fix: str) -> None:
    def refuse() -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": words}}, "GetRole")

    with pytest.raises(UnansweredError) as caught:
        asked(refuse, otherwise=unanswered)
    assert caught.value.fix.startswith(fix)
    assert caught.value.organization is ("of the organization" in fix)


def test_what_cannot_be_looked_at_hides_nothing_that_was(describe: Describe, tmp_path: Path) -> None:
    account = describe()
    refused = SitechatError("main.py fails", hint="Look at it.", code=ExitCode.FAILED)

    def fail(session: Session) -> Unapplied:
        raise refused

    found = {each.name: each for each in diagnose_account(account.session, fail)}
    assert found["zones"].light == "green"
    assert (found["names"].light, found["names"].fix) == ("yellow", "Look at it.")
    assert found["names"].detail == "could not be looked at: main.py fails"


EVERYTHING = """
[network]
vpc_id = "vpc-0123456789abcdef0"
cidr = "10.9.0.0/16"
egress = "nat_gateway"
private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
[dns]
domain = "chat.example.org"
zone_name = "example.org"
zone = "existing"
zone_id = "Z0000TRIAL"
[bedrock]
invocation_logging = "own"
[security]
trail = "own"
analyzer = "own"
detector = "own"
hub = "own"
recorder = "own"
inspector = "own"
account_settings = "own"
"""


def test_a_role_that_may_read_nothing_is_told_each_permission(
    describe: Describe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No subject takes a missing answer for a good or a bad one."""
    account, found = describe(EVERYTHING), new(tmp_path)

    def refuse(client: object, operation: str, arguments: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
    monkeypatch.setattr(authorities, "admitted_authorities", lambda domain: ("", frozenset()))
    findings = diagnose_account(account.session, lambda _: found)
    told = [each for each in findings if each.name != "image"]  # none is configured: nothing is asked
    assert {each.light for each in told} == {"yellow"}
    assert [each for each in told if not each.fix.startswith("Allow this role to call ")] == []
    assert len({each.fix for each in told}) > 40, "each names its own operation"
    assert len(findings) == len(told) + 1


def test_a_missing_state_bucket_leads_to_bootstrap(describe: Describe) -> None:
    (found,) = state.examine(describe("project = 'fresh'\n"))
    assert (found.light, found.name) == ("yellow", "state bucket")
    assert found.fix.startswith("`sitechat bootstrap --env ")


def test_a_state_bucket_that_lost_its_settings_is_red(describe: Describe) -> None:
    account = describe("project = 'bare'\n")
    account.client("s3").create_bucket(Bucket=account.env.state_backend.bucket)
    found = {each.name: each for each in state.examine(account)}
    assert found["state bucket"].light == "red"
    for wrong in ("old versions are not kept", "not encrypted with the customer key", "public access is not blocked"):
        assert wrong in found["state bucket"].detail
    assert found["lock table"].light == "red"


def test_a_held_lock_is_yellow_with_its_holder(describe: Describe) -> None:
    account = describe("project = 'held'\n[state]\nlock = 's3'\n")
    backend, s3 = account.env.state_backend, account.client("s3")
    s3.create_bucket(Bucket=backend.bucket)
    held = {"ID": "1", "Who": "ann", "Operation": "OperationTypePlan", "Created": "2026-01-15T12:00:00.123456Z"}
    key = f"{backend.key('dns', 'global')}.tflock"
    s3.put_object(Bucket=backend.bucket, Key=key, Body=json.dumps(held).encode())
    found = {each.name: each for each in state.examine(account)}
    assert found["state locks"].light == "yellow"
    assert found["state locks"].detail == "dns by ann (plan) since 2026-01-15 12:00:00 UTC"


def test_service_linked_roles_are_red_until_they_are_created(describe: Describe) -> None:
    account = describe()
    assert [each.light for each in roles.examine(account)] == ["red", "red"]
    assert "--aws-service-name ecs.amazonaws.com" in next(iter(roles.examine(account))).fix
    for role, _ in (roles.ECS, roles.OPENSEARCH):
        account.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    assert [each.light for each in roles.examine(account)] == ["green", "green"]


def test_a_domain_that_is_there_needs_no_role_of_opensearch(describe: Describe) -> None:
    account = describe()
    account = replace(account, session=replace(account.session, env=varied("local")))
    assert len(list(roles.examine(account))) == 1


def test_the_eleventh_log_policy_is_red_and_a_twelfth_run_of_ours_is_not(describe: Describe) -> None:
    account = describe(NO_EDGE)
    policies = [{"policyName": f"other-{number}", "policyDocument": "{}"} for number in range(logs.LIMIT)]
    answers(account, "logs", ("describe_resource_policies", {"resourcePolicies": policies}))
    assert lights(logs.examine(account)) == {"log policies": "red"}
    account = describe(NO_EDGE)
    ours = {"policyName": account.env.names.resource("search-logs"), "policyDocument": "{}"}
    answers(account, "logs", ("describe_resource_policies", {"resourcePolicies": [*policies[1:], ours]}))
    assert lights(logs.examine(account)) == {"log policies": "green"}


@pytest.mark.parametrize(("region", "asks"), [("us-east-1", 1), ("eu-west-1", 2)])
@pytest.mark.parametrize(("name", "light"), [("AWSWAF-LOGS", "green"), ("other", "red")])
def test_the_firewall_needs_a_policy_that_aws_adds_itself(
    describe: Describe, region: str, asks: int, name: str, light: str
) -> None:
    account = describe(f"region = '{region}'\n[search]\nenabled = false\n{BARE_MODEL}")
    full = [{"policyName": f"{name if number == 0 else 'other'}-{number}"} for number in range(logs.LIMIT)]
    answers(account.at("us-east-1"), "logs", ("describe_resource_policies", {"resourcePolicies": full}))
    if asks == 2:
        answers(account, "logs", ("describe_resource_policies", {"resourcePolicies": []}))
    found = {each.detail.split()[4].rstrip(":"): each.light for each in logs.examine(account)}
    assert found == {"us-east-1": light, region: "green" if asks == 2 else light}


def test_an_existing_vpc_is_compared_with_what_is_said_of_it(describe: Describe) -> None:
    ec2 = describe().client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]
    text = (
        f'[network]\nvpc_id = "{vpc}"\nprivate_subnet_ids = ["{subnets[0]}", "{subnets[1]}"]\negress = "nat_gateway"\n'
    )
    (found,) = network.examine(describe(f'{text}cidr = "10.8.0.0/16"\n'))
    assert found.light == "red"
    assert "the VPC has 10.9.0.0/16" in found.detail
    assert "no internet gateway" in found.detail
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    assert lights(network.examine(describe(f'{text}cidr = "10.9.0.0/16"\n'))) == {"existing VPC": "green"}
    strange = text.replace(subnets[1], "subnet-0123456789abcdef0")
    (found,) = network.examine(describe(f'{strange}cidr = "10.9.0.0/16"\n'))
    assert "no subnets of it: subnet-0123456789abcdef0" in found.detail
    assert list(network.examine(describe())) == []


def test_the_tasks_of_two_releases_count_where_they_run_together(describe: Describe) -> None:
    text = "[service]\nmax_tasks = 8\nspot_percent = 50\non_demand_base = 2\n"
    text += '[dns]\ndomain = "chat.example.com"\nzone_name = "example.com"\n'
    assert quotas.tasks_at_full_scale(describe(text)) == (5, 3)
    assert quotas.tasks_at_full_scale(describe(f'{text}[deployment]\nstrategy = "linear"\n')) == (10, 6)


def test_quotas_are_compared_with_full_scale(describe: Describe) -> None:
    account = describe("[service]\nmax_tasks = 8\nspot_percent = 50\non_demand_base = 2\n[edge]\nenabled = false\n")
    assert quotas.tasks_at_full_scale(account) == (5, 3)
    values = [("get_service_quota", {"Quota": {"Value": value}}) for value in (1.25, 0.5, 100, 0)]
    answers(account, "service-quotas", *values)
    found = {each.name: each for each in quotas.examine(account)}
    assert found["Fargate on-demand vCPU"].light == "green"
    assert found["Fargate Spot vCPU"].light == "red"
    assert "--quota-code L-36FBB829 --desired-value 1" in found["Fargate Spot vCPU"].fix
    assert found["VPCs"].light == "green"
    assert found["internet gateways"].light == "red"


@pytest.mark.parametrize(
    ("mode", "there", "ours", "light"),
    [
        ("own", False, False, "green"),
        ("own", True, True, "green"),
        ("own", True, False, "red"),
        ("adopt", True, False, "green"),
        ("adopt", False, False, "yellow"),
    ],
)
def test_a_singleton_has_one_owner(mode: str, there: bool, ours: bool, light: str) -> None:
    assert singletons.compare_singleton("detector", "GuardDuty", mode, there, ours=ours).light == light


def test_a_detector_of_somebody_else_is_found_and_one_of_ours_is_known(describe: Describe) -> None:
    text = "[security]\ndetector = 'own'\n"
    account = describe(text, aws_guardduty_detector={"threats": {}})
    account.client("guardduty").create_detector(Enable=True)
    (found,) = singletons.examine(account)
    assert (found.light, found.fix) == ("red", 'Set [security] detector = "adopt".')
    assert lights(singletons.examine(describe(text))) == {"GuardDuty": "green"}


INSPECTED = {
    "accountId": "123456789012",
    "state": {"status": "ENABLED", "errorCode": "ACCESS_DENIED", "errorMessage": "-"},
}


def inspected(status: str) -> dict[str, object]:
    one = {"status": status, "errorCode": "ACCESS_DENIED", "errorMessage": "-"}
    return {"accounts": [INSPECTED | {"resourceState": {"ec2": one, "ecr": one}}]}


@pytest.mark.parametrize(("status", "light"), [("ENABLED", "red"), ("DISABLED", "green")])
def test_inspector_of_somebody_else_is_red(describe: Describe, status: str, light: str) -> None:
    account = describe("[security]\ninspector = 'own'\n", aws_inspector2_enabler={"images": {}})
    answers(account, "inspector2", ("batch_get_account_status", inspected(status)))
    assert lights(singletons.examine(account)) == {"Inspector": light}


LOGGED = {"loggingConfig": {"textDataDeliveryEnabled": True}}


@pytest.mark.parametrize(("answer", "light"), [(LOGGED, "red"), ({}, "green")])
def test_invocation_logging_of_somebody_else_is_red(describe: Describe, answer: dict[str, object], light: str) -> None:
    account = describe(
        "[bedrock]\ninvocation_logging = 'own'\n", aws_bedrock_model_invocation_logging_configuration={"it": {}}
    )
    answers(account, "bedrock", ("get_model_invocation_logging_configuration", answer))
    (found,) = singletons.examine(account)
    assert found.light == light
    if light == "red":
        assert found.fix == 'Set [bedrock] invocation_logging = "adopt".'


@pytest.mark.parametrize(("channels", "light"), [([{"name": "default"}], "red"), ([], "green")])
def test_a_delivery_channel_without_a_recorder_takes_its_place(
    describe: Describe, channels: list[dict[str, str]], light: str
) -> None:
    account = describe("[security]\nrecorder = 'own'\n", aws_config_configuration_recorder={"recorder": {}})
    recorders: Answer = ("describe_configuration_recorders", {"ConfigurationRecorders": []})
    answers(account, "config", recorders, ("describe_delivery_channels", {"DeliveryChannels": channels}))
    assert lights(singletons.examine(account))["AWS Config"] == light


@pytest.mark.parametrize(
    ("setting", "there", "new", "light"),
    [
        ("own", True, True, "red"),
        ("own", True, False, "green"),
        ("own", False, True, "green"),
        ("adopt", True, False, "green"),
        ("adopt", False, False, "red"),
    ],
)
def test_the_recorders_role_exists_once_per_account(
    describe: Describe, setting: str, there: bool, new: bool, light: str
) -> None:
    text = f"[security]\nrecorder = 'own'\nrecorder_role = '{setting}'\n"
    given = {"aws_iam_service_linked_role": {"role": {"aws_service_name": "config.amazonaws.com"}}} if new else {}
    account = describe(text, **given)
    role = {"Path": "/", "RoleName": "x", "RoleId": "A" * 16, "Arn": "arn:aws:iam::123456789012:role/x"}
    answer = {"Role": role | {"CreateDate": "2026-01-01T00:00:00Z"}} if there else "NoSuchEntity"
    answers(account, "iam", ("get_role", answer))
    assert lights(singletons.examine(account))["AWS Config's role"] == light


def test_a_secret_goes_from_missing_over_empty_to_set_and_pending_deletion(describe: Describe) -> None:
    account = describe()
    full, client = account.env.names.secret("session-key"), account.client("secretsmanager")

    def found() -> Diagnosis:
        return next(each for each in release.examine(account) if each.name == "secret")

    assert "does not exist yet" in found().detail
    client.create_secret(Name=full)
    for version in client.describe_secret(SecretId=full).get("VersionIdsToStages", ()):
        client.update_secret_version_stage(SecretId=full, VersionStage="AWSCURRENT", RemoveFromVersionId=version)
    assert found().light == "yellow"
    assert "sitechat secret generate session-key" in found().fix
    client.put_secret_value(SecretId=full, SecretString="correct horse")
    assert found().light == "green"
    assert "correct horse" not in str(found())
    client.delete_secret(SecretId=full, RecoveryWindowInDays=7)
    assert found().light == "red"
    assert "aws secretsmanager restore-secret" in found().fix


def test_an_image_has_to_be_in_the_repository(describe: Describe) -> None:
    (missing,) = (each for each in release.examine(describe()) if each.name == "image")
    assert missing.light == "yellow"
    (absent,) = (each for each in release.examine(describe("[image]\ntag = 'v1'\n")) if each.name == "image")
    assert absent.light == "red"
    account = describe("[image]\ntag = 'v1'\n")
    answers(account, "ecr", ("describe_images", {"imageDetails": [{"imageTags": ["v1"]}]}))
    assert lights(release.examine(account))["image"] == "green"


def test_still_missing_is_what_lies_before_an_answering_site(describe: Describe) -> None:
    names = [each.name for each in find_missing_prerequisites(describe().session)]
    assert {"secret", "image"} <= set(names)
    assert "state bucket" not in names
