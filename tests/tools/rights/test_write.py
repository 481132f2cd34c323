from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from local_aws.recording import Asked
from tools.rights.provider_log import Call
from tools.rights.write import UnexplainedError, write_requests

CALLS = (
    Call("layers", "aws_vpc", True, "EC2", "CreateVpc"),
    Call("layers", "aws_vpc", True, "EC2", "DescribeVpcs"),
    Call("layers", "aws_vpc", False, "EC2", "DescribeVpcs"),
    Call("layers", "data.aws_prefix", False, "EC2", "DescribePrefixLists"),
    Call("bootstrap", "aws_dynamodb_table", True, "DynamoDB", "CreateTable"),
)


def asked(client: str, operation: str) -> Asked:
    return Asked(client, "", "ec2", "us-east-1", operation)  # type: ignore[arg-type]  # one of its clients


def test_the_file_is_sorted_and_has_both_parts(tmp_path: Path) -> None:
    path = tmp_path / "requests.toml"
    write_requests(CALLS, (asked("provider", "CreateVpc"), asked("boto3", "DeleteVpc")), path)
    assert tomllib.loads(path.read_text()) == {
        "layers": {
            "aws_vpc": {"reads": "ec2:DescribeVpcs\n", "changes": "ec2:CreateVpc ec2:DescribeVpcs\n"},
            "data.aws_prefix": {"reads": "ec2:DescribePrefixLists\n"},
        },
        "bootstrap": {"aws_dynamodb_table": {"changes": "dynamodb:CreateTable\n"}},
    }
    first = path.read_text()
    write_requests(CALLS[::-1], (), path)
    assert path.read_text() == first


def test_a_request_that_no_type_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnexplainedError, match="by no resource type: ec2:DeleteVpc"):
        write_requests(CALLS, (asked("provider", "DeleteVpc"),), tmp_path / "requests.toml")
    assert not (tmp_path / "requests.toml").exists()
