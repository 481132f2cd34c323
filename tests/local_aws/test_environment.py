from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from local_aws import Endpoint, endpoint_variables, redirect_variables

ENDPOINT = Endpoint("http://127.0.0.1:4000", "123456789012", "eu-west-1", (1, 2, 3), "2026-01-01T00:00:00+00:00", "r")


def test_a_real_account_of_the_user_is_taken_out() -> None:
    user = {
        "PATH": "/bin",
        "AWS_PROFILE": "prod",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_ENDPOINT_URL_S3": "https://elsewhere.example.com",
        "NO_PROXY": "mirror.example.com",
    }
    made = redirect_variables(ENDPOINT, user)
    assert made["PATH"] == "/bin"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & made.keys()
    assert made["AWS_ACCESS_KEY_ID"] == "123456789012"
    assert made["NO_PROXY"] == "mirror.example.com,127.0.0.1,localhost"
    assert made["AWS_DEFAULT_REGION"] == made["AWS_REGION"] == "eu-west-1"


def test_files_of_the_user_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nendpoint_url = https://elsewhere.example.com\n")
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id = AKIAREAL\n")
    code = "import boto3; s = boto3.Session(); c = s.client('sts'); k = s.get_credentials().access_key"
    base = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code + "; print(k, c.meta.endpoint_url)"],
        env=redirect_variables(ENDPOINT, base),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["123456789012", "http://127.0.0.1:4000"]


def test_only_strings_for_a_process() -> None:
    assert all(isinstance(value, str) for value in endpoint_variables(ENDPOINT).values())


def test_the_package_needs_only_the_standard_library() -> None:
    code = "import sys, local_aws, local_aws.supervisor; print(*{name.split('.')[0] for name in sys.modules})"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=root, capture_output=True, text=True, check=True)
    foreign = {name for name in done.stdout.split() if name not in sys.stdlib_module_names} - {"local_aws", "__main__"}
    assert foreign == set()
