"""Plans of all layers of dev and prod by `terraform test` with a mocked provider, which finds ids given for ARNs."""

from __future__ import annotations

import json
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.synth.layers import Layer, Synthesis
from pipeline.synth.run import synthesise
from tests.e2e.environment_files import as_toml
from tests.e2e.mocks import plan_test
from tests.e2e.offline import PROVIDERS_AT_A_TIME, Offline
from tests.support.environments import ROOT

pytestmark = pytest.mark.slow

# Error of the provider for a value that is no ARN.
INVALID = r'" \([^)]*\) is an invalid ARN'

# Conditions on the plan, by layer: resources as {type at the end of its construct path}.
CONDITIONS = {
    "infrastructure": (
        "{aws_kms_key key}.enable_key_rotation",
        "{aws_cloudwatch_log_group app_logs/group}.kms_key_id == {aws_kms_key key}.arn",
        "{aws_secretsmanager_secret secret_session_key/secret}.kms_key_id == {aws_kms_key key}.arn",
        "{aws_s3_bucket_public_access_block log_buckets/alb/public_access}.bucket"
        " == {aws_s3_bucket log_buckets/alb/bucket}.bucket",
        "{aws_vpc_security_group_ingress_rule alb_to_task_in}.referenced_security_group_id"
        " == {aws_security_group groups/alb}.id",
        "alltrue([for rule in {aws_network_acl public_acl/acl}.ingress : rule.from_port != 22])",
    ),
    "llm": (
        "{aws_opensearch_domain search/domain}.encrypt_at_rest[0].enabled",
        "{aws_opensearch_domain search/domain}.advanced_security_options[0].master_user_options[0].master_user_arn"
        " == {aws_iam_role bootstrap_role/role/role}.arn",
        "{aws_lambda_function search_bootstrap/function}.role == {aws_iam_role bootstrap_role/role/role}.arn",
        "{aws_lambda_function search_bootstrap/function}.code_signing_config_arn"
        " == {aws_lambda_code_signing_config code_signing/config}.arn",
        "{aws_lambda_function search_bootstrap/function}.s3_key"
        " == {aws_signer_signing_job search_bootstrap/signed/job}.signed_object[0].s3[0].key",
    ),
    "service": (
        "{aws_lb load_balancer/alb}.internal",
        "{aws_lb_listener load_balancer/http*}.default_action[0].type == \"redirect\""
        " || {aws_lb_listener load_balancer/http*}.default_action[0].target_group_arn"
        " == {aws_lb_target_group load_balancer/target_group}.arn",
        "one({aws_ecs_service web/service}.load_balancer).target_group_arn"
        " == {aws_lb_target_group load_balancer/target_group}.arn",
        "{aws_ecs_service web/service}.task_definition == {aws_ecs_task_definition task/task}.arn",
        "{aws_ecs_service web/service}.cluster == {aws_ecs_cluster cluster/cluster}.arn",
        "jsondecode({aws_ecs_task_definition task/task}.container_definitions)[0].readonlyRootFilesystem",
    ),
    "edge": (
        "{aws_cloudfront_distribution site/distribution}.web_acl_id == {aws_wafv2_web_acl firewall/acl}.arn",
        "toset([for each in {aws_cloudfront_distribution site/distribution}.origin :"
        " each.vpc_origin_config[0].vpc_origin_id if each.origin_id != \"fallback\"])"
        " == toset([{aws_cloudfront_vpc_origin origin/http*}.id])",
        "{aws_wafv2_web_acl_logging_configuration firewall/logging}.resource_arn"
        " == {aws_wafv2_web_acl firewall/acl}.arn",
    ),
    "monitoring": (
        "{aws_flow_log flow_logs/flow_log}.iam_role_arn == {aws_iam_role flow_logs/role/role}.arn",
        "{aws_cloudwatch_metric_alarm alarms/cpu}.threshold == 85",
    ),
    "certificates": (
        "{aws_route53_record site/validation}.name == \"_1.chat.example.com.\"",
    ),
}  # fmt: skip

# The same where there is no domain.
IN_CLEAR = {
    "service": (
        "{aws_lb_listener_rule load_balancer/viewer_https}.action[0].target_group_arn"
        " == {aws_lb_target_group load_balancer/target_group}.arn",
        "{aws_lb_listener_rule load_balancer/viewer_https}.listener_arn == {aws_lb_listener load_balancer/http}.arn",
    ),
    "edge": (
        "{aws_cloudfront_distribution site/distribution}.default_cache_behavior[0].origin_request_policy_id"
        " == {aws_cloudfront_origin_request_policy viewer/pages}.id",
    ),
}


