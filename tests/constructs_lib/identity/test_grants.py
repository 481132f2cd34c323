from __future__ import annotations

import ast

import pytest

from config.place import Place
from constructs_lib.identity import grants
from constructs_lib.identity.policy import Statement
from tests.support.environments import ROOT

REPOSITORY, GROUP, KEY = "arn:of:repository", "arn:of:group", "arn:of:key"


def _by_sid(*statements: Statement) -> dict[str, Statement]:
    return {statement.sid: statement for statement in statements}


def test_images_come_from_one_repository() -> None:
    statements = _by_sid(*grants.pull_images(REPOSITORY))
    assert statements["PullImages"].resources == (REPOSITORY,)
    assert set(statements["PullImages"].actions) == {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    }


def test_only_the_login_is_granted_on_everything() -> None:
    statements = _by_sid(*grants.pull_images(REPOSITORY))
    assert statements["LogInToRegistry"].actions == ("ecr:GetAuthorizationToken",)
    assert [sid for sid, statement in statements.items() if "*" in statement.resources] == ["LogInToRegistry"]


def test_logs_are_written_to_one_group() -> None:
    statement = grants.write_logs(GROUP)
    assert statement.resources == (f"{GROUP}:*",)
    assert set(statement.actions) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert (statement.sid, grants.write_logs(GROUP, "Other").sid) == ("WriteLogs", "Other")


def test_secrets_are_read_one_by_one() -> None:
    statement = grants.read_secrets(("arn:of:a", "arn:of:b"))
    assert statement.actions == ("secretsmanager:GetSecretValue",)
    assert statement.resources == ("arn:of:a", "arn:of:b")


def test_decryption_needs_the_service_that_asks() -> None:
    statement = grants.decrypt(KEY, region="eu-west-1", service="secretsmanager")
    assert (statement.actions, statement.resources) == (("kms:Decrypt",), (KEY,))
    assert statement.conditions == (("StringEquals", "kms:ViaService", ("secretsmanager.eu-west-1.amazonaws.com",)),)


def test_exec_writes_its_log_and_decrypts_its_sessions() -> None:
    statements = _by_sid(*grants.open_exec_sessions(log_group_arn=GROUP, key_arn=KEY))
    assert statements["WriteExecLogs"].resources == (f"{GROUP}:*",)
    assert (statements["DecryptExecSessions"].actions, statements["DecryptExecSessions"].resources) == (
        ("kms:Decrypt",),
        (KEY,),
    )


def test_exec_has_everything_only_where_nothing_can_be_named() -> None:
    statements = _by_sid(*grants.open_exec_sessions(log_group_arn=GROUP, key_arn=KEY))
    unscoped = {sid for sid, statement in statements.items() if statement.resources == ("*",)}
    assert unscoped == {"OpenExecChannels", "FindExecLogs"}
    assert statements["FindExecLogs"].actions == ("logs:DescribeLogGroups",)


@pytest.mark.parametrize(
    "statements",
    [
        grants.pull_images(REPOSITORY),
        (grants.write_logs(GROUP), grants.read_secrets(("a",)), grants.decrypt(KEY, region="r", service="s")),
        grants.open_exec_sessions(log_group_arn=GROUP, key_arn=KEY),
    ],
)
def test_no_grant_holds_an_action_it_does_not_name(statements: tuple[Statement, ...]) -> None:
    actions = [action for statement in statements for action in statement.actions]
    assert not [action for action in actions if "*" in action]


def test_what_roles_may_do_is_written_in_the_library_of_grants_alone() -> None:
    """A statement without principals is a leave for a role; those with one belong to the resource they guard."""
    written = {
        str(path.relative_to(ROOT))
        for folder in ("backend", "constructs_lib", "stacks")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Statement"
        if "principals" not in {keyword.arg for keyword in node.keywords}
    }
    # Models, search, ingestion, releases and whoever deploys have more to say than fits one file.
    library = {"identity/grants.py", "bedrock/access.py", "search/access.py", "workflows/access.py"}
    library |= {
        "audit/vulnerabilities.py",
        "bedrock/denial.py",
        "bedrock/quota_access.py",
        "bedrock/switch.py",
        "identity/boundaries.py",
        "releases/access.py",
        "releases/native_roles.py",
    }
    assert written == {f"constructs_lib/{name}" for name in library} | {"backend/ci.py"}


def test_writing_to_one_stream() -> None:
    assert grants.write_logs("arn:group", stream="a/b").resources == ("arn:group:log-stream:a/b",)
    assert grants.write_logs("arn:group").resources == ("arn:group:*",)


def test_describing_streams_is_asked_for() -> None:
    assert "logs:DescribeLogStreams" in grants.write_logs("arn:group", describe=True).actions
    assert "logs:DescribeLogStreams" not in grants.write_logs("arn:group").actions


def test_a_functions_own_code_may_not_touch_the_network() -> None:
    statements = grants.attach_function("arn:f", Place("111111111111", "us-east-1", "aws"))
    (denied,) = [each for each in statements if each.effect == "Deny"]
    assert set(denied.actions) == {action for each in statements if each.effect == "Allow" for action in each.actions}
    assert denied.conditions == (("ArnEquals", "lambda:SourceFunctionArn", ("arn:f",)),)


def test_events_go_to_one_bus() -> None:
    assert grants.put_events("arn:bus").resources == ("arn:bus",)
