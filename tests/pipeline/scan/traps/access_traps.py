"""Traps of permissions: policies, trust, and what is shared with others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.pipeline.scan.traps.copies import Change
from tests.pipeline.scan.traps.trap import Trap, adds, says, sets, together

DOCUMENT = "data.aws_iam_policy_document.roles_execution_access_document*"
TRUST = "data.aws_iam_policy_document.roles_task_trust*"
TASK_ROLE = "${aws_iam_role.roles_task_role*.name}"
LOGS_BUCKET = "${aws_s3_bucket.access_logs_bucket*.arn}/*"
FOREIGN = "999999999999"
AWS_POLICIES = "arn:aws:iam::aws:policy/"


def traps() -> Iterator[Trap]:
    """All traps of the kinds policy, trust and sharing."""
    yield from _policy_texts()
    yield from _documents()
    yield from _attachments()
    yield from _trust()
    yield from _buckets()
    yield from _sharing()


def _text(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _infrastructure(kind: str, name: str, change: Change, *words: str, verdict: Any = "red") -> Trap:
    return Trap(kind, name, "infrastructure", change, words=words, verdict=verdict)


def _policy_texts() -> Iterator[Trap]:
    def trap(name: str, policy: str, *more: Change) -> Trap:
        evil = "aws_iam_role_policy.evil"
        return _infrastructure("policy", name, together(*more, adds(evil, role="x", policy=policy)), evil)

    admin = adds("data.aws_iam_policy.adm", name="AdministratorAccess")
    joined = json.dumps(_text(Action="*", Resource="*").replace(" ", ""))
    yield trap("policy by join", '${join("",[' + joined + "])}")
    yield trap("policy by base64decode", '${base64decode("eyJWZXJzaW9uIjoi")}')
    yield trap("policy text: action in ${}", _text(Action='${"iam:PassRole"}', Resource="*"))
    yield trap("policy copied from a managed one", "${data.aws_iam_policy.adm.policy}", admin)


def _documents() -> Iterator[Trap]:
    def trap(name: str, change: Change, verdict: str = "red") -> Trap:
        return _infrastructure("policy", f"document{name}", change, DOCUMENT, verdict=verdict)

    users = {"sid": "X", "actions": ["iam:CreateUser"], "resources": ["*"]}
    everything = _text(Action="*", Resource="*")
    content = {"actions": ["*"], "resources": ["*"]}
    yield trap(" allows all", says(DOCUMENT, actions=["*"], resources=["*"]))
    yield trap(": effect in ${}", says(DOCUMENT, effect='${"Allow"}', **users))
    yield trap(': effect "allow"', says(DOCUMENT, effect="allow", **users))
    yield trap(": override_policy_documents", sets(DOCUMENT, override_policy_documents=[everything]))
    yield trap(
        ": source_policy_documents", sets(DOCUMENT, source_policy_documents=[_text(Action="s3:*", Resource="*")])
    )
    yield trap(": override_json", sets(DOCUMENT, override_json=everything), "either")
    yield trap(": source_json", sets(DOCUMENT, source_json=everything), "either")
    yield trap(": dynamic statement", sets(DOCUMENT, dynamic={"statement": {"for_each": ["*"], "content": content}}))


def _attachments() -> Iterator[Trap]:
    def trap(name: str, kind: str, /, **arguments: Any) -> Trap:
        return _infrastructure("policy", name, adds(f"{kind}.evil", **arguments), f"{kind}.evil")

    power, master = f"{AWS_POLICIES}PowerUserAccess", f"{AWS_POLICIES}IAMFullAccess"
    exclusive = "aws_iam_role_policy_attachments_exclusive"
    yield trap("PowerUserAccess attached to a role", "aws_iam_role_policy_attachment", role=TASK_ROLE, policy_arn=power)
    yield trap("PowerUserAccess attached exclusively to a role", exclusive, role_name=TASK_ROLE, policy_arns=[power])
    yield trap("IAMFullAccess attached exclusively to a role", exclusive, role_name="r", policy_arns=[master])
    yield trap("IAMFullAccess attached to a group", "aws_iam_group_policy_attachment", group="g", policy_arn=master)


def _trust() -> Iterator[Trap]:
    def trap(name: str, kind: str, identifier: str, *words: str) -> Trap:
        principals = [{"type": kind, "identifiers": [identifier]}]
        change = says(TRUST, actions=["sts:AssumeRole"], effect="Allow", principals=principals)
        return _infrastructure("trust", f"role for {name}", change, TRUST, *words)

    def added(kind: str, /, **arguments: Any) -> Trap:
        return _infrastructure("trust", f"{kind} added", adds(f"{kind}.evil", **arguments), f"{kind}.evil")

    yield trap("another account", "AWS", f"arn:aws:iam::{FOREIGN}:root", FOREIGN)
    yield trap("another account by format()", "AWS", f'${{format("arn:aws:iam::%s:root","{FOREIGN}")}}')
    yield trap("another account, digits split", "AWS", '${format("arn:aws:iam::%s%s:root","999999","999999")}')
    yield trap("a user id", "AWS", "AIDACKCEVSQ6C2EXAMPLE")
    yield trap("any EC2 instance", "Service", "ec2.amazonaws.com", "ec2.amazonaws.com")
    yield added("aws_iam_user_group_membership", user="alice", groups=["admins"])
    yield added("aws_iam_openid_connect_provider", url="https://evil.example.org", client_id_list=["x"])


def _buckets() -> Iterator[Trap]:
    def trap(name: str, change: Change) -> Trap:
        return Trap("sharing", name, "edge", change, words=("access_logs_bucket|aws_s3_bucket_policy.evil",))

    document = "data.aws_iam_policy_document.access_logs_bucket_policy_document*"
    read = {"sid": "X", "effect": "Allow", "actions": ["s3:GetObject"], "resources": [LOGS_BUCKET]}
    over_tls = {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}
    organisation = {"test": "StringEquals", "variable": "aws:PrincipalOrgID", "values": ["o-evil"]}
    yield trap(
        "bucket that anyone may read over TLS",
        says(document, **read, principals=[{"type": "*", "identifiers": ["*"]}], condition=[over_tls]),
    )
    yield trap(
        "bucket that another organisation may read",
        says(document, **read, principals=[{"type": "AWS", "identifiers": ["*"]}], condition=[organisation]),
    )
    text = _text(Action="s3:GetObject", Principal={"AWS": "*"}, Resource="*")
    bucket = "${aws_s3_bucket.access_logs_bucket*.id}"
    yield trap("second, open policy of a bucket", adds("aws_s3_bucket_policy.evil", bucket=bucket, policy=text))


def _sharing() -> Iterator[Trap]:
    def trap(name: str, kind: str, /, **arguments: Any) -> Trap:
        title = name or f"{kind} added"
        return _infrastructure("sharing", title, adds(f"{kind}.evil", **arguments), f"{kind}.evil")

    key, group = "${aws_kms_key.key*.id}", "${aws_cloudwatch_log_group.app_logs_group*.name}"
    root = f"arn:aws:iam::{FOREIGN}:root"
    yield trap(
        "key granted to another account", "aws_kms_grant", key_id=key, grantee_principal=root, operations=["Decrypt"]
    )
    yield trap("share for external principals", "aws_ram_resource_share", name="x", allow_external_principals=True)
    yield trap(
        "logs sent to another account",
        "aws_cloudwatch_log_subscription_filter",
        name="x",
        log_group_name=group,
        filter_pattern="",
        destination_arn=f"arn:aws:logs:us-east-1:{FOREIGN}:destination:evil",
    )
    yield trap(
        "alarms sent to a foreign address",
        "aws_sns_topic_subscription",
        topic_arn="${aws_sns_topic.alarms_topic*.arn}",
        protocol="https",
        endpoint="https://evil.example.org/x",
    )
    destination = [{"region": "us-east-1", "registry_id": FOREIGN}]
    yield trap(
        "images replicated to another account",
        "aws_ecr_replication_configuration",
        replication_configuration={"rule": [{"destination": destination}]},
    )
    yield trap(
        "",
        "aws_lambda_layer_version_permission",
        layer_name="l",
        version_number=1,
        principal="*",
        action="lambda:GetLayerVersion",
        statement_id="x",
    )
    yield trap("", "aws_cloudwatch_event_permission", principal="*", statement_id="x")
    events = _text(Sid="x", Principal="*", Resource="*", Action="events:PutEvents")
    yield trap("", "aws_cloudwatch_event_bus_policy", policy=events)
    yield trap("", "aws_ecrpublic_repository", repository_name="x")
    yield trap("", "aws_ami_launch_permission", image_id="ami-1", group="all")
    yield trap("", "aws_vpc_endpoint_service_allowed_principal", vpc_endpoint_service_id="x", principal_arn="*")
    yield trap("", "aws_transfer_server", endpoint_type="PUBLIC")
