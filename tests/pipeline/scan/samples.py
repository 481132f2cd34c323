"""Two small layers that pass the gate unchanged, for tests that break one thing at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.synth import layers

Configs = dict[str, dict[str, Any]]
Break = Callable[[Configs], None]


READER = "arn:aws:iam::111111111111:role/reader"


def statement(**changes: Any) -> dict[str, Any]:
    """A correct IAM statement."""
    return {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["${aws_s3_object.page.arn}"]} | changes


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _foundation() -> dict[str, Any]:
    root = "arn:aws:iam::111111111111:root"
    groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111111111111:*"}}
    key_policy = policy(
        {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:PutKeyPolicy", "Resource": "*"},
        {
            "Sid": "Logs",
            "Effect": "Allow",
            "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": groups,
        },
    )
    administration = {"fact": "key-administration", "on": "${aws_kms_key.main.arn}"}
    needs = [
        {"who": root, "actions": ["kms:PutKeyPolicy"], **administration},
        {"who": READER, "actions": ["s3:GetObject"], "on": "${aws_s3_object.page.arn}", "fact": "application"},
    ]
    return {
        "//": {"metadata": {"stackName": "infrastructure"}, "needs": {"infrastructure/page": needs}},
        "terraform": {
            "backend": {"s3": {"bucket": "state", "key": "infrastructure.tfstate"}},
            "required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
        },
        "provider": {"aws": [{"region": "us-east-1", "allowed_account_ids": ["111111111111"]}]},
        "resource": {
            "aws_kms_key": {"main": {"enable_key_rotation": True, "policy": key_policy}},
            "aws_security_group": {"tasks": {"description": "tasks", "vpc_id": "vpc-1"}},
            "aws_iam_policy": {"read": {"name": "read", "policy": policy(statement())}},
            "aws_iam_role_policy_attachment": {"read": {"role": "reader", "policy_arn": "${aws_iam_policy.read.arn}"}},
            "aws_sns_topic": {"alarms": {"kms_master_key_id": "${aws_kms_key.main.id}"}},
        },
        "output": {
            "cross-stack-output-aws_kms_keymainarn": {"value": "${aws_kms_key.main.arn}", "sensitive": True},
            "cross-stack-output-tasks": {"value": "${aws_security_group.tasks.id}", "sensitive": True},
        },
    }


def _service() -> dict[str, Any]:
    upstream = "data.terraform_remote_state.cross-stack-reference-input-infrastructure.outputs"
    container = {
        "name": "app",
        "image": "app:1",
        "user": "10001",
        "readonlyRootFilesystem": True,
        "privileged": False,
        "logConfiguration": {"logDriver": "awslogs"},
    }
    return {
        "terraform": {"backend": {"s3": {"bucket": "state", "key": "service.tfstate"}}},
        "provider": {"aws": [{"region": "us-east-1"}]},
        "data": {"terraform_remote_state": {"cross-stack-reference-input-infrastructure": {"backend": "s3"}}},
        "resource": {
            "aws_cloudwatch_log_group": {
                "app": {
                    "//": {"metadata": {"path": "service/app", "uniqueId": "app"}},
                    "name": "app",
                    "kms_key_id": f"${{{upstream}.cross-stack-output-aws_kms_keymainarn}}",
                    "retention_in_days": 365,
                }
            },
            "aws_ecs_service": {
                "app": {
                    "deployment_circuit_breaker": {"enable": True, "rollback": True},
                    "network_configuration": {
                        "subnets": ["subnet-1"],
                        "security_groups": [f"${{{upstream}.cross-stack-output-tasks}}"],
                    },
                }
            },
            "aws_ecs_task_definition": {
                "app": {
                    "family": "app",
                    "network_mode": "awsvpc",
                    "container_definitions": json.dumps([container]),
                }
            },
        },
    }


def green() -> Configs:
    """The configuration of both layers, as data."""
    return {"infrastructure": _foundation(), "service": _service()}


def write(folder: Path, configs: Configs) -> layers.Synthesis:
    """Write layers the way synthesis does, and read them back."""
    stacks = {}
    for name, config in configs.items():
        path = folder / "stacks" / name / "cdk.tf.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(config, indent=2))
        stacks[name] = {"name": name, "synthesizedStackPath": f"stacks/{name}/cdk.tf.json", "dependencies": []}
    (folder / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": stacks}))
    return layers.read_synthesis(folder, "dev")
