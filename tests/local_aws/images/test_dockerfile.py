"""What is taken from a Dockerfile, and what is refused with its line."""

from __future__ import annotations

import pytest

from local_aws.images.dockerfile import Copy, PackingError, read_dockerfile


def test_process_settings_are_those_of_the_last_stage() -> None:
    recipe = read_dockerfile(
        "FROM python AS first\nENV COLOUR=red\nFROM python\n"
        'ENV COLOUR=blue "SHAPE=two words"\nWORKDIR /app\nWORKDIR inner\nUSER 10001:10001\nSTOPSIGNAL SIGINT\n'
        'ENTRYPOINT ["python", "-m"]\nCMD ["app"]\n'
    )
    settings = recipe.settings
    assert settings.environment == (("COLOUR", "blue"), ("SHAPE", "two words"))
    assert (settings.working_directory, settings.user, settings.stop_signal) == (
        "/app/inner",
        "10001:10001",
        "SIGINT",
    )
    assert (settings.entrypoint, settings.command) == (("python", "-m"), ("app",))


def test_a_stage_can_stand_on_an_earlier_one() -> None:
    recipe = read_dockerfile("FROM python AS base\nENV COLOUR=red\nCOPY a.py /\nFROM base\nCOPY b.py /\n")
    assert recipe.settings.environment == (("COLOUR", "red"),)
    assert [copy.sources for copy in recipe.copies] == [("a.py",), ("b.py",)]


def test_an_entrypoint_takes_the_command_before_it_away() -> None:
    assert read_dockerfile('FROM python\nCMD ["a"]\nENTRYPOINT ["b"]\n').settings.command == ()


def test_a_command_as_text_goes_to_the_shell() -> None:
    assert read_dockerfile("FROM python\nCMD python app.py\n").settings.command == ("/bin/sh", "-c", "python app.py")


def test_variables_come_from_arg_and_env_and_others_stay() -> None:
    recipe = read_dockerfile("ARG PLACE=/srv\nFROM python\nENV HOME_OF=$PLACE/x PATH=/bin:$PATH OTHER=${NONE:-none}\n")
    assert dict(recipe.settings.environment) == {"HOME_OF": "/srv/x", "PATH": "/bin:$PATH", "OTHER": "none"}


def test_comments_and_continued_lines_are_joined() -> None:
    recipe = read_dockerfile("# syntax=docker/dockerfile:1\nFROM python\nENV A=1 \\\n# between\n    B=2\n")
    assert recipe.settings.environment == (("A", "1"), ("B", "2"))


def test_targets_are_absolute_and_folders_end_with_a_stroke() -> None:
    recipe = read_dockerfile("FROM python\nWORKDIR /app\nCOPY --chown=1:1 a.py .\nCOPY a.py b.py lib\nCOPY a.py c.py\n")
    assert recipe.copies == [
        Copy(("a.py",), "/app/"),
        Copy(("a.py", "b.py"), "/app/lib/"),
        Copy(("a.py",), "/app/c.py"),
    ]


def test_what_is_not_carried_out_is_noted() -> None:
    recipe = read_dockerfile("FROM python AS built\nFROM python\nRUN true\nCOPY --from=built /venv /venv\n")
    assert recipe.notes == ["not run here: RUN true", "not copied here: COPY --from=built /venv /venv"]
    assert recipe.copies == []


def test_a_named_context_is_copied_from_and_a_stage_is_not() -> None:
    text = "FROM python AS built\nFROM python\nCOPY --from=shared . /app/shared\nCOPY --from=built /venv /venv\n"
    recipe = read_dockerfile(text, frozenset({"shared"}))
    assert recipe.copies == [Copy((".",), "/app/shared", "shared")]
    assert recipe.notes == ["not copied here: COPY --from=built /venv /venv"]


@pytest.mark.parametrize("line", ["EXPOSE 8080", "VOLUME /tmp", "LABEL a=b", "HEALTHCHECK NONE"])
def test_what_ecs_ignores_is_ignored(line: str) -> None:
    assert read_dockerfile(f"FROM python\n{line}\n").notes == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RUN true\n", "Dockerfile:1: RUN stands before FROM"),
        ("# only\n", "Dockerfile: no FROM"),
        ("FROM python\nONBUILD RUN true\n", "Dockerfile:2: ONBUILD is not read here"),
        ('FROM python\nSHELL ["x"]\n', "Dockerfile:2: SHELL is not read here"),
        ("FROM python\n\nADD https://example.com/a /a\n", "Dockerfile:3: ADD of an address"),
        ("FROM python\nADD a.tar.gz /a\n", "Dockerfile:2: ADD of an address or an archive"),
        ("FROM python\nCOPY --parents a /a\n", "Dockerfile:2: COPY --parents is not read here"),
        ("FROM python\nRUN <<END\n", "here-document"),
        ("FROM python\nCOPY a\n", "needs a source and a target"),
        ("# escape=`\nFROM python\n", "another escape character"),
        ('FROM python\nCMD ["a", 1]\n', "is no list of texts"),
    ],
)
def test_what_would_change_the_process_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(PackingError, match="Dockerfile") as refused:
        read_dockerfile(text)
    assert message in str(refused.value)
