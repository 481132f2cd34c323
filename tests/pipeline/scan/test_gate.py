"""The gate fails in every case in which a scan sees less than was synthesised."""

from __future__ import annotations

import copy
import json
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.scan import Verdict, gate
from pipeline.scan.toolkit import toolkit
from pipeline.synth.layers import Synthesis

Configs = dict[str, dict[str, Any]]
Scan = Callable[..., Verdict]
Write = Callable[[Configs], Synthesis]


def found(verdict: Verdict, address: str) -> set[str]:
    return {finding.check for finding in verdict.findings if finding.address == address}


def test_a_faultless_configuration_passes_and_every_resource_was_seen(configs: Configs, scan: Scan) -> None:
    verdict = scan(configs)
    assert verdict.findings == ()
    assert verdict.problems == ()
    assert verdict.passed
    assert verdict.resources_seen == 8
    assert verdict.checks_run > 20


def test_the_originals_are_not_changed(configs: Configs, write: Write, folder: Path) -> None:
    synthesis = write(configs)
    before = {layer.name: layer.path.read_bytes() for layer in synthesis.layers}
    gate(synthesis, env=load("dev"))
    assert {layer.name: layer.path.read_bytes() for layer in synthesis.layers} == before


@pytest.mark.parametrize(
    ("key", "value"), [("required_version", ">=1.5"), ("experiments", ["x"]), ("provider_meta", {"aws": {}})]
)
def test_terraform_keys_that_stop_checkov_from_reading(configs: Configs, scan: Scan, key: str, value: Any) -> None:
    configs["service"]["terraform"][key] = value
    verdict = scan(configs)
    assert not verdict.passed
    assert any(problem.startswith("service: ") and f"terraform.{key}" in problem for problem in verdict.problems)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("moved", [{"from": "aws_sns_topic.old", "to": "aws_sns_topic.alarms"}]),
        ("import", [{"to": "aws_sns_topic.alarms", "id": "arn"}]),
        ("removed", [{"from": "aws_sns_topic.gone", "lifecycle": {"destroy": False}}]),
    ],
)
def test_blocks_checkov_cannot_parse_are_left_out_and_hide_nothing(
    configs: Configs, scan: Scan, key: str, value: Any
) -> None:
    configs["infrastructure"][key] = value
    assert scan(configs).passed
    del configs["infrastructure"]["resource"]["aws_kms_key"]["main"]["enable_key_rotation"]
    assert found(scan(configs), "infrastructure/aws_kms_key.main") == {"CKV_AWS_7"}


@pytest.mark.parametrize("key", ["variable", "locals", "module", "check", "ephemeral"])
def test_top_level_keys_that_hide_values(configs: Configs, scan: Scan, key: str) -> None:
    configs["service"][key] = {"x": {}}
    verdict = scan(configs)
    assert any(f"key {key!r}" in problem for problem in verdict.problems)


@pytest.mark.parametrize("key", ["dynamic", "count"])
def test_resource_keys_that_hide_resources(configs: Configs, scan: Scan, key: str) -> None:
    configs["infrastructure"]["resource"]["aws_security_group"]["tasks"][key] = {"ingress": {"for_each": "${[]}"}}
    assert any("aws_security_group.tasks" in problem for problem in scan(configs).problems)


def test_a_truncated_file(configs: Configs, write: Write) -> None:
    synthesis = write(configs)
    path = synthesis.layers[0].path
    path.write_bytes(path.read_bytes()[:-40])
    verdict = gate(synthesis, env=load("dev"))
    assert not verdict.passed
    assert str(path) in verdict.problems[0]


def test_a_missing_file(configs: Configs, write: Write) -> None:
    synthesis = write(configs)
    synthesis.layers[1].path.unlink()
    assert any("service: " in problem for problem in gate(synthesis, env=load("dev")).problems)


def test_an_empty_folder(tmp_path: Path) -> None:
    problems = gate(Synthesis("dev", tmp_path, ()), env=load("dev")).problems
    assert any("holds no layer" in problem for problem in problems)


def test_layers_without_resources(configs: Configs, scan: Scan) -> None:
    for config in configs.values():
        config["resource"] = {}
        config.pop("output", None)
    configs["service"].pop("data")
    assert any("no check was evaluated" in problem for problem in scan(configs).problems)


def test_a_file_outside_the_manifest(configs: Configs, write: Write, folder: Path) -> None:
    synthesis = write(configs)
    stray = folder / "stacks" / "service" / "more.tf.json"
    stray.write_text("{}")
    assert any(
        "stacks/service/more.tf.json is no file" in problem for problem in gate(synthesis, env=load("dev")).problems
    )


