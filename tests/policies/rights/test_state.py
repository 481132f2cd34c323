from __future__ import annotations

from config.place import Place
from policies.rights.grant import Grant
from policies.rights.state import StateAccess

STATE = StateAccess(
    place=Place("222222222222", "eu-west-1", "aws"),
    bucket="states",
    table="locks",
    key_alias="alias/states",
    prefix="sitechat/dev/",
    bundles="bundles/sitechat/dev/",
    history="sitechat/dev/history/",
    releases="sitechat/dev/releases/",
)
TABLE = "arn:aws:dynamodb:eu-west-1:222222222222:table/locks"


def by_sid(statements: tuple[Grant, ...]) -> dict[str, Grant]:
    return {each.sid: each for each in statements}


def test_looking_writes_lock_files_and_lock_items_alone() -> None:
    found = by_sid(STATE.read_states())
    assert found["ReadStates"].resources == ("arn:aws:s3:::states/sitechat/dev/*",)
    assert found["LockFiles"].resources == ("arn:aws:s3:::states/sitechat/dev/*.tflock",)
    assert found["LockItems"].resources == (TABLE,)
    assert found["LockItems"].conditions == (
        ("ForAllValues:StringLike", "dynamodb:LeadingKeys", ("states/sitechat/dev/*.tfstate",)),
    )


def test_the_key_is_used_by_its_alias_and_through_two_services() -> None:
    conditions = {key: values for _, key, values in by_sid(STATE.read_states())["UseStateKey"].conditions}
    assert conditions == {
        "kms:ResourceAliases": ("alias/states",),
        "kms:ViaService": ("s3.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com"),
    }


def test_changing_adds_states_and_their_digests() -> None:
    found = by_sid(STATE.write_states())
    assert found["WriteStates"].resources == ("arn:aws:s3:::states/sitechat/dev/*.tfstate",)
    (condition,) = found["WriteDigests"].conditions
    assert condition[2] == ("states/sitechat/dev/*.tfstate-md5",)


def test_history_is_read_with_the_states_and_written_below_its_folder_alone() -> None:
    (write,) = STATE.write_history()
    assert write.actions == ("s3:DeleteObject", "s3:PutObject")
    assert write.resources == ("arn:aws:s3:::states/sitechat/dev/history/*.json",)
    (read,) = by_sid(STATE.read_states())["ReadStates"].resources
    assert write.resources[0].startswith(read.removesuffix("*"))
    written = {arn for each in (*STATE.read_states(), *STATE.write_states()) for arn in each.resources}
    assert write.resources[0] not in written


def test_bundles_are_written_by_one_and_read_by_another() -> None:
    (publish,), (fetch,) = STATE.publish_bundles(), STATE.fetch_bundles()
    assert (publish.actions, fetch.actions) == (("s3:PutObject",), ("s3:GetObject",))
    assert publish.resources == fetch.resources == ("arn:aws:s3:::states/bundles/sitechat/dev/*.zip",)
