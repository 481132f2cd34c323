"""Values are refused wherever they stand: expressions that no construct makes, and names of other people's places."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config import load
from config.collector import SAMPLING
from policies.vouched.expressions import ATTRIBUTES, FORMS
from policies.vouched.foreign import SERVICES
from policies.vouched.strings import leaves
from policies.vouched.values import unvouched_values
from tests.support.environments import NAMES, varied
from tests.support.shared import environment

ENV = load("dev")
OWN = ENV.account_id
INPUT = "data.terraform_remote_state.cross-stack-reference-input-other"


def refused(value: Any, *, kind: str = "aws_sns_topic", argument: str = "display_name") -> list[str]:
    """What is refused of one argument in a layer."""
    layer = {
        "data": {"terraform_remote_state": {"cross-stack-reference-input-other": {}}},
        "resource": {"aws_kms_key": {"key": {}}, "aws_acm_certificate": {"site": {}}}
        | {kind: {"x": {argument: value}}},
    }
    return list(unvouched_values({"edge": layer}, ENV))


@pytest.mark.parametrize(
    "value",
    [
        "text",
        "${aws_kms_key.key.arn}",
        "${aws_kms_key.key.arn}/*",
        f"${{{INPUT}.outputs.cross-stack-output-aws_kms_keykeyarn}}",
        "user:Deployment$sitechat/dev",
        f"arn:aws:sns:us-east-1:{OWN}:topic",
        f"arn:aws:s3:::sitechat-dev-pages-{OWN}-us-east-1/*",
        "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
        "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0",
        "events.amazonaws.com",
        "logs.eu-central-1.amazonaws.com",
        "https://${aws_kms_key.key.domain_name}",
        "https://www.example.com/sitemap.xml",
        12,
        True,
    ],
)
def test_what_constructs_write_passes(value: Any) -> None:
    assert refused(value) == []


@pytest.mark.parametrize(
    "value",
    [
        '${join("", ["a"])}',
        '${base64decode("YQ==")}',
        '${"Allow"}',
        "${1 == 2}",
        "${!true}",
        '${cidrsubnet("0.0.0.0/0",0,0)}',
        '${true ? "a" : "b"}',
        "${ aws_kms_key.key.arn }",
        "${aws_kms_key.key.arn",
        "${aws_kms_key.key}",
        "${aws_kms_key.key.arn[0]}",
        "${aws_kms_key.key.description}",
        "${aws_kms_key.other.arn}",
        "${path.module}",
        "${terraform.workspace}",
        "${var.x}",
        "${each.value}",
        "${data.aws_ssm_parameter.x.value}",
        f"${{{INPUT}.outputs.url}}",
        f"${{{INPUT}.outputs}}",
        "%{ if true }a%{ endif }",
        "$${aws_kms_key.key.arn}",
        "${tolist(aws_acm_certificate.site.domain_validation_options).0.resource_record_name}",
        json.dumps({"Action": '${"iam:PassRole"}'}),
        '{"Action": "\\u0024{aws:username}"}',
        '{"Action": "$\\u007baws:username}"}',
        [{"a": [{"b": "${upper(aws_kms_key.key.arn)}"}]}],
        {"${aws_kms_key.key.arn}": "x"},
    ],
)
def test_other_expressions_are_refused_with_their_place(value: Any) -> None:
    (line, *_) = refused(value)
    assert line.startswith("edge/aws_sns_topic.x: ")
    assert "write the" in line


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("999999999999", "999999999999"),
        (999999999999, "999999999999"),
        ("999999999999.dkr.ecr.us-east-1.amazonaws.com/x", "999999999999"),
        ("arn:aws:iam::999999999999:root", "999999999999"),
        (json.dumps({"AWS": "arn:aws:iam::999999999999:root"}), "999999999999"),
        ('{"AWS": "\\u0039999999999\\u0039\\u0039"}', "999999999999"),
        ("arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy"),
        ("arn:aws:iam::*:root", "arn:aws:iam::*:root"),
        ("arn:aws:iam::${aws_kms_key.key.id}:root", "arn:aws:iam:"),
        ("arn:aws:s3:::attacker", "arn:aws:s3:::attacker"),
        ("arn:aws:s3:::*", "arn:aws:s3:::*"),
        (f"arn:aws-cn:sns:us-east-1:{OWN}:x", "arn:aws-cn"),
        ("arn:aws:lambda:us-east-1::layer:x", "arn:aws:lambda"),
        ("AIDACKCEVSQ6C2EXAMPLE", "AIDA"),
        ("o-a1b2c3d4e5", "o-a1b2c3d4e5"),
        ("vpc-0123456789abcdef0", "vpc-0123456789abcdef0"),
        ("tgw-1", "tgw-1"),
        ("https://evil.example.org/x", "evil.example.org"),
        ("http://user:word@evil.example.org", "evil.example.org"),
        ("evil.example.org", "evil.example.org"),
        ("e.com", "e.com"),
        ("execute-api.us-east-1.amazonaws.com", "execute-api"),
        ("com.amazonaws.vpce.us-east-1.vpce-svc-0123", "vpce-svc-0123"),
        ("x.cloudfront.origin-facing", "x.cloudfront.origin-facing"),
        ("somebody@evil.example.org", "somebody@evil.example.org"),
    ],
)
def test_foreign_names_are_refused_by_name(value: Any, named: str) -> None:
    lines = refused([{"deep": value}])
    assert lines
    assert any(named in line and line.startswith("edge/aws_sns_topic.x: display_name/0/deep") for line in lines)


def test_names_of_the_environment_file_are_known() -> None:
    env = ENV.model_copy(
        update={"monitoring": ENV.monitoring.model_copy(update={"alarm_emails": ("on@call.example",)})}
    )
    layers = {"edge": {"resource": {"aws_sns_topic_subscription": {"x": {"endpoint": "on@call.example"}}}}}
    assert list(unvouched_values(layers, env)) == []
    assert list(unvouched_values(layers, ENV)) != []


@pytest.mark.parametrize("bucket", ["attacker", "evil", f"attacker-{OWN}-us-east-1", "sitechat-dev-pages"])
@pytest.mark.parametrize("argument", ["bucket", "target_bucket", "s3_bucket", "s3_bucket_name"])
def test_a_foreign_bucket_is_refused_where_buckets_are_named(argument: str, bucket: str) -> None:
    for value in (bucket, [bucket], {"deep": {argument: bucket}}, json.dumps({argument: bucket})):
        (line,) = refused(value, argument=argument)
        assert f"bucket {bucket} is foreign" in line
    assert refused("${aws_kms_key.key.bucket}", argument=argument) == []
    assert refused(f"sitechat-dev-pages-{OWN}-us-east-1", argument=argument) == []


@pytest.mark.parametrize("endpoint", ["+15551234567", "nobody", f"arn:aws:sqs:us-east-1:{OWN}:x"])
def test_a_recipient_is_built_here_or_named_in_the_environment_file(endpoint: str) -> None:
    (line,) = refused(endpoint, kind="aws_sns_topic_subscription", argument="endpoint")
    assert f"recipient {endpoint} is foreign" in line
    assert refused("${aws_kms_key.key.arn}", kind="aws_sns_topic_subscription", argument="endpoint") == []


@pytest.mark.parametrize(("address", "passes"), [
    ("10.20.4.0/24", True), ("0.0.0.0/0", True), ("127.0.0.1", True), ("10.21.0.1", False), ("203.0.113.9/32", False),
    ("0.0.0.0/1", False), ("999.1.1.1", False),
])  # fmt: skip
def test_an_address_is_of_the_network_or_known(address: str, passes: bool) -> None:
    assert (refused(address) == []) == passes


def test_the_name_of_a_drawn_metric_is_no_host_and_what_it_is_of_may_be_one() -> None:
    row = ["AWS/ES", "ClusterStatus.red", "DomainName", "search.example.net"]
    body = json.dumps({"widgets": [{"properties": {"metrics": [row]}}]})
    (line,) = refused(body, kind="aws_cloudwatch_dashboard", argument="dashboard_body")
    assert "host search.example.net is foreign" in line


@pytest.mark.parametrize("section", ["import", "moved", "removed"])
def test_addresses_of_terraform_are_no_hosts(section: str) -> None:
    block = {"to": "aws_sns_topic.x", "from": "aws_sns_topic.y"}
    wanted = {"import": {"to"}, "moved": {"to", "from"}, "removed": {"from"}}[section]
    layer = {section: [{key: value for key, value in block.items() if key in wanted}]}
    assert list(unvouched_values({"edge": layer}, ENV)) == []


def test_an_output_for_another_layer_is_one_reference() -> None:
    def outputs(value: Any) -> list[str]:
        resource: dict[str, Any] = {"aws_kms_key": {"key": {}}}
        layer = {"resource": resource, "output": {"cross-stack-output-x": {"value": value}}}
        return list(unvouched_values({"edge": layer}, ENV))

    assert outputs("${aws_kms_key.key.arn}") == []
    for value in ("*", "${aws_kms_key.key.arn}*", ["${aws_kms_key.key.arn}"], None):
        (line,) = outputs(value)
        assert line.startswith("edge/output.cross-stack-output-x: ")


@pytest.mark.parametrize("section", ["output", "provider", "terraform", "locals", "import"])
def test_every_section_is_judged(section: str) -> None:
    (line,) = unvouched_values({"edge": {section: {"x": [{"value": "${1 == 2}"}]}}}, ENV)
    assert line.startswith(f"edge/{section}.x: value: ")


@pytest.mark.parametrize("name", NAMES)
def test_values_of_the_environments_pass(name: str) -> None:
    layers = {layer: template.config for layer, template in environment(name).items()}
    assert list(unvouched_values(layers, load(name))) == []


def test_the_lists_hold_nothing_that_no_environment_uses() -> None:
    values = [
        leaf
        for name in NAMES
        for leaf in leaves({layer: template.config for layer, template in environment(name).items()})
        if isinstance(leaf.value, str)
    ]
    text = "\n".join(str(leaf.value) for leaf in values)
    assert [each for each in sorted(ATTRIBUTES) if f".{each}}}" not in text] == []
    assert [form for form in FORMS if not any(form.pattern.fullmatch(str(leaf.value)) for leaf in values)] == []
    # Only an environment that owns the log of model calls, runs by a schedule or shifts visitors has roles for these.
    assert [each for each in sorted(SERVICES - {"bedrock", "codedeploy", "scheduler"}) if f"{each}." not in text] == []


def test_a_name_that_the_file_says_is_known() -> None:
    arn = "arn:aws:iam::444444444444:role/x"
    env = varied("dev", tags={"Arn": arn})
    layers = {"edge": {"resource": {"aws_s3_bucket": {"logs": {"tags": {"Arn": arn}}}}}}
    assert list(unvouched_values(layers, env)) == []
    assert any("444444444444" in line for line in unvouched_values(layers, load("dev")))


def test_the_collectors_address_is_known_where_there_is_one() -> None:
    image = f"public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3@sha256:{'0' * 64}"
    traced = {"monitoring__tracing": "sidecar", "monitoring__collector_image": image}
    env = varied("dev", **traced, service__cpu=512, service__memory_mib=1024)
    layers = {"service": {"resource": {"aws_ecs_service": {"x": {"name": f"endpoint={SAMPLING}"}}}}}
    assert list(unvouched_values(layers, env)) == []
    (line,) = unvouched_values(layers, ENV)
    assert "127.0.0.1:2000 is foreign" in line
