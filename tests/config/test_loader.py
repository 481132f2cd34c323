from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, load, parse
from config.reading import ENVIRONMENTS
from tests.config.samples import ACCOUNT, build, problems

SEVEN = """
account_id = 123456789012
region = "us-esat-1"
colour = "blue"

[service]
cpu = 300
memory_mb = 512
health_check_timeout_seconds = 60

[network]
egress = "nat_gatway"
"""


def test_seven_mistakes_are_seven_problems(tmp_path: Path) -> None:
    file = tmp_path / "dev.toml"
    file.write_text(SEVEN)
    with pytest.raises(ConfigError) as caught:
        load(file)
    found = {problem.key: str(problem) for problem in caught.value.problems}
    assert set(found) == {
        "account_id",
        "region",
        "colour",
        "service.cpu",
        "service.memory_mb",
        "service.health_check_timeout_seconds",
        "network.egress",
    }
    assert all(text.startswith(f"{file}: {key} = ") for key, text in found.items())
    assert found["region"].endswith('= "us-esat-1": an AWS region, such as us-east-1; did you mean us-east-1?')
    assert found["network.egress"].endswith("did you mean nat_gateway?")
    assert found["service.cpu"].endswith("= 300: one of 256, 512, 1024, 2048, 4096, 8192, 16384")
    assert "did you mean memory_mib?" in found["service.memory_mb"]
    assert found["service.health_check_timeout_seconds"].endswith(
        "less than 60, which is health_check_interval_seconds"
    )


def test_name_is_the_stem_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "blue.toml"
    file.write_text(f'account_id = "{ACCOUNT}"')
    assert load(file).name == "blue"
    assert load(str(file)).name == "blue"


def test_stem_that_is_no_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "dev-2.toml"
    file.write_text(f'account_id = "{ACCOUNT}"')
    with pytest.raises(ConfigError, match="the file's name must be a word of 2 to 12"):
        load(file)


def test_name_is_no_key() -> None:
    assert problems(name="other") == {"name": "no such key: the name of the file is the environment's name"}


def test_account_is_required() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({}, name="dev", file="dev.toml")
    assert str(caught.value) == "dev.toml: account_id: required: the 12 digits of an AWS account, in quotes"


def test_rules_skip_fields_that_are_wrong_by_themselves() -> None:
    assert set(problems(service={"cpu": 300, "memory_mib": 8192})) == {"service.cpu"}


def test_rules_skip_fields_that_are_probably_misspelt() -> None:
    assert set(problems(service={"cpux": 1024, "memory_mib": 2048})) == {"service.cpux"}
    assert set(problems(service={"memory": 2048, "cpu": 1024})) == {"service.memory"}


def test_section_that_is_no_table_is_one_problem() -> None:
    assert problems(service=3)["service"].startswith("a table with the keys cpu, memory_mib")
    assert len(problems(service=3)) == 1


def test_unknown_section_is_named_with_the_nearest() -> None:
    assert problems(bedrok={"guardrail": True}) == {"bedrok": "unknown key; did you mean bedrock?"}


def test_unknown_key_without_a_near_one_lists_the_keys() -> None:
    assert problems(emulator={"zzz": 1}) == {"emulator.zzz": "unknown key; accepted here: enabled"}


def test_unknown_key_at_the_root_never_offers_the_name() -> None:
    assert problems(nam="x")["nam"].startswith("unknown key; accepted here: project,")


def test_item_of_a_list_is_named_by_its_place() -> None:
    found = problems(monitoring={"alarm_emails": ["a@example.com", "nobody"]})
    assert found == {"monitoring.alarm_emails[1]": "an e-mail address, such as oncall@example.com"}


def test_key_of_a_table_is_checked() -> None:
    found = problems(service={"environment": {"lower": "x"}})
    assert found == {"service.environment.lower": "a variable name of capital letters, digits and _"}


def test_problem_inside_a_list_of_tables_is_named_to_the_end() -> None:
    topic = {"name": "Medicine", "definition": "d" * 201}
    assert set(problems(bedrock={"blocked_topics": [topic]})) == {"bedrock.blocked_topics[0].definition"}
    assert set(problems(bedrock={"blocked_topics": [{"name": "x"}]})) == {"bedrock.blocked_topics[0].definition"}


def test_given_values_are_left_as_they_were() -> None:
    given = {"account_id": "12", "service": {"cpu": 300}}
    with pytest.raises(ConfigError):
        parse(given, name="dev")
    assert given == {"account_id": "12", "service": {"cpu": 300}}


def test_models_are_frozen() -> None:
    env = build()
    with pytest.raises(ValueError, match="frozen"):
        env.service.cpu = 512


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for the project's own environments."""
    monkeypatch.setattr("config.reading.ENVIRONMENTS", tmp_path)
    return tmp_path


def test_two_environments_of_the_project_are_checked_together(project: Path) -> None:
    for name in ("dev", "prod"):
        (project / f"{name}.toml").write_text(f'account_id = "{ACCOUNT}"\n[dns]\ndomain = "chat.example.com"\n')
    with pytest.raises(ConfigError, match="environment prod has it") as caught:
        load("dev")
    assert {problem.key for problem in caught.value.problems} == {"dns.domain", "dns.zone"}


def test_broken_neighbour_does_not_stop_an_environment(project: Path) -> None:
    (project / "dev.toml").write_text(f'account_id = "{ACCOUNT}"')
    (project / "prod.toml").write_text("account_id = 3")
    assert load("dev").name == "dev"


@pytest.mark.parametrize("name", sorted(file.stem for file in ENVIRONMENTS.glob("*.toml")))
def test_environments_of_the_project_load(name: str) -> None:
    assert load(name).name == name
