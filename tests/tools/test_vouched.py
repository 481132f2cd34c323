"""The list of types is read from the constructs: what it is written as reads back, and it is what they use now."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from policies.vouched import types
from policies.vouched.types import Arguments, Vouched, read_vouched
from tests.support.environments import ROOT
from tools.vouched import written


def test_the_list_is_what_the_constructs_use_now() -> None:
    """In a process of its own, as by hand: the bindings change the imports of whoever loads them."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.vouched"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_written_reads_back() -> None:
    assert written(read_vouched()) == types.FILE.read_text(encoding="utf-8")


def test_long_lines_are_wrapped_and_sorted() -> None:
    names = frozenset(f"argument_{number:03}" for number in range(40))
    vouched = Vouched({"aws_x": Arguments(names, frozenset())}, {}, frozenset({"aws"}), frozenset({"s3:GetObject"}))
    text = written(vouched)
    assert max(map(len, text.splitlines())) <= 120
    assert tomllib.loads(text)["resource"]["aws_x"]["arguments"] == sorted(names)


def test_the_list_leaves_out_what_only_the_backend_builds() -> None:
    assert "aws_iam_openid_connect_provider" not in read_vouched().resource
    assert "ecr:PutImage" not in read_vouched().actions
