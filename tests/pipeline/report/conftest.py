"""A small synthesised environment: four layers in the shape of real files, with references across them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.report import LayerResult, ReportInput
from pipeline.scan.model import Finding, Verdict, Waived, Waiver
from pipeline.synth.layers import Synthesis, read_synthesis

REMOTE = "${{data.terraform_remote_state.cross-stack-reference-input-{0}.outputs.cross-stack-output-{1}}}"


def _remote(*layers: str) -> dict[str, Any]:
    return {"terraform_remote_state": {f"cross-stack-reference-input-{name}": {"backend": "s3"} for name in layers}}


def _outputs(**values: str) -> dict[str, Any]:
    return {f"cross-stack-output-{name}": {"value": value, "sensitive": True} for name, value in values.items()}


INFRASTRUCTURE = {
    "resource": {
        "aws_vpc": {"network_vpc": {"cidr_block": "10.20.0.0/16"}},
        "aws_internet_gateway": {"network_internet": {"vpc_id": "${aws_vpc.network_vpc.id}"}},
        "aws_subnet": {
            f"network_{kind}_{zone}": {
                "vpc_id": "${aws_vpc.network_vpc.id}",
                "cidr_block": f"10.20.{number}.0/24",
                "availability_zone": f"us-east-1{zone}",
            }
            for number, (kind, zone) in enumerate((k, z) for k in ("public", "private") for z in "ab")
        },
        "aws_security_group": {
            "balancer": {"vpc_id": "${aws_vpc.network_vpc.id}"},
            "tasks": {"vpc_id": "${aws_vpc.network_vpc.id}"},
        },
        "aws_kms_key": {"key": {"policy": "${data.aws_iam_policy_document.key.json}"}},
        "aws_ecr_repository": {"images": {"name": "sitechat-dev-app"}},
        "aws_secretsmanager_secret": {
            "session": {"name": "sitechat/dev/session-key", "kms_key_id": "${aws_kms_key.key.arn}"}
        },
        "aws_iam_role": {"task": {"name": "task"}, "execution": {"name": "execution"}},
        "aws_iam_role_policy": {
            "read_secrets": {
                "role": "${aws_iam_role.execution.name}",
                "policy": "${data.aws_iam_policy_document.read_secrets.json}",
            }
        },
        "aws_s3_bucket": {"logs": {"bucket": "sitechat-dev-logs"}},
    },
    "data": {
        "aws_iam_policy_document": {
            "read_secrets": {"statement": [{"resources": ["${aws_secretsmanager_secret.session.arn}"]}]},
            "key": {"statement": [{"resources": ["*"]}]},
        }
    },
    "output": _outputs(
        subnet_a="${aws_subnet.network_private_a.id}",
        group="${aws_security_group.tasks.id}",
        secret="${aws_secretsmanager_secret.session.arn}",
        task="${aws_iam_role.task.arn}",
        execution="${aws_iam_role.execution.arn}",
        images="${aws_ecr_repository.images.repository_url}",
        vpc="${aws_vpc.network_vpc.id}",
        logs="${aws_s3_bucket.logs.bucket}",
    ),
}
SERVICE = {
    "resource": {
        "aws_lb": {
            "balancer": {
                "internal": True,
                "subnets": [REMOTE.format("infrastructure", "subnet_a")],
                "access_logs": {"bucket": REMOTE.format("infrastructure", "logs")},
            }
        },
        "aws_lb_target_group": {"app": {"vpc_id": REMOTE.format("infrastructure", "vpc")}},
        "aws_lb_listener": {
            "http": {
                "load_balancer_arn": "${aws_lb.balancer.arn}",
                "default_action": [{"target_group_arn": "${aws_lb_target_group.app.arn}"}],
            }
        },
        "aws_ecs_cluster": {"cluster": {"name": "sitechat-dev"}},
        "aws_ecs_task_definition": {
            "app": {
                "cpu": "256",
                "memory": "512",
                "execution_role_arn": REMOTE.format("infrastructure", "execution"),
                "task_role_arn": REMOTE.format("infrastructure", "task"),
                "container_definitions": '[{"image":"' + REMOTE.format("infrastructure", "images") + ':1"}]',
            }
        },
        "aws_ecs_service": {
            "app": {
                "cluster": "${aws_ecs_cluster.cluster.id}",
                "task_definition": "${aws_ecs_task_definition.app.arn}",
                "load_balancer": [{"target_group_arn": "${aws_lb_target_group.app.arn}"}],
            }
        },
        "aws_opensearch_domain": {
            "search": {
                "cluster_config": {"instance_type": "t3.small.search", "instance_count": 1},
                "ebs_options": {"volume_size": 10},
                "access_policies": '{"Principal": "' + REMOTE.format("infrastructure", "task") + '"}',
            }
        },
        "aws_iam_role_policy": {
            "search": {
                "role": REMOTE.format("infrastructure", "task"),
                "policy": '{"Resource": "${aws_opensearch_domain.search.arn}"}',
            }
        },
    },
    "data": _remote("infrastructure"),
    "output": _outputs(balancer="${aws_lb.balancer.arn}", service="${aws_ecs_service.app.name}"),
}
EDGE = {
    "resource": {
        "aws_cloudfront_vpc_origin": {
            "origin": {"vpc_origin_endpoint_config": [{"arn": REMOTE.format("service", "balancer")}]}
        },
        "aws_cloudfront_distribution": {
            "site": {
                "price_class": "PriceClass_100",
                "web_acl_id": "${aws_wafv2_web_acl.acl.arn}",
                "origin": [{"vpc_origin_config": {"vpc_origin_id": "${aws_cloudfront_vpc_origin.origin.id}"}}],
            }
        },
        "aws_wafv2_web_acl": {"acl": {"rule": [{"name": "rate"}, {"name": "common"}]}},
    },
    "data": _remote("service"),
    "output": _outputs(distribution="${aws_cloudfront_distribution.site.id}"),
}
MONITORING = {
    "resource": {
        "aws_cloudwatch_metric_alarm": {
            "cpu": {
                "dimensions": {"ServiceName": REMOTE.format("service", "service")},
                "alarm_actions": ["${aws_sns_topic.alarms.arn}"],
            },
            "errors": {"dimensions": {"DistributionId": REMOTE.format("edge", "distribution")}},
        },
        "aws_sns_topic": {"alarms": {"name": "alarms"}},
        "aws_budgets_budget": {"monthly": {"limit_amount": "100"}},
        "aws_made_up_thing": {"odd": {}},
    },
    "data": _remote("service", "edge"),
}
LAYERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "infrastructure": (INFRASTRUCTURE, []),
    "service": (SERVICE, ["infrastructure"]),
    "edge": (EDGE, ["service"]),
    "monitoring": (MONITORING, ["service", "edge"]),
}

Write = Callable[..., Synthesis]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write layers as synthesis does and read them back; the sample environment by default."""

    def layers(content: dict[str, tuple[dict[str, Any], list[str]]] | None = None) -> Synthesis:
        stacks = {}
        for name, (config, dependencies) in (content or LAYERS).items():
            file = tmp_path / "synth" / "stacks" / name / "cdk.tf.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(config))
            stacks[name] = {
                "name": name,
                "synthesizedStackPath": f"stacks/{name}/cdk.tf.json",
                "workingDirectory": f"stacks/{name}",
                "dependencies": dependencies,
            }
        (tmp_path / "synth" / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": stacks}))
        return read_synthesis(tmp_path / "synth", "dev")

    return layers


@pytest.fixture
def synthesis(write: Write) -> Synthesis:
    return write()


Change = Callable[..., dict[str, Any]]


@pytest.fixture
def change() -> Change:
    """Make an entry of a plan's `resource_changes`."""

    def entry(address: str, actions: list[str], before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
        kind, name = address.split(".", 1)
        return {
            "address": address,
            "mode": "managed",
            "type": kind,
            "name": name,
            "change": {"actions": actions, "before": before, "after": after, **more},
        }

    return entry


@pytest.fixture
def verdict() -> Verdict:
    finding = Finding("service/aws_lb.balancer", "CKV_AWS_2", "Listener speaks HTTP", fix="Use HTTPS")
    waived = Finding("edge/aws_cloudfront_distribution.site", "CKV_AWS_86", "No access log")
    waiver = Waiver(
        "CKV_AWS_86", waived.address, ("dev",), "Logs are delivered by v2 log delivery", "platform", date(2027, 1, 31)
    )
    return Verdict("dev", (finding,), (Waived(waived, waiver),), (), checks_run=212, resources_seen=27)


@pytest.fixture
def report(synthesis: Synthesis) -> Callable[..., ReportInput]:
    """Make a report input of the sample environment; keyword arguments replace fields."""

    def build(*layers: LayerResult, **fields: Any) -> ReportInput:
        given: dict[str, Any] = {
            "env_name": "dev",
            "account_id": "111111111111",
            "region": "us-east-1",
            "commit": "1a2b3c4",
            "created": "2026-01-02 03:04 UTC",
            "synthesis": synthesis,
            "layers": layers,
        }
        return ReportInput(**{**given, **fields})

    return build
