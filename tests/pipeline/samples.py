"""A pair of synthesised layers: `second` reads two outputs of `first`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.synth import layers
from pipeline.synth.layers import Synthesis


def backend(layer: str) -> dict[str, Any]:
    """The S3 backend of a layer."""
    return {"bucket": "states", "key": f"sitechat/dev/us-east-1/{layer}.tfstate", "region": "us-east-1"}


FIRST: dict[str, Any] = {
    "terraform": {"backend": {"s3": backend("first")}, "required_providers": {"aws": {"version": "5.100.0"}}},
    "provider": {"aws": [{"region": "eu-west-1"}, {"alias": "edge", "region": "us-east-1"}]},
    "resource": {
        "aws_vpc": {"net": {"cidr_block": "10.0.0.0/16"}},
        "aws_sns_topic": {"alerts": {"name": "alerts"}},
        "aws_acm_certificate": {"viewer": {"domain_name": "chat.example.com", "provider": "aws.edge"}},
    },
    "output": {
        "vpc": {"value": "${aws_vpc.net.id}"},
        "topic": {"value": "${aws_sns_topic.alerts.arn}"},
        "unread": {"value": "constant"},
    },
}
SECOND: dict[str, Any] = {
    "terraform": {"backend": {"s3": backend("second")}},
    "data": {
        "terraform_remote_state": {"up": {"backend": "s3", "config": backend("first")}},
        "aws_region": {"here": {}},
    },
    "resource": {
        "aws_security_group": {"web": {"vpc_id": "${data.terraform_remote_state.up.outputs.vpc}"}},
        "aws_cloudwatch_metric_alarm": {
            "hot": {"alarm_actions": ["${data.terraform_remote_state.up.outputs.topic}"], "alarm_name": "hot"}
        },
    },
}


def write(folder: Path, configs: dict[str, tuple[dict[str, Any], list[str]]] | None = None) -> Path:
    """Write layers (configuration and dependencies by name) as `main.py` does; by default the pair above."""
    stacks = {}
    for name, (config, needs) in (configs or {"second": (SECOND, ["first"]), "first": (FIRST, [])}).items():
        path = folder / "stacks" / name / "cdk.tf.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(config), encoding="utf-8")
        stacks[name] = {"name": name, "synthesizedStackPath": f"stacks/{name}/cdk.tf.json", "dependencies": needs}
    (folder / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": stacks}), encoding="utf-8")
    return folder


def synthesis(folder: Path) -> Synthesis:
    """The pair, written to `folder` and read back."""
    return layers.read_synthesis(write(folder), "dev")
