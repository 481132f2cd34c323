"""The backend's own policies pass the same proofs as an environment's before anything of it is created."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.deployment import bootstrap
from pipeline.errors import ExitCode, SitechatError
from pipeline.scan.proofs import find_unproven_permissions
from pipeline.synth.layers import Synthesis
from tests.pipeline.scan.samples import Configs, green, policy, statement, write


def unused(configs: Configs) -> Configs:
    """The same layers with one permission that nothing needs."""
    held: dict[str, Any] = configs["infrastructure"]["resource"]["aws_iam_policy"]["read"]
    held["policy"] = policy(statement(), statement(Sid="Spare", Action=["s3:PutObject"]))
    return configs


def test_layers_that_pass_have_no_lines() -> None:
    assert find_unproven_permissions(green()) == []


def test_a_finding_is_a_line_with_address_and_check() -> None:
    (line,) = find_unproven_permissions(unused(green()))
    assert line.startswith("infrastructure/aws_iam_policy.read: PROOF_UNUSED_PERMISSION statement Spare")


def test_a_proof_that_cannot_be_made_is_a_line() -> None:
    configs = green()
    configs["infrastructure"]["//"]["needs"] = {"a": [{"who": "nobody"}]}
    (line,) = find_unproven_permissions(configs)
    assert line.startswith("the proofs could not be made: ValueError")


def test_the_backend_is_refused_before_anything_is_asked_of_aws(tmp_path: Path) -> None:
    synthesis: Synthesis = write(tmp_path, unused(green()))
    with pytest.raises(SitechatError, match="the gate refused the backend: 1 finding") as caught:
        bootstrap._refuse_unproven(*synthesis.layers)
    assert caught.value.code is ExitCode.GATE
    assert "PROOF_UNUSED_PERMISSION" in caught.value.message
