"""What a record says of whoever made it and of an error; the objects are tested where they are kept, with S3."""

from __future__ import annotations

import pytest

from pipeline.aws.kept import ERROR_LENGTH, caller_names, error_line
from pipeline.errors import ExitCode, SitechatError


@pytest.mark.parametrize(
    ("arn", "names"),
    [
        ("arn:aws:sts::222222222222:assumed-role/deployer/apply-17", ("deployer", "apply-17")),
        (
            "arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_1/ann@example.com",
            ("AWSReservedSSO_1", "ann"),
        ),
        ("arn:aws-cn:sts::222222222222:assumed-role/deployer/@example.com", ("deployer", "")),
        ("arn:aws:iam::222222222222:user/people/ann@example.com", ("user ann", "")),
        ("arn:aws:sts::222222222222:federated-user/bob", ("federated-user bob", "")),
        ("arn:aws:iam::222222222222:root", ("root", "")),
    ],
)
def test_whoever_ran_it_is_a_role_and_a_session_and_no_mail_address(arn: str, names: tuple[str, str]) -> None:
    assert caller_names(arn) == names


def test_an_error_is_one_line_without_secrets_and_mail_addresses() -> None:
    arn = "arn:aws:sts::2:assumed-role/ops/ann@example.com"
    error = SitechatError(f"first: User: {arn} is not\n  authorized", code=ExitCode.FAILED)
    assert error_line(error) == "first: User: arn:aws:sts::2:assumed-role/ops/ann@… is not authorized"
    assert error_line(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert len(error_line(ValueError("x" * 1000))) == ERROR_LENGTH
    key = "AKIA" + "Q" * 16
    told = error_line(ValueError(f"the key {key} is not accepted"))
    assert key not in told
    assert told == "(not kept: it holds an AWS access key)"