def _address(config: dict[str, Any], kind: str, ending: str) -> str:
    pattern = re.compile(rf"(.*/)?{re.escape(ending).replace(re.escape('*'), '.*')}")
    found = [
        name for name, body in config["resource"][kind].items() if pattern.fullmatch(body["//"]["metadata"]["path"])
    ]
    assert len(found) == 1, f"{kind} *{ending}: {found}"
    return f"{kind}.{found[0]}"


def _conditions(layer: Layer, environment: str) -> dict[str, str]:
    """Terraform expressions by the conditions as written."""
    conditions: tuple[str, ...] = CONDITIONS.get(layer.name, ())
    if environment == "dev":
        conditions += IN_CLEAR.get(layer.name, ())
    return {
        written: re.sub(r"\{(\w+) ([^}]+)\}", lambda match: _address(layer.config, match[1], match[2]), written)
        for written in conditions
    }


def _tested(layer: Layer, synthesis: Synthesis, offline: Offline, name: str = "", text: str = "") -> str:
    """Output of `terraform test` for a layer, or for `text` in its place; empty when it passes."""
    folder = offline.lay_out(name or layer.name, layer.config)
    if text:
        (folder / "cdk.tf.json").write_text(text)
    (folder / "planned.tftest.json").write_text(
        json.dumps(plan_test(layer, synthesis, _conditions(layer, synthesis.env)))
    )
    done = offline.run(folder, "test")
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module", params=["dev", "prod"])
def synthesis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesise(load(request.param), tmp_path_factory.mktemp(request.param) / "synth", env_ref=request.param)


@pytest.fixture(scope="module")
def offline(synthesis: Synthesis, tmp_path_factory: pytest.TempPathFactory) -> Offline:
    return Offline.install(tmp_path_factory.mktemp(f"{synthesis.env}-terraform"), synthesis)


def test_every_layer_plans_as_it_should(synthesis: Synthesis, offline: Offline) -> None:
    with ThreadPoolExecutor(PROVIDERS_AT_A_TIME) as pool:
        tested = pool.map(lambda layer: _tested(layer, synthesis, offline), synthesis.layers)
        failed = {layer.name: text for layer, text in zip(synthesis.layers, tested, strict=True) if text}
    assert not failed, "\n".join(failed.values())
    assert set(CONDITIONS) - {"certificates"} <= {layer.name for layer in synthesis.layers}


@pytest.mark.parametrize("synthesis", ["prod"], indirect=True)
@pytest.mark.parametrize(
    ("layer_name", "kind", "said"),
    [
        ("infrastructure", "aws_kms_key", r"app_logs/group\}\.kms_key_id == \{aws_kms_key key\}\.arn"),
        ("llm", "aws_iam_role", rf"master_user_arn{INVALID}"),
        ("service", "aws_lb_target_group", rf"target_group_arn{INVALID}"),
        ("service", "aws_ecs_cluster", r"web/service\}\.cluster == \{aws_ecs_cluster cluster/cluster\}\.arn"),
        ("edge", "aws_cloudwatch_log_group", rf"log_destination_configs[.\d]*{INVALID}"),
        ("edge", "aws_wafv2_web_acl", rf"resource_arn{INVALID}"),
        ("monitoring", "aws_iam_role", rf"iam_role_arn{INVALID}"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_an_id_for_an_arn_is_caught(
    synthesis: Synthesis, offline: Offline, layer_name: str, kind: str, said: str
) -> None:
    """Refused by the provider where it checks the form, else by a condition above."""
    layer = synthesis.layer(layer_name)
    wrong, count = re.subn(rf"(\$\{{{kind}\.\w+)\.arn\b", r"\1.id", json.dumps(layer.config))
    assert count
    tested = _tested(layer, synthesis, offline, name=f"{layer_name}-{kind}", text=wrong)
    assert re.search(said, " ".join(tested.split())), tested


@pytest.mark.parametrize("strategy", ["blue_green", "canary", "linear"])
def test_every_strategy_is_planned(strategy: str, tmp_path: Path) -> None:
    """Arguments of CodeDeploy, of sums of metrics and of a service whose deployments are another's."""
    file = tmp_path / "shifted.toml"
    prod = tomllib.loads((ROOT / "environments" / "prod.toml").read_text(encoding="utf-8"))
    file.write_text(as_toml({**prod, "deployment": {"strategy": strategy}}), encoding="utf-8")
    found = synthesise(load(str(file)), tmp_path / "synth", env_ref=str(file))
    terraform = Offline.install(tmp_path / "terraform", found)
    for name in ("llm", "service", "monitoring"):
        assert _tested(found.layer(name), found, terraform) == ""
