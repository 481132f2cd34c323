"""`main.py` of the fuzzed checkout: two layers of what can't be made twice, or what AWS makes twice without a word.

`service` reads the network and the topic of `infrastructure`. It stands in the checkout as its `main.py`, and writes
what cdktf would write, for the environment that SITECHAT_ENV names. The setting `logs.retention_days` chooses the
version: with `CHANGED_DAYS` one attribute is another, and each layer has more resources.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from config import Environment, load

# `logs.retention_days` before and after the change of the configuration.
DAYS, CHANGED_DAYS = 365, 400
ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    ],
}
KEY = "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0000-4000-8000-000000000000"


def infrastructure(env: Environment) -> dict[str, Any]:
    """Network, a role and what stores: tagged, but for the rule, the route and the role's policy."""
    stem = f"{env.project}-{env.name}"
    rule = {"security_group_id": "${aws_security_group.web.id}", "ip_protocol": "tcp", "from_port": 443, "to_port": 443}
    write = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "${aws_cloudwatch_log_group.app.arn}:*"}
    made: dict[str, Any] = {
        "aws_vpc": {"net": {"cidr_block": "10.20.0.0/16", "tags": {"Name": f"{stem}-net"}}},
        "aws_internet_gateway": {"out": {"vpc_id": "${aws_vpc.net.id}", "tags": {"Name": f"{stem}-out"}}},
        "aws_route_table": {"out": {"vpc_id": "${aws_vpc.net.id}", "tags": {"Name": f"{stem}-out"}}},
        "aws_route": {
            "out": {
                "route_table_id": "${aws_route_table.out.id}",
                "destination_cidr_block": "0.0.0.0/0",
                "gateway_id": "${aws_internet_gateway.out.id}",
            }
        },
        "aws_security_group": {
            "web": {"name": f"{stem}-web", "description": "web", "vpc_id": "${aws_vpc.net.id}"},
        },
        "aws_vpc_security_group_ingress_rule": {
            "web": {**rule, "referenced_security_group_id": "${aws_security_group.web.id}", "description": "own"},
        },
        "aws_iam_role": {"task": {"name": f"{stem}-task", "assume_role_policy": json.dumps(ASSUME)}},
        "aws_iam_role_policy": {
            "task": {
                "name": "logs",
                "role": "${aws_iam_role.task.name}",
                "policy": json.dumps({"Version": "2012-10-17", "Statement": [write]}),
            }
        },
        "aws_cloudwatch_log_group": {
            "app": {
                "name": f"/{env.project}/{env.name}/app",
                "retention_in_days": env.logs.retention_days,
                "kms_key_id": KEY,
            }
        },
        "aws_sns_topic": {"alerts": {"name": f"{stem}-alerts", "kms_master_key_id": "alias/aws/sns"}},
    }
    if env.logs.retention_days == CHANGED_DAYS:
        made["aws_sns_topic"]["more"] = {"name": f"{stem}-more", "kms_master_key_id": "alias/aws/sns"}
        made["aws_subnet"] = {
            "one": {"vpc_id": "${aws_vpc.net.id}", "cidr_block": "10.20.1.0/24", "tags": {"Name": f"{stem}-one"}}
        }
    outputs = {"vpc": "${aws_vpc.net.id}", "role": "${aws_iam_role.task.arn}", "topic": "${aws_sns_topic.alerts.arn}"}
    return _layer(env, "infrastructure", made, {"output": {name: {"value": value} for name, value in outputs.items()}})


def service(env: Environment) -> dict[str, Any]:
    """What is made in the network of `infrastructure`, and what stands alone by its name."""
    stem = f"{env.project}-{env.name}"
    up = "data.terraform_remote_state.up.outputs"
    made: dict[str, Any] = {
        "aws_security_group": {"task": {"name": f"{stem}-task", "description": "task", "vpc_id": f"${{{up}.vpc}}"}},
        "aws_vpc_security_group_egress_rule": {
            "task": {
                "security_group_id": "${aws_security_group.task.id}",
                "ip_protocol": "tcp",
                "from_port": 443,
                "to_port": 443,
                "cidr_ipv4": "10.0.0.0/8",
                "description": "inside",
            }
        },
        "aws_cloudwatch_event_rule": {
            "hour": {"name": f"{stem}-hour", "event_pattern": json.dumps({"source": ["aws.ecs"]})}
        },
        "aws_cloudwatch_event_target": {
            "hour": {"rule": "${aws_cloudwatch_event_rule.hour.name}", "target_id": "alerts", "arn": f"${{{up}.topic}}"}
        },
        "aws_sns_topic": {"jobs": {"name": f"{stem}-jobs", "kms_master_key_id": "alias/aws/sns"}},
        "aws_cloudwatch_log_group": {
            "task": {"name": f"/{env.project}/{env.name}/task", "retention_in_days": 365, "kms_key_id": KEY}
        },
    }
    if env.logs.retention_days == CHANGED_DAYS:
        made["aws_cloudwatch_log_group"]["more"] = {
            "name": f"/{env.project}/{env.name}/more",
            "retention_in_days": DAYS,
            "kms_key_id": KEY,
        }
    read = {**_backend(env, "infrastructure")}
    read.pop("dynamodb_table")
    read.pop("use_lockfile")
    return _layer(env, "service", made, {"data": {"terraform_remote_state": {"up": {"backend": "s3", "config": read}}}})


def _backend(env: Environment, layer: str) -> dict[str, Any]:
    state = env.state_backend
    return {
        "bucket": state.bucket,
        "key": state.key(layer, env.region),
        "region": state.region,
        "dynamodb_table": state.table,
        "use_lockfile": True,
        "use_path_style": True,
        "max_retries": 3,
    }


def _layer(env: Environment, name: str, resources: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    provider = {
        "region": env.region,
        "allowed_account_ids": [env.account_id],
        "max_retries": env.provider.max_retries,
        "s3_use_path_style": True,
        "default_tags": [{"tags": {**env.default_tags, "Layer": name}}],
    }
    return {
        "terraform": {
            "backend": {"s3": _backend(env, name)},
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}},
        },
        "provider": {"aws": [provider]},
        "resource": resources,
        **parts,
    }


def layers(env: Environment) -> dict[str, dict[str, Any]]:
    """Both layers by name, in the order of applying."""
    return {"infrastructure": infrastructure(env), "service": service(env)}


def main() -> None:
    """Write both layers and the manifest, as a synthesis does."""
    folder, stacks = Path(os.environ["CDKTF_OUTDIR"]), {}
    before: list[str] = []
    for name, config in layers(load(os.environ["SITECHAT_ENV"])).items():
        path = folder / "stacks" / name / "cdk.tf.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(config, indent=2), encoding="utf-8")
        place = path.relative_to(folder).as_posix()
        stacks[name] = {"name": name, "synthesizedStackPath": place, "dependencies": list(before)}
        before.append(name)
    (folder / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": stacks}), encoding="utf-8")


if __name__ == "__main__":
    main()
