"""The file of waivers is read as a positive list: one clear problem for what isn't a waiver, and never a traceback."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from pipeline.scan import Waiver
from pipeline.scan.waiver_file import LAYERS, exact_address, read_waivers
from tests.support.shared import synthesis

ADDRESS = "service/aws_cloudwatch_log_group.app"
GOOD = Waiver("CKV_AWS_338", ADDRESS, ("dev",), "a week of logs is enough in dev", "platform", date(2026, 6, 30))
TEXT = f"""[[waiver]]
check = "CKV_AWS_338"
address = "{ADDRESS}"
environments = ["dev"]
reason = "a week of logs is enough in dev"
owner = "platform"
expires = 2026-06-30
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "waivers.toml"


def test_reading_the_file(path: Path) -> None:
    path.write_text(TEXT)
    assert read_waivers(path) == ([GOOD], [])


def test_all_environments_but_some(path: Path) -> None:
    path.write_text(TEXT.replace('["dev"]', '"all"\nnot_in = ["prod"]'))
    (waiver,), problems = read_waivers(path)
    assert problems == []
    assert waiver.covers("mine")
    assert not waiver.covers("prod")


def test_each_member_of_a_list_has_an_address_of_its_own(path: Path) -> None:
    address = "infrastructure/aws_secretsmanager_secret:secret_{each}/secret"
    path.write_text(TEXT.replace(ADDRESS, address).replace("[[waiver]]", '[[waiver]]\neach = "secrets.names"'))
    (waiver,), problems = read_waivers(path)
    assert problems == []
    found = next(layer for layer in synthesis("dev").layers if layer.name == "infrastructure").resources
    assert exact_address(waiver, "session-key").partition("/")[2] in found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('owner = "platform"', "", "owner is missing"),
        ('owner = "platform"', 'owner = ""', "owner must be a non-empty str"),
        ('owner = "platform"', 'owner = "  "', "owner must be a non-empty str"),
        ('owner = "platform"', 'owner = ["platform"]', "owner must be a non-empty str"),
        ('owner = "platform"', 'owner = "plat\\u200bform"', "without invisible characters"),
        ('owner = "platform"', 'owner = "platform"\nseverity = 3', "unknown key 'severity'"),
        ('owner = "platform"', 'owner = "platform"\nowner = "me"', "can't be read"),
        ("expires = 2026-06-30", 'expires = "2026-06-30"', "expires must be a non-empty date"),
        ("expires = 2026-06-30", "expires = 2026-06-30T12:00:00", "expires must be a non-empty date"),
        ("expires = 2026-06-30", "expires = 12:00:00", "expires must be a non-empty date"),
        ("expires = 2026-06-30", "expires = nan", "expires must be a non-empty date"),
        ("expires = 2026-06-30", "expires = 2026-02-30", "can't be read"),
        ('environments = ["dev"]', "", "environments is missing"),
        ('environments = ["dev"]', "environments = []", "at least one environment"),
        ('environments = ["dev"]', 'environments = "dev"', "environments must be a non-empty list"),
        ('environments = ["dev"]', 'environments = ""', "environments must be a non-empty list"),
        ('environments = ["dev"]', 'environments = ["dev", "dev"]', "names dev twice"),
        ('environments = ["dev"]', 'environments = ["*"]', "is no name of an environment"),
        ('environments = ["dev"]', 'environments = ["Dev"]', "is no name of an environment"),
        ('environments = ["dev"]', 'environments = ["d\u0435v"]', "is no name of an environment"),
        ('environments = ["dev"]', "environments = [1]", "is no name of an environment"),
        ('environments = ["dev"]', 'environments = [["dev"]]', "is no name of an environment"),
        ('environments = ["dev"]', 'environments = ["dev"]\nnot_in = ["prod"]', "not_in only goes with"),
        ('environments = ["dev"]', 'environments = "all"\nnot_in = []', "not_in must name at least one"),
        ('environments = ["dev"]', 'environments = "all"\nnot_in = "prod"', "not_in must be a non-empty list"),
        ("CKV_AWS_338", "ckv_aws_338", "is no id"),
        ("CKV_AWS_338", "*", "is no id"),
        ("CKV_AWS_338", "CKV_AWS_338 ", "is no id"),
        ("CKV_AWS_338", "CKV_\u0410WS_338", "is no id"),
        ("CKV_AWS_338", "CKV_SECRET_6", "a secret is taken out, not accepted"),
        (ADDRESS, "*/aws_cloudwatch_log_group.app", "one exact"),
        (ADDRESS, "service/aws_cloudwatch_log_group.*", "one exact"),
        (ADDRESS, "service/*", "one exact"),
        (ADDRESS, "aws_cloudwatch_log_group.app", "one exact"),
        (ADDRESS, "service/aws_cloudwatch_log_group", "one exact"),
        (ADDRESS, "service/provider.aws", "one exact"),
        (ADDRESS, f"{ADDRESS}[0]", "one exact"),
        (ADDRESS, f" {ADDRESS}", "one exact"),
        (ADDRESS, f"{ADDRESS}\\n", "invisible characters"),
        (ADDRESS, f"../{ADDRESS}", "one exact"),
        (ADDRESS, "service/aws_cloudwatch_log_group.\u0430pp", "one exact"),
        (ADDRESS, "nowhere/aws_cloudwatch_log_group.app", "there is no layer 'nowhere'"),
        (ADDRESS, "service/aws_cloudwatch_log_group:app_{each}/x", "one exact"),
        ("[[waiver]]", '[[waiver]]\neach = "secrets.names"', 'one exact "layer/type:path'),
        ("[[waiver]]", '[[waiver]]\neach = "edge.geo_allow"', "each 'edge.geo_allow' is not one of"),
        ("a week of logs is enough in dev", "too short", "at least 20 characters"),
        ("a week of logs is enough in dev", " " * 20, "reason must be a non-empty str"),
        ("a week of logs is enough in dev", "." * 30, "different words"),
        ("a week of logs is enough in dev", "a" * 30, "different words"),
        ("a week of logs is enough in dev", "todo " * 8, "different words"),
        ("a week of logs is enough in dev", "logs are kept a\\nweek in dev", "one line"),
        ("a week of logs is enough in dev", "the choice of logs.retention_days here", "rests on logs.retention_days"),
        ("a week of logs is enough in dev", "T3 nodes gain nothing from masters", "rests on search.instance_type"),
        ("a week of logs is enough in dev", "fine for nodes of m6g.large here", "rests on search.instance_type"),
        ("[[waiver]]", '[[waiver]]\nkind = "because"', "is not one of"),
        ("[[waiver]]", '[[waiver]]\nkind = ["cost"]', "is not one of"),
        ("[[waiver]]", '[[waiver]]\nmode = "JSON"', "is not one of"),
        ("[[waiver]]", '[[waiver]]\nmode = ""', "is not one of"),
        ("[[waiver]]", '[[waiver]]\nonly_if = ""', "leave it out"),
        ("[[waiver]]", "[[waiver]]\nonly_if = true", "must be a condition"),
        ("[[waiver]]", '[[waiver]]\nonly_if = ["dns.domain"]', "must be a condition"),
        ("[[waiver]]", '[[waiver]]\nonly_if = "dns.domian"', "names no setting"),
        ("[[waiver]]", "[[waver]]", "unknown key 'waver'"),
        ("[[waiver]]", "[waiver]", "begins with [[waiver]], in two brackets"),
        ("[[waiver]]", "[[waiver]", "can't be read"),
        ("[[waiver]]", "\ufeff[[waiver]]", "can't be read"),
        ("[[waiver]]", f"x = {'[' * 3000}{']' * 3000}\n[[waiver]]", "waivers.toml"),
    ],
)
def test_a_malformed_waiver_covers_nothing(path: Path, old: str, new: str, message: str) -> None:
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    waivers, problems = read_waivers(path)
    assert waivers == [] or "unknown key 'x'" in problems[0]
    assert len(problems) == 1
    assert message in problems[0]
    assert "\n" not in problems[0]


