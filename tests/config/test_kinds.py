"""Kinds of mistakes, drawn at random: whatever belongs to a kind is refused under its key, whatever doesn't passes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ConfigError, parse
from config.contract import VARIABLES
from config.domains import valid_punycode
from config.loader import load
from config.reserved_variables import why_reserved
from config.secret_text import names_a_secret
from tests.config.samples import ACCOUNT, problems
from tests.config.strategies import WORD

LABEL = st.from_regex(r"[a-z][a-z0-9]{0,10}", fullmatch=True)
NAME = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)
PLAIN = NAME.filter(lambda name: not why_reserved(name) and not names_a_secret(name)).filter(
    lambda name: not name.startswith("SITECHAT_") and name not in {each.name for each in VARIABLES}
)


def variables(**environment: str) -> dict[str, str]:
    return problems(service={"environment": environment})


@given(st.sampled_from(["AWS_", "ECS_", "LD_", "DYLD_"]), NAME)
def test_names_that_others_read_are_nobodys_to_set(start: str, name: str) -> None:
    assert set(variables(**{start + name: "x"})) == {f"service.environment.{start}{name}"}


@given(PLAIN, st.text(st.characters(codec="ascii", exclude_categories=["C"], exclude_characters="`$%{="), max_size=20))
def test_other_names_are_free(name: str, value: str) -> None:
    assert not variables(**{name: value})


@given(PLAIN, st.from_regex(r"AKIA[A-Z0-9]{16}|ghp_[a-z0-9]{36}|xoxb-[0-9]{12}", fullmatch=True))
def test_a_secret_under_any_name_is_refused_and_never_shown(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse({"account_id": ACCOUNT, "service": {"environment": {name: value}}}, name="test")
    assert f"service.environment.{name}:" in str(refused.value)
    assert value not in str(refused.value)


@given(st.sampled_from([each for each in VARIABLES if each.set_by != "secret"]))
def test_a_secret_that_would_set_a_variable_of_the_contract_is_refused(variable: Any) -> None:
    if variable.name.startswith("SITECHAT_"):
        name = variable.name.removeprefix("SITECHAT_").lower().replace("_", "-")
        refused = problems(secrets={"names": ["session-key", name]})
        assert all(key.startswith("secrets.names") for key in refused)
        assert refused


@given(
    LABEL, LABEL, st.sampled_from(["test", "local", "internal", "corp", "lan", "invalid", "onion", "home", "example"])
)
def test_a_domain_of_no_public_dns_is_refused(host: str, owner: str, top: str) -> None:
    assert set(problems(dns={"domain": f"{host}.{owner}.{top}"})) == {"dns.domain"}


@pytest.mark.parametrize("name", ["co.uk", "com.br", "amazonaws.com", "x.cloudfront.net", "a.b.elasticbeanstalk.com"])
def test_a_domain_that_nobody_can_own_is_refused(name: str) -> None:
    assert set(problems(dns={"domain": name})) == {"dns.domain"}
    assert "dns.zone_name" in problems(dns={"domain": f"chat.{name}", "zone_name": name})


@given(LABEL, LABEL, st.sampled_from(["com", "org", "de", "co.uk", "dev", "museum"]))
def test_a_domain_below_a_public_suffix_passes(host: str, owner: str, top: str) -> None:
    assert not problems(dns={"domain": f"{host}.my-{owner}.{top}"})


@given(st.text(st.characters(min_codepoint=0xE0, max_codepoint=0x17F, categories=["Ll"]), min_size=1, max_size=6))
def test_punycode_is_what_encodes_a_name(text: str) -> None:
    label = "xn--" + text.encode("punycode").decode()
    assert valid_punycode(f"{label}.de")
    assert not valid_punycode(f"ab--{text.encode('punycode').decode()}.de")


PART = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True)
BRANCH = st.lists(PART, min_size=1, max_size=3).map("/".join)


@given(
    BRANCH,
    st.sampled_from(
        ["refs/heads/{}", "refs/{}", "origin/{}", "remotes/{}", "tags/{}", "{}.lock", "{}.lock/x", "/{}", "{}/"]
    )
    | st.sampled_from(
        ["{}..x", "{}//x", "{}@{{0}}", "{} x", "{}~1", "{}^", "{}:x", "{}?", "{}*", "{}[", "{}\\x", "-{}", "{}."]
    ),
)
def test_a_branch_that_no_token_names_is_refused(branch: str, form: str) -> None:
    given_branch = form.format(branch)
    assert set(problems(ci={"repository": "octo/app", "branch": given_branch})) == {"ci.branch"}


@given(BRANCH.filter(lambda branch: not re.match("refs/|heads/|remotes/|tags/|origin/|upstream/", branch)))
def test_other_branches_pass(branch: str) -> None:
    assert not problems(ci={"repository": "octo/app", "branch": branch})


@pytest.mark.parametrize("name", ["octo/app.git", "octo/App.GIT", "octo/app.wiki", "octo/..", "octo/."])
def test_repositories_that_no_token_names(name: str) -> None:
    assert set(problems(ci={"repository": name})) == {"ci.repository"}


@given(WORD, st.sampled_from(["", " "]), st.sampled_from(["", " "]))
def test_tags_differ_by_more_than_case_and_spaces(key: str, before: str, after: str) -> None:
    found = problems(tags={key: "a", f"{before}{key.upper()}{after}": "b"})
    assert all(each.startswith("tags") for each in found)
    assert found


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True))
def test_mail_addresses_differ_by_more_than_case(word: str) -> None:
    mails = [f"{word}@example.com", f"{word.upper()}@Example.com"]
    for section, key in (("monitoring", "alarm_emails"), ("budget", "emails"), ("security", "emails")):
        assert set(problems(**{section: {key: mails}})) == {f"{section}.{key}"}


@pytest.mark.parametrize("model", ["amazon.titan-embed-text-v2:0", "us.cohere.embed-v4:0", "cohere.rerank-v3-5:0"])
def test_what_does_not_chat_answers_nothing(model: str) -> None:
    assert "bedrock.model_id" in problems(bedrock={"model_id": model})


def test_twenty_problems_are_told_and_the_rest_counted() -> None:
    with pytest.raises(ConfigError) as refused:
        parse({"account_id": ACCOUNT, **{f"unknown{number}": 1 for number in range(23)}}, name="test")
    lines = str(refused.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "and 3 more, once these are mended"
    assert refused.value.render().startswith("23 mistakes in the configuration:\n")


def test_what_is_wrong_is_shown() -> None:
    wrong: dict[str, Any] = {
        "project": "a" * 65,
        "image": {"digest": "sha256:" + "0g" * 32},
        "cost": {"input_tokens_per_chat": -1},
        "service": {"environment": {"SITECHAT_KEEPALIVE_SECONDS": "abc"}},
    }
    with pytest.raises(ConfigError) as refused:
        parse({"account_id": ACCOUNT, **wrong}, name="test")
    told = str(refused.value)
    assert "(hidden)" not in told
    for value in ("aaaa", '"sha256:0g', "= -1", '"abc"'):
        assert value in told


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('region = "us-east-1"\n\nregion = "us-west-2"\n', "line 3"),
        ("a = 1\n" + ".".join("a" * 9) + " = 1\n", "line 2"),
        ("[a.b.c.d.e.f.g]\nx = 1\n", "line 1"),
        ("x = [\n", "line 1"),
        (f"x = 1\ny = {'9' * 5000}\n", "line 2"),
        (f"x = {'[' * 2000}{']' * 2000}\n", "line 1"),
    ],
)
def test_what_is_no_toml_is_told_by_its_line(text: str, line: str, tmp_path: Any) -> None:
    file = tmp_path / "qa.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=line):
        load(file)
