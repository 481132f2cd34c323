"""Finding Terraform and provider mirrors. Scripts stand in for the Terraform binary."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.terraform import tools
from pipeline.work import Work
from tests.pipeline.conftest import FakeTool

NEW = "echo 'Terraform v1.11.4'"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide this machine's variables and files from the tests."""
    for name in ("SITECHAT_TERRAFORM", "SITECHAT_PROVIDER_MIRROR", "TF_CLI_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tools, "USUAL_PLACES", ())


def mirror(folder: Path) -> Path:
    (folder / tools.HOST / "hashicorp" / "aws").mkdir(parents=True)
    return folder


def test_terraform_is_taken_from_path(monkeypatch: pytest.MonkeyPatch, fake_tool: FakeTool) -> None:
    path = fake_tool("terraform", NEW)
    monkeypatch.setenv("PATH", f"{path.parent}:/bin:/usr/bin")
    assert tools.find_terraform() == path


def test_the_variable_goes_before_path(monkeypatch: pytest.MonkeyPatch, fake_tool: FakeTool) -> None:
    fake_tool("terraform", NEW)
    named = fake_tool("terraform-of-ours", NEW)
    monkeypatch.setenv("SITECHAT_TERRAFORM", str(named))
    assert tools.find_terraform() == named


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'Terraform v1.9.8'", "is Terraform 1.9.8"),
        ("echo 'Terraform v0.15.0'", "is Terraform 0.15.0"),
        ("echo 'Terraform v2.0.0'", "is Terraform 2.0.0; nobody"),
        ("echo 'Terraform v2.0.0-alpha20300101'", "2.0.0-alpha20300101; only releases"),
        ("echo 'Terraform v1.12.0-beta1'", "is Terraform 1.12.0-beta1; only releases"),
        ("echo 'Terraform v1.12.0-rc2'", "is Terraform 1.12.0-rc2; only releases"),
        ("echo 'Terraform v1.12.0-dev'", "is Terraform 1.12.0-dev; only releases"),
        ("echo 'Terraform v1.12.0+ent'", "only releases"),
        ("echo 'Terraform v1.12'", "does not say which version"),
        ("echo 'Terraform v1.12.0 or so'", "does not say which version"),
        ("echo 'OpenTofu v1.9.0'", "does not say which version"),
        ("exit 3", "does not say which version"),
    ],
)
def test_an_old_new_or_strange_terraform_is_refused(
    monkeypatch: pytest.MonkeyPatch, fake_tool: FakeTool, script: str, said: str
) -> None:
    monkeypatch.setenv("SITECHAT_TERRAFORM", str(fake_tool("terraform", script)))
    with pytest.raises(SitechatError, match=said) as caught:
        tools.find_terraform()
    assert caught.value.code is ExitCode.MISSING


@pytest.mark.parametrize("version", ["1.11.0", "1.99.12"])
def test_releases_in_the_range_are_taken(monkeypatch: pytest.MonkeyPatch, fake_tool: FakeTool, version: str) -> None:
    path = fake_tool("terraform", f"echo 'Terraform v{version}'; echo 'on linux_amd64'")
    monkeypatch.setenv("SITECHAT_TERRAFORM", str(path))
    assert tools.find_terraform() == path
    assert tools.terraform_version(path) == version


def test_a_missing_terraform_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SitechatError, match="not on PATH") as caught:
        tools.find_terraform()
    assert caught.value.code is ExitCode.MISSING
    assert "SITECHAT_TERRAFORM" in caught.value.hint


def test_without_a_mirror_there_is_no_cli_configuration(tmp_path: Path) -> None:
    assert tools.provider_mirror() is None
    assert tools.cli_config(Work(tmp_path)) is None


def test_the_variable_names_a_mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SITECHAT_PROVIDER_MIRROR", str(mirror(tmp_path / "plugins")))
    assert tools.provider_mirror() == tmp_path / "plugins"


def test_a_variable_that_names_no_mirror_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SITECHAT_PROVIDER_MIRROR", str(tmp_path))
    with pytest.raises(SitechatError, match=r"holds no folder registry\.terraform\.io"):
        tools.provider_mirror()


def test_a_cli_configuration_that_does_not_exist_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing.tfrc"))
    monkeypatch.setattr(tools, "USUAL_PLACES", (str(mirror(tmp_path / "usual")),))
    assert tools.provider_mirror() == tmp_path / "usual"


def test_a_mirror_directly_inside_a_usual_place_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mirror(tmp_path / "opt" / "anything")
    monkeypatch.setattr(tools, "USUAL_PLACES", (str(tmp_path / "opt" / "*"),))
    assert tools.provider_mirror() == tmp_path / "opt" / "anything"


def test_the_users_own_installation_rules_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "own.tfrc"
    held = mirror(tmp_path / "held")
    own.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{held}"\n  }}\n}}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    assert tools.cli_config(Work(tmp_path)) == own
    assert tools.provider_mirror() == held


def test_the_written_configuration_takes_only_what_the_mirror_holds_from_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = mirror(tmp_path / "plugins")
    monkeypatch.setenv("SITECHAT_PROVIDER_MIRROR", str(held))
    path = tools.cli_config(Work(tmp_path))
    assert path is not None
    text = path.read_text()
    assert f'path    = "{held}"' in text
    assert text.count('["registry.terraform.io/hashicorp/aws"]') == 2  # included in the mirror, excluded from direct
