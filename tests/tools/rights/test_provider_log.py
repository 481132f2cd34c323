from __future__ import annotations

import json

from tools.rights.provider_log import Call, read_calls


def line(**fields: str) -> str:
    return json.dumps({"@level": "debug", "@message": "HTTP Request Sent", "rpc.service": "EC2", **fields})


def test_calls_are_of_a_type_and_changes_or_only_reads() -> None:
    lines = [
        line(**{"rpc.method": "DescribeVpcs", "tf_resource_type": "aws_vpc", "tf_rpc": "ReadResource"}),
        line(**{"rpc.method": "CreateVpc", "tf_resource_type": "aws_vpc", "tf_rpc": "ApplyResourceChange"}),
        line(**{"rpc.method": "GetPrefixes", "tf_data_source_type": "aws_prefix", "tf_rpc": "ReadDataSource"}),
        line(**{"rpc.method": "GetCallerIdentity", "tf_rpc": "ConfigureProvider"}),
    ]
    assert list(read_calls(lines, "layers")) == [
        Call("layers", "aws_vpc", False, "EC2", "DescribeVpcs"),
        Call("layers", "aws_vpc", True, "EC2", "CreateVpc"),
        Call("layers", "data.aws_prefix", False, "EC2", "GetPrefixes"),
        Call("layers", "provider", False, "EC2", "GetCallerIdentity"),
    ]


def test_the_state_backends_calls_are_left_out() -> None:
    assert list(read_calls([line(**{"@module": "backend-s3.aws-base", "rpc.method": "GetObject"})], "layers")) == []


def test_other_lines_say_nothing() -> None:
    assert (
        list(read_calls(["", "no json rpc.method", json.dumps({"@message": "x"}), '{"rpc.method": '], "layers")) == []
    )