def test_a_key_given_twice(configs: Configs, write: Write) -> None:
    synthesis = write(configs)
    path = synthesis.layer("service").path
    path.write_text(path.read_text().replace('"resource": {', '"resource": {}, "resource": {', 1))
    assert any("key given twice: resource" in problem for problem in gate(synthesis, env=load("dev")).problems)


@pytest.mark.parametrize("shape", [[], {"aws_sns_topic": []}, {"aws_sns_topic": {"alarms": []}}])
def test_resources_in_a_shape_that_would_be_skipped(configs: Configs, scan: Scan, shape: Any) -> None:
    configs["infrastructure"]["resource"] = shape
    assert any("must be an object" in problem for problem in scan(configs).problems)


def test_references_between_layers_connect(configs: Configs, scan: Scan) -> None:
    assert "CKV2_AWS_5" not in found(scan(configs), "infrastructure/aws_security_group.tasks")
    alone = copy.deepcopy(configs)
    del alone["service"]["resource"]["aws_ecs_service"]
    assert "CKV2_AWS_5" in found(scan(alone), "infrastructure/aws_security_group.tasks")


def test_an_output_nobody_produces(configs: Configs, scan: Scan) -> None:
    del configs["infrastructure"]["output"]["cross-stack-output-tasks"]
    assert any("cross-stack-output-tasks" in problem for problem in scan(configs).problems)


def test_equal_names_in_two_layers_stay_apart(configs: Configs, scan: Scan) -> None:
    configs["service"]["resource"]["aws_sns_topic"] = {"alarms": {}}
    verdict = scan(configs)
    assert verdict.resources_seen == 9
    assert "CKV_AWS_26" in found(verdict, "service/aws_sns_topic.alarms")
    assert found(verdict, "infrastructure/aws_sns_topic.alarms") == set()


def test_a_check_that_raises(configs: Configs, scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    check = next(each for each in toolkit().resource.get_checks("aws_sns_topic") if each.id == "CKV_AWS_26")

    def explode(conf: Any) -> None:
        raise KeyError("boom")

    monkeypatch.setattr(check, "scan_resource_conf", explode)
    problems = scan(configs).problems
    assert any("aws_sns_topic.alarms: CKV_AWS_26 could not be evaluated" in problem for problem in problems)


def test_a_graph_check_that_raises(configs: Configs, scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    check = next(each for each in toolkit().graph.checks if each.id == "CKV2_AWS_5")
    monkeypatch.setattr(check, "solver", None)
    assert any("graph check CKV2_AWS_5" in problem for problem in scan(configs).problems)


def test_an_error_checkov_only_logs(configs: Configs, scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    check = next(each for each in toolkit().resource.get_checks("aws_sns_topic") if each.id == "CKV_AWS_26")
    judge = check.scan_resource_conf

    def log_and_judge(conf: Any) -> Any:
        logging.error("could not read the policy")
        return judge(conf)

    monkeypatch.setattr(check, "scan_resource_conf", log_and_judge)
    assert "checkov: could not read the policy" in scan(configs).problems


def test_a_secret_in_a_value(configs: Configs, scan: Scan) -> None:
    configs["infrastructure"]["provider"]["aws"][0]["access_key"] = "AKIAQYLPMN5HFIQR7XYZ"
    verdict = scan(configs)
    assert "CKV_SECRET_2" in found(verdict, "infrastructure/provider.aws")
    assert "AKIAQYLPMN5HFIQR7XYZ" not in json.dumps(verdict.to_dict())


def test_nothing_is_sent_anywhere(configs: Configs, scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: Any) -> None:
        raise AssertionError(f"connection to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    assert scan(configs).passed


def test_findings_carry_the_line_of_the_resource(configs: Configs, scan: Scan) -> None:
    configs["service"]["resource"]["aws_cloudwatch_log_group"]["app"]["retention_in_days"] = 7
    (finding,) = scan(configs).findings
    assert finding.check == "CKV_AWS_338"
    assert finding.attributes == ("retention_in_days",)
    assert '"app": {' in Path(finding.file).read_text().splitlines()[finding.line - 1]


def test_a_closed_standard_output_stops_no_scan(configs: Configs, scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkov asks the output the process began with whether it is a terminal."""
    monkeypatch.setattr("sys.__stdout__", None)
    assert scan(configs).passed
