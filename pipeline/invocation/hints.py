"""Hints that repeat what the command came with: its environment, and its other words where it is to be run again."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from pipeline.errors import SitechatError, takes_environment, with_environment


def repeat_words(error: SitechatError, arguments: Sequence[str]) -> None:
    """Complete an error's hint by the words of the command that it ends.

    Commands shown without an environment get the one that was given, and options to repeat the command with stand
    behind all of it.
    """
    if given := given_environment(arguments):
        error.hint = with_environment(error.hint, given)
    if error.options:
        error.hint = error.hint.replace(error.options, f"`{shlex.join(['sitechat', *arguments])} {error.options}`")


def given_environment(arguments: Sequence[str]) -> str:
    """The environment that a command line means, as it was given; empty for a command that takes none."""
    if not takes_environment(arguments):
        return ""
    for index, word in enumerate(arguments):
        if word == "--env" and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith("--env="):
            return word.removeprefix("--env=")
    return os.environ.get("SITECHAT_ENV") or "dev"
