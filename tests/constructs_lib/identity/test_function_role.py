from __future__ import annotations

import pytest

from config.place import Place
from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.policy import Statement
from tests.support.synthesised import Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
PLACE = Place("111111111111", "us-east-1", "aws")
BASIC = {"WriteLog", "ReadConfiguration", "Publish", "EncryptForSns"}


def build(*, in_vpc: bool) -> Template:
    return template(
        lambda scope: FunctionRole(
            scope,
            "role",
            names=FunctionNames("sitechat-dev-us-east-1-fetch", "sitechat-dev-fetch", "/sitechat/dev/fetch"),
            description="Fetches",
            surroundings=FunctionSurroundings(PLACE, KEY, 30, TOPIC),
            statements=(Statement("Own", ("s3:GetObject",), ("arn:aws:s3:::b/*",)),),
            in_vpc=in_vpc,
        )
    )


@pytest.mark.parametrize(("in_vpc", "sids"), [(False, set[str]()), (True, {"AttachToVpc", "LookUpVpc", "NotTheCode"})])
def test_what_every_function_needs_comes_with_its_own(in_vpc: bool, sids: set[str]) -> None:
    assert set(build(in_vpc=in_vpc).statements("access_document")) == {"Own"} | BASIC | sids


def test_the_log_is_its_own_and_encrypted() -> None:
    stack = build(in_vpc=False)
    group = stack.one("aws_cloudwatch_log_group")
    assert (group["name"], group["retention_in_days"], group["kms_key_id"]) == ("/sitechat/dev/fetch", 30, KEY)
    written = stack.statements("access_document")["WriteLog"]["resources"]
    assert written == [f"{PLACE.log_group_arn('/sitechat/dev/fetch')}:*"]


def test_failures_reach_one_topic() -> None:
    assert build(in_vpc=False).statements("access_document")["Publish"]["resources"] == [TOPIC]
