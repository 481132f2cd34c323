"""The roles of an environment's CI: who gets in, what each may do, what bounds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from backend.ci import CiStack
from config import Environment
from constructs_lib.edge.distribution import PAGE as PAGE_KEY
from pipeline.bundle.entries import FOLDER
from policies.checks.oidc_exact_subject import check
from policies.proof.authorization import only_reads
from policies.proof.configuration import Configuration
from policies.proof.permissions import walk
from policies.proof.privilege import privilege_faults
from policies.rights.asked import asked_by, known_types
from policies.rights.grant import ATTACHED_POLICIES, POLICY_CHARACTERS
from tests.policies.proof.configurations import ALL, CI_ACCOUNT, REPOSITORY, configuration, settings
from tests.support.environments import varied
from tests.support.synthesised import Template, layers, synthesise

ISSUER = "token.actions.githubusercontent.com"
STATE = "arn:aws:s3:::sitechat-state-222222222222-us-east-1"
PAGE = f"arn:aws:s3:::sitechat-prod-*/{PAGE_KEY}"
PACKAGES = "arn:aws:s3:::sitechat-prod-packages-222222222222-us-east-1/*"


def synthesised(env: Environment) -> Template:
    return synthesise(lambda app: CiStack(app, "ci", env))["ci"]


def configured(name: str = "prod", **changes: Any) -> Environment:
    return varied(name, **{"account_id": CI_ACCOUNT, "ci__repository": REPOSITORY, **changes})


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesised(configured(deployment__strategy="rolling"))


@pytest.fixture(scope="module")
def shifted() -> Template:
    return synthesised(configured(deployment__strategy="canary"))


def statements(template: Template, ending: str) -> dict[str, Mapping[str, Any]]:
    return template.statements(ending)


def granted(template: Template, role: str) -> list[Mapping[str, Any]]:
    """Every statement of the policies attached to a role."""
    body = template.one("aws_iam_role", f"{role}/role")
    name = next(key for key, each in template.all("aws_iam_role").items() if each is body)
    attached = [
        each["policy_arn"]
        for each in template.all("aws_iam_role_policy_attachment").values()
        if f"aws_iam_role.{name}." in each["role"]
    ]
    documents = template.config["data"]["aws_iam_policy_document"]
    found: list[Mapping[str, Any]] = []
    for policy_name, policy in template.all("aws_iam_policy").items():
        if f"${{aws_iam_policy.{policy_name}.arn}}" in attached:
            document = policy["policy"].removeprefix("${data.aws_iam_policy_document.").removesuffix(".json}")
            found += documents[document]["statement"]
    assert found
    return found


def actions(found: list[Mapping[str, Any]]) -> set[str]:
    return {action for each in found for action in each["actions"]}


@pytest.mark.parametrize(
    ("role", "subjects"),
    [
        ("plan", ["repo:acme/site-chat:pull_request", "repo:acme/site-chat:ref:refs/heads/main"]),
        ("publish", ["repo:acme/site-chat:ref:refs/heads/main"]),
        ("apply", ["repo:acme/site-chat:environment:prod"]),
        ("release", ["repo:acme/site-chat:environment:prod"]),
        ("push", ["repo:acme/site-chat:ref:refs/heads/main"]),
        ("cost", ["repo:acme/site-chat:ref:refs/heads/main"]),
    ],
)
def test_who_gets_in_is_compared_exactly(template: Template, role: str, subjects: list[str]) -> None:
    (trust,) = statements(template, f"{role}/trust").values()
    assert trust["actions"] == ["sts:AssumeRoleWithWebIdentity"]
    assert [each["type"] for each in trust["principals"]] == ["Federated"]
    assert trust["condition"] == [
        {"test": "StringEquals", "variable": f"{ISSUER}:aud", "values": ["sts.amazonaws.com"]},
        {"test": "StringEquals", "variable": f"{ISSUER}:sub", "values": subjects},
    ]


@pytest.mark.parametrize("role", ["plan", "publish", "apply", "release", "push", "cost"])
def test_the_rule_of_the_gate_agrees(template: Template, role: str) -> None:
    (trust,) = statements(template, f"{role}/trust").values()
    condition = {"StringEquals": {each["variable"]: each["values"] for each in trust["condition"]}}
    statement = {"Effect": "Allow", "Action": trust["actions"][0], "Condition": condition}
    assert not check.broken({"assume_role_policy": [json.dumps({"Statement": [statement]})]})
    condition["StringEquals"][f"{ISSUER}:sub"] = ["repo:acme/*"]
    assert check.broken({"assume_role_policy": [json.dumps({"Statement": [statement]})]})


def test_another_branch_and_environment_change_the_subjects() -> None:
    found = synthesised(configured("staging", ci__branch="release/1"))
    assert "repo:acme/site-chat:ref:refs/heads/release/1" in str(statements(found, "publish/trust"))
    assert "repo:acme/site-chat:environment:staging" in str(statements(found, "apply/trust"))


def test_with_ids_no_role_trusts_a_name_alone() -> None:
    found = synthesised(configured(ci__owner_id=9919, ci__repository_id=456789))
    subjects = [
        subject
        for role in ("plan", "publish", "apply", "release", "push", "cost")
        for each in statements(found, f"{role}/trust").values()
        for condition in each["condition"]
        if condition["variable"] == f"{ISSUER}:sub"
        for subject in condition["values"]
    ]
    assert subjects == [
        "repo:acme@9919/site-chat@456789:pull_request",
        "repo:acme@9919/site-chat@456789:ref:refs/heads/main",
        "repo:acme@9919/site-chat@456789:ref:refs/heads/main",
        "repo:acme@9919/site-chat@456789:environment:prod",
        "repo:acme@9919/site-chat@456789:environment:prod",
        "repo:acme@9919/site-chat@456789:ref:refs/heads/main",
        "repo:acme@9919/site-chat@456789:ref:refs/heads/main",
    ]
    faults = privilege_faults(Configuration({"ci": found.config}))
    assert "loose-subject" not in {each.rule for each in faults}


def test_the_cost_role_reads_the_bill_and_nothing_else(template: Template) -> None:
    assert actions(granted(template, "cost")) == {"ce:GetCostAndUsage", "ce:ListCostAllocationTags"}


def test_the_plan_role_writes_nothing_but_locks(template: Template) -> None:
    writing: dict[str, set[tuple[str, ...]]] = {}
    for each in granted(template, "plan"):
        for action in each["actions"]:
            if not only_reads(action):
                keys = [cond["values"] for cond in each.get("condition", ()) if "LeadingKeys" in cond["variable"]]
                writing.setdefault(action, set()).add(tuple(keys[0] if keys else each["resources"]))
    bucket = STATE.removeprefix("arn:aws:s3:::")
    items = {(f"{bucket}/sitechat/prod/*.tfstate",)}
    files = {(f"{STATE}/sitechat/prod/*.tflock",)}
    assert {action: where for action, where in writing.items() if not action.startswith("kms:")} == {
        "dynamodb:DeleteItem": items,
        "dynamodb:PutItem": items,
        "s3:DeleteObject": files,
        "s3:PutObject": files,
    }
    assert {action for action in writing if action.startswith("kms:")} == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_only_the_apply_role_tags_images_and_only_those_of_the_environment(template: Template) -> None:
    tagging = {"ecr:BatchGetImage", "ecr:PutImage"}
    assert not tagging & actions(granted(template, "plan")) | tagging & actions(granted(template, "publish"))
    (statement,) = (each for each in granted(template, "apply") if tagging & set(each["actions"]))
    (repository,) = statement["resources"]
    assert repository.endswith(":repository/sitechat-prod-app")


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:Scan",
        "ecr:GetDownloadUrlForLayer",
        "iam:PassRole",
        "logs:GetLogEvents",
        "secretsmanager:GetSecretValue",
        "sts:AssumeRole",
    ],
)
def test_no_role_reads_what_is_stored_and_the_plan_role_passes_none(template: Template, action: str) -> None:
    assert action not in actions(granted(template, "plan"))
    if action != "iam:PassRole":
        assert action not in actions(granted(template, "apply"))


def test_of_objects_only_states_packages_and_the_public_page_of_the_environment_are_read(template: Template) -> None:
    for role, expected in (
        ("plan", {f"{STATE}/sitechat/prod/*", PAGE, PACKAGES}),
        ("apply", {f"{STATE}/sitechat/prod/*", f"{STATE}/bundles/sitechat/prod/*.zip", PAGE, PACKAGES}),
    ):
        read = {
            arn for each in granted(template, role) if "s3:GetObject" in each["actions"] for arn in each["resources"]
        }
        assert read == expected


def test_packages_are_written_where_the_layer_keeps_them_and_with_its_key_alone(template: Template) -> None:
    (bucket,) = layers(configured())["llm"].all("aws_s3_bucket").values()
    assert f"arn:aws:s3:::{bucket['bucket']}/*" == PACKAGES
    written = [each["resources"] for each in granted(template, "apply") if "s3:PutObject" in each["actions"]]
    assert [PACKAGES, PAGE] in written
    condition = statements(template, "change_state_policy/document")["EncryptPackages"]["condition"]
    assert {each["variable"]: each["values"] for each in condition} == {
        "kms:ViaService": ["s3.us-east-1.amazonaws.com"],
        "kms:EncryptionContext:aws:s3:arn": [PACKAGES.removesuffix("/*")],
    }


def test_only_one_role_publishes_bundles_and_none_of_them_both_publishes_and_applies(template: Template) -> None:
    bundles = f"{STATE}/bundles/sitechat/prod/*.zip"
    publishing = {
        role
        for role in ("plan", "publish", "apply", "release", "push", "cost")
        for each in granted(template, role)
        if "s3:PutObject" in each["actions"] and bundles in each["resources"]
    }
    assert publishing == {"publish"}


def test_history_is_read_by_all_and_written_and_pruned_by_the_role_that_applies_alone(template: Template) -> None:
    env = configured()
    key = f"{STATE}/{env.project}/{env.name}/{FOLDER}/{'0' * 8}T{'0' * 6}Z-{'0' * 16}.json"
    may = {
        role: {
            action
            for each in granted(template, role)
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
            if action in each["actions"] and any(fnmatchcase(key, pattern) for pattern in each["resources"])
        }
        for role in ("plan", "publish", "apply", "release", "push", "cost")
    }
    assert may == {
        "release": {"s3:GetObject"},
        "push": set(),
        "cost": set(),
        "plan": {"s3:GetObject"},
        "publish": {"s3:GetObject"},
        "apply": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
    }


def test_no_role_can_write_the_state_it_comes_from(template: Template) -> None:
    backend = template.config["terraform"]["backend"]["s3"]
    assert backend["key"] == "sitechat/state/us-east-1/ci-prod.tfstate"
    written = [
        arn.partition(":::")[2]
        for each in granted(template, "apply")
        if "s3:PutObject" in each["actions"]
        for arn in each["resources"]
    ]
    assert written
    assert not [pattern for pattern in written if fnmatchcase(f"{backend['bucket']}/{backend['key']}", pattern)]


def test_roles_are_built_bounded_and_passed_to_named_services(template: Template) -> None:
    found = statements(template, "change_state_policy/document")
    role = "arn:aws:iam::222222222222:role/sitechat-prod-us-east-1-*"
    boundary = "arn:aws:iam::222222222222:policy/sitechat-prod-us-east-1-ci-boundary"
    build = found["BuildBoundedRoles"]
    assert set(build["actions"]) == {"iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
    assert build["resources"] == [role]
    assert build["condition"] == [{"test": "StringEquals", "variable": "iam:PermissionsBoundary", "values": [boundary]}]
    passing = found["PassToServices"]
    assert passing["resources"][0] == role
    (to,) = passing["condition"]
    assert to["variable"] == "iam:PassedToService"
    assert "ecs-tasks.amazonaws.com" in to["values"]
    assert not [value for value in to["values"] if "*" in value]
    assert {"iam:CreateUser", "iam:CreateAccessKey", "iam:AttachRolePolicy"} & actions(
        granted(template, "apply")
    ) == set()


def test_the_roles_never_change_themselves_whatever_is_attached_to_them(template: Template) -> None:
    ceiling = statements(template, "ceiling_policy/document")
    never = ceiling["NeverItself"]
    assert never["effect"] == "Deny"
    assert {"iam:AttachRolePolicy", "iam:PassRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"} <= set(
        never["actions"]
    )
    names = [body["name"] for body in template.all("aws_iam_role").values()]
    names += [body["name"] for body in template.all("aws_iam_policy").values()]
    patterns = [arn.partition("/")[2] for arn in never["resources"]]
    assert [name for name in names if not any(fnmatchcase(name, pattern) for pattern in patterns)] == []
    assert f"arn:aws:iam::222222222222:oidc-provider/{ISSUER}" in never["resources"]
    assert ceiling["NeverUnbound"]["actions"] == ["iam:DeleteRolePermissionsBoundary"]
    boundaries = {body["permissions_boundary"] for body in template.all("aws_iam_role").values()}
    assert len(boundaries) == 1
    assert ".ceiling_policy" in boundaries.pop()


@pytest.mark.parametrize("role", ["plan", "publish", "apply", "release", "push", "cost"])
def test_the_ceiling_leaves_room_for_what_is_granted(template: Template, role: str) -> None:
    most = statements(template, "ceiling_policy/document")["AtMost"]["actions"]
    outside = [each for each in actions(granted(template, role)) if not any(fnmatchcase(each, top) for top in most)]
    assert outside == []


def test_the_provider_is_one_per_account(template: Template) -> None:
    provider = template.one("aws_iam_openid_connect_provider")
    assert (provider["url"], provider["client_id_list"]) == (f"https://{ISSUER}", ["sts.amazonaws.com"])
    adopting = synthesised(configured(ci__provider="adopt"))
    assert adopting.all("aws_iam_openid_connect_provider") == {}
    (trust,) = statements(adopting, "plan/trust").values()
    assert trust["principals"][0]["identifiers"] == [f"arn:aws:iam::222222222222:oidc-provider/{ISSUER}"]


def test_without_a_repository_there_is_nothing(template: Template) -> None:
    found = synthesised(configured(ci__repository=None))
    assert found.types() == set()
    assert found.config["terraform"]["backend"]["s3"]["key"] == "sitechat/state/us-east-1/ci-prod.tfstate"


def test_names_as_long_as_they_get_stay_within_the_limits_of_iam() -> None:
    env = configured(
        project="a234567890123456",
        region="ap-northeast-1",
        network__availability_zones=("ap-northeast-1a", "ap-northeast-1c"),
        bedrock__model_id="apac.amazon.nova-lite-v1:0",
        bedrock__destination_regions=("ap-northeast-1",),
        image__repository="r" * 200,
    )
    found = synthesised(env)
    sizes = {name: len(rendered(body)) for name, body in found.config["data"]["aws_iam_policy_document"].items()}
    assert {name: size for name, size in sizes.items() if size > POLICY_CHARACTERS} == {}
    assert max(len(body["name"]) for body in found.all("aws_iam_role").values()) <= 64
    roles = [each["role"] for each in found.all("aws_iam_role_policy_attachment").values()]
    assert max(roles.count(role) for role in roles) <= ATTACHED_POLICIES


def rendered(document: Mapping[str, Any]) -> str:
    """The policy as AWS counts it, without white space."""
    body = []
    for each in document["statement"]:
        conditions: dict[str, Any] = {}
        for condition in each.get("condition", ()):
            conditions.setdefault(condition["test"], {})[condition["variable"]] = condition["values"]
        parts = {
            "Sid": each["sid"],
            "Effect": each["effect"],
            "Action": each["actions"],
            "Resource": each.get("resources"),
        }
        body.append(parts | ({"Condition": conditions} if conditions else {}))
    return json.dumps({"Version": "2012-10-17", "Statement": body}, separators=(",", ":"))


def test_the_roles_have_the_rights_of_every_type(template: Template) -> None:
    needed = asked_by(known_types())
    assert sorted(needed.reads - actions(granted(template, "plan"))) == []
    assert sorted(needed.all - actions(granted(template, "apply"))) == []


@pytest.mark.parametrize(
    "action",
    [
        "ec2:GetSecurityGroupsForVpc",
        "iam:CreateServiceLinkedRole",
        "iam:UpdateAccountPasswordPolicy",
        "logs:UpdateDeliveryConfiguration",
    ],
)
def test_what_aws_asks_for_beside_the_operation_is_granted(template: Template, action: str) -> None:
    assert action in actions(granted(template, "apply"))


def test_linked_roles_are_read_and_the_recorders_is_passed_and_tagged(template: Template) -> None:
    roles = "arn:aws:iam::222222222222:role/aws-service-role/"
    where = {
        action: {arn for each in granted(template, "apply") if action in each["actions"] for arn in each["resources"]}
        for action in ("iam:GetRole", "iam:PassRole", "iam:TagRole")
    }
    assert f"{roles}*" in where["iam:GetRole"]
    recorder = f"{roles}config.amazonaws.com/AWSServiceRoleForConfig"
    assert recorder in where["iam:PassRole"] & where["iam:TagRole"]


def test_no_bucket_can_be_emptied(template: Template) -> None:
    deleting = [each["resources"] for each in granted(template, "apply") if "s3:DeleteObjectVersion" in each["actions"]]
    assert deleting == [[PACKAGES, PAGE]]


def test_every_role_of_the_layers_carries_the_boundary() -> None:
    env = configured()
    roles = {
        f"{layer}/{name}": body.get("permissions_boundary")
        for layer, each in layers(env).items()
        for name, body in each.all("aws_iam_role").items()
    }
    assert len(roles) >= 4
    assert set(roles.values()) == {env.boundary_arn}
    assert not [
        body
        for each in layers(settings("prod")).values()
        for body in each.all("aws_iam_role").values()
        if body.get("permissions_boundary")
    ]


@pytest.mark.parametrize("name", ALL)
def test_the_boundary_leaves_room_for_what_the_layers_grant(template: Template, shifted: Template, name: str) -> None:
    ci = shifted if settings(name).uses_code_deploy else template
    most = [action for each in statements(ci, "boundary_policy/document").values() for action in each["actions"]]
    granted_here = {
        action
        for each in walk(configuration(name)).permissions
        if each.kind == "identity" and each.allows
        for action in each.actions
    }
    assert granted_here
    assert [each for each in sorted(granted_here) if not any(fnmatchcase(each, top) for top in most)] == []


NEVER = (
    "ecs:RunTask",
    "ecs:StartTask",
    "ecs:ExecuteCommand",
    "ecs:CreateService",
    "ecs:DeleteService",
    "iam:CreateRole",
)


@pytest.mark.parametrize("strategy", ["rolling", "canary"])
def test_whoever_releases_runs_no_task_and_opens_no_shell(strategy: str, template: Template, shifted: Template) -> None:
    may = actions(granted(template if strategy == "rolling" else shifted, "release"))
    assert not [each for each in NEVER if any(fnmatchcase(each, allowed) for allowed in may)]
    assert not [each for each in may if "*" in each]
    assert ("ecs:UpdateService" in may) == (strategy == "rolling")
    assert ("codedeploy:CreateDeployment" in may) == (strategy == "canary")


def _where(template: Template, action: str) -> list[str]:
    return [where for each in granted(template, "release") if action in each["actions"] for where in each["resources"]]


def test_a_rolling_release_updates_one_service(template: Template) -> None:
    assert _where(template, "ecs:UpdateService") == [
        "arn:aws:ecs:us-east-1:222222222222:service/sitechat-prod-main/sitechat-prod-app"
    ]


def test_codedeploy_releases_by_one_group(shifted: Template) -> None:
    group = "arn:aws:codedeploy:us-east-1:222222222222:deploymentgroup:sitechat-prod-app/sitechat-prod-app"
    for action in ("codedeploy:CreateDeployment", "codedeploy:GetDeployment"):
        assert _where(shifted, action) == [group]


def test_a_release_passes_the_two_roles_of_tasks_to_tasks(template: Template) -> None:
    (passing,) = [each for each in granted(template, "release") if "iam:PassRole" in each["actions"]]
    role = "arn:aws:iam::222222222222:role/sitechat-prod-us-east-1-"
    assert (passing["actions"], passing["resources"]) == (["iam:PassRole"], [f"{role}execution", f"{role}task"])
    assert passing["condition"] == [
        {"test": "StringEquals", "variable": "iam:PassedToService", "values": ["ecs-tasks.amazonaws.com"]}
    ]


def test_releases_are_recorded_beside_the_history_and_states_stay_as_they_are(template: Template) -> None:
    assert _where(template, "s3:PutObject") == [
        f"{STATE}/sitechat/prod/releases/*.json",
        f"{STATE}/sitechat/prod/*.tflock",
    ]


def test_whoever_pushes_reaches_one_repository_and_nothing_else(template: Template) -> None:
    login, pushing = granted(template, "push")
    assert (login["actions"], login["resources"]) == (["ecr:GetAuthorizationToken"], ["*"])
    assert pushing["resources"] == ["arn:aws:ecr:us-east-1:222222222222:repository/sitechat-prod-app"]
    assert not [each for each in pushing["actions"] if not each.startswith("ecr:") or "Delete" in each]


@pytest.mark.parametrize("role", ["release", "push"])
def test_the_ceiling_of_a_ci_leaves_room_under_codedeploy_too(shifted: Template, role: str) -> None:
    most = statements(shifted, "ceiling_policy/document")["AtMost"]["actions"]
    assert [each for each in actions(granted(shifted, role)) if not any(fnmatchcase(each, top) for top in most)] == []


@pytest.mark.parametrize("role", ["plan", "publish", "apply", "release", "push", "cost"])
def test_no_role_opens_a_shell_or_runs_a_task_whatever_is_attached_to_it(template: Template, role: str) -> None:
    """The ceiling denies it; no grant of the roles is in its way."""
    body = template.one("aws_iam_role", f"{role}/role")
    assert ".ceiling_policy" in body["permissions_boundary"]
    never = statements(template, "ceiling_policy/document")["NeverInTasks"]
    assert (never["effect"], never["resources"], never.get("condition")) == ("Deny", ["*"], None)
    assert set(never["actions"]) == {"ecs:ExecuteCommand", "ecs:RunTask", "ecs:StartTask", "ssm:StartSession"}
    assert not set(never["actions"]) & actions(granted(template, role))


def test_no_role_of_an_environment_opens_a_shell(template: Template, shifted: Template) -> None:
    for ci in (template, shifted):
        most = [each for found in statements(ci, "boundary_policy/document").values() for each in found["actions"]]
        assert not [each for each in NEVER if any(fnmatchcase(each, top) for top in most)]