def test_a_wrong_waiver_is_named_by_its_check_and_address(path: Path) -> None:
    path.write_text(TEXT + TEXT.replace('owner = "platform"', ""))
    assert read_waivers(path) == ([GOOD], [f"waivers.toml, waiver 2 (CKV_AWS_338 {ADDRESS}): owner is missing"])


@pytest.mark.parametrize("text", ["waiver = 3", 'waiver = ["x"]', "waiver = [[]]", "[waiver]"])
def test_a_waiver_is_a_table_of_its_own(path: Path, text: str) -> None:
    path.write_text(text)
    waivers, problems = read_waivers(path)
    assert waivers == []
    assert problems


def test_a_file_that_is_none_is_refused_at_once(path: Path) -> None:
    """A pipe is not waited for, a link not followed, and a missing file is not an empty one."""
    places = {name: path.with_name(name) for name in ("gone.toml", "pipe.toml", "link.toml", "folder.toml")}
    path.write_text(TEXT)
    os.mkfifo(places["pipe.toml"])
    places["link.toml"].symlink_to(path)
    places["folder.toml"].mkdir()
    for name, place in places.items():
        waivers, problems = read_waivers(place)
        assert waivers == []
        assert [name in problem and "can't be read" in problem for problem in problems] == [True]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"# " + b"x" * (1 << 20), b"\x00"])
def test_content_that_is_no_text_or_too_much_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    waivers, problems = read_waivers(path)
    assert waivers == []
    assert ["can't be read" in problem for problem in problems] == [True]


def test_the_layers_are_those_of_the_environments() -> None:
    assert set(LAYERS) == {layer.name for name in ("dev", "prod") for layer in synthesis(name).layers}


@pytest.mark.parametrize(
    ("reason", "condition"),
    [
        ("a domain of T3 nodes gains nothing from masters", "not search.instance_type = t3.*"),
        ("a domain of m6g nodes gains nothing from masters", "search.instance_type = t3.*"),
        ("a domain of T2 nodes gains nothing from masters", "search.enabled and search.instance_type = t3.*"),
    ],
)
def test_a_reason_about_nodes_holds_for_those_nodes_alone(path: Path, reason: str, condition: str) -> None:
    text = TEXT.replace("a week of logs is enough in dev", reason)
    path.write_text(text.replace("[[waiver]]", f'[[waiver]]\nonly_if = "{condition}"', 1))
    assert any("only_if must hold for those alone" in problem for problem in read_waivers(path)[1])


@pytest.mark.parametrize(
    "condition",
    [
        "not bedrock.guardrail",
        "edge.enabled and not dns.domain",
        "not protection",
        "not service.tls_to_task",
        "edge.enabled and not edge.rate_limit_per_5_minutes < 20001",
    ],
)
def test_what_is_for_trying_alone_is_no_waiver_of_production(path: Path, condition: str) -> None:
    text = TEXT.replace('environments = ["dev"]', f'environments = "all"\nonly_if = "{condition}"')
    path.write_text(text)
    assert any("is for trying things alone" in problem for problem in read_waivers(path)[1])
    path.write_text(text.replace("environments =", 'not_in = ["prod"]\nenvironments =', 1))
    assert read_waivers(path)[1] == []
