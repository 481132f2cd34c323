"""`sitechat rights`: policies of whoever plans, or applies and destroys, an environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main
from pipeline.errors import ExitCode
from policies.rights import asked
from policies.rights.grant import ATTACHED_POLICIES, POLICY_CHARACTERS

ACCOUNT = "222222222222"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dev.toml"
    path.write_text(f'account_id = "{ACCOUNT}"\n[search]\nenabled = false\n')
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["rights", *words])
    assert ended.value.code == status
    return capsys.readouterr().out


def actions(policies: dict[str, Any]) -> set[str]:
    return {action for each in policies.values() for statement in each["Statement"] for action in statement["Action"]}


def test_to_apply_is_more_than_to_plan_and_all_of_it_fits(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    plan = json.loads(run(capsys, "--env", str(file), "--for", "plan", "--json"))["policies"]
    found = json.loads(run(capsys, "--env", str(file), "--json"))
    apply = found["policies"]
    assert (found["for"], next(iter(apply))) == ("apply", "sitechat-dev-apply-1")
    assert actions(plan) < actions(apply)
    assert "ec2:CreateVpc" in actions(apply) - actions(plan)
    assert "es:CreateDomain" not in actions(apply), "search is off"
    assert max(len(json.dumps(each, separators=(",", ":"))) for each in apply.values()) <= POLICY_CHARACTERS
    assert len(apply) <= ATTACHED_POLICIES


def test_the_doctor_has_a_policy_beside_a_plan(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    found = json.loads(run(capsys, "--env", str(file), "--for", "doctor"))
    assert [*found][:1] == ["sitechat-dev-doctor-1"]
    assert {"iam:SimulatePrincipalPolicy", "servicequotas:GetServiceQuota"} <= actions(found)


def test_files_are_written_by_purpose_and_named(capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "rights"
    for purpose in ("plan", "apply"):
        named = run(capsys, "--env", str(file), "--for", purpose, "--out", str(out)).split()
        written = sorted((out / f"dev-{purpose}").iterdir())
        assert named == [str(path) for path in written]
        assert all(path.name.startswith(f"sitechat-dev-{purpose}-") for path in written)
        assert all(json.loads(path.read_text())["Version"] == "2012-10-17" for path in written)


def test_files_of_an_earlier_call_go(capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path) -> None:
    words = ("--env", str(file), "--for", "plan", "--out", str(tmp_path / "rights"))
    first = run(capsys, *words)
    (tmp_path / "rights" / "dev-plan" / "sitechat-dev-plan-9.json").write_text("{}")
    assert run(capsys, *words) == first
    assert not (tmp_path / "rights" / "dev-plan" / "sitechat-dev-plan-9.json").exists()


def test_a_folder_with_other_files_is_refused(capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path) -> None:
    strange = tmp_path / "rights" / "dev-plan" / "administrator.json"
    strange.parent.mkdir(parents=True)
    strange.write_text("{}")
    words = ("--env", str(file), "--for", "plan", "--out", str(tmp_path / "rights"), "--json")
    found = json.loads(run(capsys, *words, status=ExitCode.USAGE))
    assert "holds other files: administrator.json" in found["error"]["message"]
    assert [*strange.parent.iterdir()] == [strange]


@pytest.mark.parametrize("place", ["taken", "taken/deeper"])
def test_a_place_that_cannot_be_written_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "taken").write_text("a file")
    words = ("--env", str(file), "--for", "plan", "--out", str(tmp_path / place), "--json")
    found = json.loads(run(capsys, *words, status=ExitCode.USAGE))
    assert "can't be written" in found["error"]["message"]


def test_without_a_folder_policies_are_printed_by_name(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    found = json.loads(run(capsys, "--env", str(file), "--for", "plan"))
    assert next(iter(found)) == "sitechat-dev-plan-1"
    assert all(each["Version"] == "2012-10-17" for each in found.values())


def test_roles_without_a_boundary_are_said_to_be_administrators(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, file: Path
) -> None:
    bounded = tmp_path / "bounded" / "dev.toml"
    bounded.parent.mkdir()
    bounded.write_text(file.read_text() + '[ci]\nrepository = "acme/site-chat"\n')
    for path, purpose, said in ((file, "apply", True), (bounded, "apply", False), (file, "plan", False)):
        with pytest.raises(SystemExit):
            main(["rights", "--env", str(path), "--for", purpose, "--json"])
        printed = capsys.readouterr()
        assert ("is administrator by way of it" in printed.err) is said
        assert json.loads(printed.out)["unbounded"] is said


def test_statements_name_the_account_and_the_environment(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    text = run(capsys, "--env", str(file))
    assert f"arn:aws:iam::{ACCOUNT}:role/sitechat-dev-us-east-1-*" in text
    assert f"arn:aws:s3:::sitechat-state-{ACCOUNT}-us-east-1/sitechat/dev/*" in text


def test_an_unknown_environment_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "--env", "nowhere", status=ExitCode.USAGE)


def test_an_unknown_purpose_is_a_usage_error(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    found = json.loads(run(capsys, "--env", str(file), "--for", "nonsense", "--json", status=ExitCode.USAGE))
    assert found["error"]["message"] == "--for nonsense is unknown"
    assert found["error"]["hint"] == "Rights are for one of plan, apply, doctor, exec, bedrock."


def test_each_service_that_roles_are_passed_to_is_named_once(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    found = json.loads(run(capsys, "--env", str(file)))
    statements = [statement for policy in found.values() for statement in policy["Statement"]]
    (passing,) = (each for each in statements if each["Action"] == ["iam:PassRole"])
    named = passing["Condition"]["StringEquals"]["iam:PassedToService"]
    assert len(named) == len(set(named)) > 1


def test_a_type_that_nobody_knows_is_named(
    capsys: pytest.CaptureFixture[str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = {kind: found for kind, found in asked._lines("layers").items() if kind != "aws_vpc"}
    monkeypatch.setattr(asked, "_lines", lambda part: lines)
    found = json.loads(run(capsys, "--env", str(file), "--json", status=ExitCode.INCOMPLETE))
    assert "aws_vpc" in found["error"]["message"]
    assert "make rights" in found["error"]["message"]


def test_a_shell_is_a_persons_right(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_text(file.read_text() + "[service]\nexecute_command = true\n[security]\ntrail = 'own'\n")
    file.write_text(f"{file.read_text()}[monitoring]\nalarm_emails = ['oncall@example.com']\n")
    found = json.loads(run(capsys, "--env", str(file), "--for", "exec", "--json"))["policies"]
    ((name, policy),) = found.items()
    assert name == "sitechat-dev-exec-1"
    by_action = {action: each for each in policy["Statement"] for action in each["Action"]}
    cluster = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/sitechat-dev-main"
    assert by_action["ecs:ExecuteCommand"]["Resource"] == [
        cluster,
        f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/sitechat-dev-main/*",
    ]
    copies = by_action["ecs:RunTask"]
    assert copies["Resource"] == [f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/sitechat-dev-app-debug:*"]
    assert copies["Condition"] == {"ArnEquals": {"ecs:cluster": [cluster]}}
    sessions = f"arn:aws:ssm:us-east-1:{ACCOUNT}:session/ecs-execute-command-*"
    assert by_action["ssm:TerminateSession"]["Resource"] == [sessions]
    assert by_action["ecs:DescribeClusters"]["Resource"] == [cluster]
    assert by_action["sns:GetTopicAttributes"]["Resource"] == by_action["sns:Publish"]["Resource"]
    assert by_action["sns:Publish"]["Resource"] == [f"arn:aws:sns:us-east-1:{ACCOUNT}:sitechat-dev-alarms"]
    assert "ecs:UpdateService" not in by_action
    apply = actions(json.loads(run(capsys, "--env", str(file), "--json"))["policies"])
    assert not {"ecs:ExecuteCommand", "ecs:RunTask"} & apply


def test_where_no_shell_is_allowed_nobody_gets_the_right(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    found = json.loads(run(capsys, "--env", str(file), "--for", "exec", "--json", status=ExitCode.REFUSED))
    assert "service.execute_command is false" in found["error"]["message"]


def test_where_a_budget_denies_models_whoever_resumes_may_undo_its_action(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    file.write_text(file.read_text() + '[budget]\nstop = "automatic"\nmodel_usd = 50\n')
    found = json.loads(run(capsys, "--env", str(file), "--for", "bedrock", "--json"))["policies"]
    by_action = {
        action: each["Resource"]
        for policy in found.values()
        for each in policy["Statement"]
        for action in each["Action"]
    }
    budget = f"arn:aws:budgets::{ACCOUNT}:budget/sitechat-dev-models"
    assert by_action["budgets:DescribeBudgetActionsForBudget"] == [budget]
    assert by_action["budgets:ExecuteBudgetAction"] == [f"{budget}/action/*"]


def test_whoever_pauses_the_model_has_one_object_one_policy_and_the_mail(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    found = json.loads(run(capsys, "--env", str(file), "--for", "bedrock", "--json"))["policies"]
    ((name, policy),) = found.items()
    assert name == "sitechat-dev-bedrock-1"
    bucket = f"arn:aws:s3:::sitechat-dev-switches-{ACCOUNT}-us-east-1"
    by_action = {action: each["Resource"] for each in policy["Statement"] for action in each["Action"]}
    roles = [f"arn:aws:iam::{ACCOUNT}:role/sitechat-dev-us-east-1-task"]
    denial = f"arn:aws:iam::{ACCOUNT}:policy/sitechat-dev-us-east-1-model-stop"
    assert by_action == {
        **dict.fromkeys(("iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:ListAttachedRolePolicies"), roles),
        "iam:GetPolicy": [denial],
        **{f"s3:{verb}Object": [f"{bucket}/model/paused.json"] for verb in ("Delete", "Get", "Put")},
        "s3:ListBucket": [bucket],
        "sns:Publish": [f"arn:aws:sns:us-east-1:{ACCOUNT}:sitechat-dev-alarms"],
        **{action: [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*"] for action in ("kms:Decrypt", "kms:GenerateDataKey")},
    }
    (denying,) = (each for each in policy["Statement"] if "iam:AttachRolePolicy" in each["Action"])
    assert denying["Condition"] == {"ArnEquals": {"iam:PolicyARN": [denial]}}
