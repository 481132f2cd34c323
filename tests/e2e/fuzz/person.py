"""Somebody who types what the output says, in the order it is said, and knows nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.e2e.checkout import Done

# Typed commands until the plan is empty, at most.
MOST = 5
# Commands that only show something, or are the application's business: they are named beside what moves on.
_OF_THE_APPLICATION = ("image", "release", "releases", "rollback", "secret")
SHOWING = (
    *("alarms", "cost", "doctor", "env", "history", "logs", "outputs", "report", "scan", "show", "synth", "trace"),
    *_OF_THE_APPLICATION,
)
GROUPS = ("ci", "env", "image", "ingest", "local", "rights", "secret")
WITH_VALUE = ("--env", "--unlock", "--allow", "--accept-unpriced", "--layer", "--restore", "--import", "--version")
ASKING = ("deploy", "recover")
# A word of the sentence around a command ends it.
_POSITIONAL = re.compile(r"latest|\d{8}T\d{6}Z-[0-9a-f]+")
_COMMAND = re.compile(r"(?P<quoted>`)?\bsitechat (?P<words>[^`\n]+)")
_AGAIN = re.compile(r"\brun (?:the|this) (?:same )?command again", re.IGNORECASE)


class LostError(Exception):
    """The output leads nowhere: the message says how."""


def told_commands(output: str, env: str, last: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Commands that an output says to type, in its order; `last` is the one that "the same command" means.

    What only shows something, or is of another environment, isn't among them.
    """
    found: list[tuple[str, ...]] = []
    for line in output.splitlines():
        if _AGAIN.search(line):
            found.append(last)
        for match in _COMMAND.finditer(line):
            words = tuple(_words(match["words"], quoted=bool(match["quoted"])))
            if words and words[0] not in SHOWING and _is_of(words, env):
                found.append(words)
        if _AGAIN.search(line):
            break
    return list(dict.fromkeys(found))


def _words(text: str, *, quoted: bool) -> Iterator[str]:
    """Words of a command in a line: all between back quotes, else up to the first that belongs to the sentence."""
    words = [each.rstrip(".,;:)") for each in text.split()]
    value = positional = False
    for number, word in enumerate(words):
        if quoted or value:
            value = False
        elif number == 0 and not re.fullmatch(r"[a-z]+", word):
            return
        elif number and not (number == 1 and words[0] in GROUPS) and not word.startswith("--"):
            if positional or not _POSITIONAL.fullmatch(word):
                return
            positional = True
        value = word in WITH_VALUE
        yield word


def _is_of(words: tuple[str, ...], env: str) -> bool:
    """Whether a command can be typed as it stands, and is of this environment or of none."""
    if any(re.search(r"[\[\]<>]|^[A-Z/=]+$", word) for word in words):
        return False
    return env in words if "--env" in words else words[0] in ("local", "bootstrap")


def _chosen_instead(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a command was the other choice: another copy of the same state, another resource for an address."""
    for option in ("--restore", "--import"):
        chosen = [each[each.index(option) + 1].partition("=")[0] for each in (words, other) if option in each[:-1]]
        if len(chosen) == 2 and chosen[0] == chosen[1]:
            return True
    return False


@dataclass
class Person:
    """Types commands with `run` and follows what they say. `goal` is what was to be done in the first place.

    `waited` waits for whoever still works on the environment; False when nobody did. `delete_named` does by hand what
    no command does: it deletes what AWS made twice, when `recover` names it and says so; False when it names none.
    """

    run: Callable[[tuple[str, ...]], Done]
    waited: Callable[[], bool]
    env: str
    goal: tuple[str, ...]
    typed: list[tuple[str, ...]] = field(default_factory=list)
    delete_named: Callable[[str], bool] = lambda output: False
    _failed: set[tuple[tuple[str, ...], str]] = field(default_factory=set)
    _todo: list[tuple[str, ...]] = field(default_factory=list)

    def follow(self, said: Done | None) -> None:
        """Type what `said` leads to, until the goal is reached: nothing left to do, and the plan is empty.

        None is no output at all, as a kill leaves it: then the goal's command is typed again. Raises LostError.
        """
        if said is None:
            self._todo = [self.goal]
        elif said.status:
            self._todo = self._lead(said, self.goal)
        while True:
            while self._todo:
                self._type(self._todo.pop(0))
            done = self._look()
            if done is None:
                return
            self._todo = self._lead(*done)

    def _look(self) -> tuple[Done, tuple[str, ...]] | None:
        """None when the plan is empty and nothing is left; else the output of what found something."""
        for words in (("plan", "--env", self.env, "--detailed-exitcode"), ("recover", "--env", self.env)):
            done = self.run(words)
            if done.status != 0:
                return done, words
        return None

    def _type(self, words: tuple[str, ...]) -> None:
        if words[0] in ASKING and (words[0] != "recover" or "--repair" in words) and "--yes" not in words:
            words = (*words, "--yes")
        if len(self.typed) == MOST:
            raise LostError(f"{MOST} commands were typed, and the next would be: {' '.join(words)}")
        self.typed.append(words)
        self._todo = [each for each in self._todo if not _chosen_instead(words, each)]
        done = self.run(words)
        if done.status == 0:
            self._todo = self._todo or self._next(done, words)
            return
        how = (words, re.sub(r"[\d.]+|[0-9a-f-]{20,}", "#", done.stderr + done.stdout))
        if how in self._failed:
            raise LostError(f"failed twice the same way: {' '.join(words)}")
        self._failed.add(how)
        self._todo = self._lead(done, words)

    def _next(self, done: Done, words: tuple[str, ...]) -> list[tuple[str, ...]]:
        """What follows a success: what it says, or what was to be done in the first place."""
        if words[0] in ("deploy", "apply"):
            return [each for each in told_commands(done.output, self.env, words) if each[0] in ("plan", "apply")]
        if words[0] == "plan" and "No changes: " in done.output:
            return []
        told = [each for each in told_commands(done.output, self.env, words) if each != words]
        return [self.goal if told and told[0][0] == "plan" else told[0]] if told else [self.goal]

    def _lead(self, done: Done, words: tuple[str, ...]) -> list[tuple[str, ...]]:
        told = told_commands(done.output, self.env, words)
        if not told and words[0] == "recover" and "delete it" in done.output and self.delete_named(done.output):
            return []
        if not told:
            raise LostError(f"exit {done.status}, and nothing to type: {' '.join(words)}")
        # "Only if nobody is working any more": whoever is, is waited for, and then the same is tried again.
        return [words] if "--unlock" in told[0] and self.waited() else told
