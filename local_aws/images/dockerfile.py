"""Reads a Dockerfile as far as a process needs it: files of the context, environment, user, command.

Base images and RUN are not carried out: Python and its packages come from the interpreter that the image names.
What can't be carried over and would change what runs is refused (`PackingError`); the rest is noted.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

# Instructions that change nothing of a process started by ECS: ports and volumes are the task definition's, and so is
# the health check ("ECS does not monitor Docker health checks in an image", ECS developer guide, HealthCheck).
WITHOUT_EFFECT = ("EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "VOLUME")
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_VARIABLE = re.compile(r"\\\$|\$\{(?P<long>\w+)(?::-(?P<default>[^}]*))?\}|\$(?P<short>\w+)")


class PackingError(Exception):
    """A build context can't stand for an image here; the message names the line."""


@dataclass(frozen=True)
class Copy:
    """One COPY or ADD of files of a context, to an absolute path; a path with "/" at its end is a folder.

    `context` is the name of a further context, empty for the build's own.
    """

    sources: tuple[str, ...]
    target: str
    context: str = ""


@dataclass(frozen=True)
class ImageSettings:
    """What an image says about the process: the parts of an OCI image configuration that are used here."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    working_directory: str = "/"
    user: str = ""
    stop_signal: str = "SIGTERM"


@dataclass
class Recipe:
    """The last stage of a Dockerfile. `notes` are lines that were not carried out."""

    settings: ImageSettings = field(default_factory=ImageSettings)
    copies: list[Copy] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_dockerfile(text: str, named: frozenset[str] = frozenset()) -> Recipe:
    """The recipe of a Dockerfile's last stage; `named` are further contexts. Raises PackingError."""
    reader = _Reader(named)
    for number, line in _lines(text):
        word, _, rest = line.partition(" ")
        try:
            reader.take(word.upper(), rest.strip())
        except ValueError as problem:
            raise PackingError(f"Dockerfile:{number}: {problem}") from None
    if reader.recipe is None:
        raise PackingError("Dockerfile: no FROM")
    return reader.recipe


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Instructions with the number of their first line: continued lines joined, comments left out."""
    joined, first = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if re.fullmatch(r"#\s*escape\s*=\s*[^\\\s]+", line, re.IGNORECASE):
            raise PackingError(f"Dockerfile:{number}: another escape character than \\ is not read here")
        if line.startswith("#") or (not line and joined) or (not line and not joined):
            continue
        first = first if joined else number
        if line.endswith("\\"):
            joined += line[:-1].rstrip() + " "
            continue
        yield first, joined + line
        joined = ""
    if joined:
        yield first, joined.strip()


class _Reader:
    def __init__(self, named: frozenset[str]) -> None:
        self.recipe: Recipe | None = None
        self._named = named
        self._stages: dict[str, Recipe] = {}
        self._arguments: dict[str, str] = {}

    def take(self, word: str, rest: str) -> None:
        """Take one instruction. Raises ValueError with what is wrong with it."""
        if "<<" in rest and word in ("RUN", "COPY", "ADD"):
            raise ValueError(f"{word} with a here-document is not read here")
        if word == "FROM":
            self._from(self._filled(rest).split())
        elif word == "ARG":
            for each in shlex.split(rest):
                name, given, value = each.partition("=")
                if given:
                    self._arguments[name] = self._filled(value)
        elif self.recipe is None:
            raise ValueError(f"{word} stands before FROM")
        elif word == "RUN":
            self.recipe.notes.append(f"not run here: RUN {rest}")
        elif word in ("COPY", "ADD"):
            self._copy(self.recipe, word, rest)
        elif word not in WITHOUT_EFFECT:
            self.recipe.settings = self._changed(self.recipe.settings, word, rest)

    def _from(self, words: list[str]) -> None:
        words = [each for each in words if not each.startswith("--")]
        if not words:
            raise ValueError("FROM without an image")
        before = self._stages.get(words[0].lower())
        self.recipe = Recipe() if before is None else replace(before, copies=[*before.copies], notes=[*before.notes])
        if len(words) == 3 and words[1].upper() == "AS":
            self._stages[words[2].lower()] = self.recipe

    def _copy(self, recipe: Recipe, word: str, rest: str) -> None:
        options = []
        while rest.startswith("--"):
            option, _, rest = rest.partition(" ")
            options.append(option)
            rest = rest.strip()
        sources_of = [each.partition("=")[2] for each in options if each.startswith("--from=")]
        # A named context goes before a stage of the same name ("docker buildx build", --build-context).
        if sources_of and sources_of[0] not in self._named:
            recipe.notes.append(f"not copied here: {word} {' '.join(options)} {rest}")
            return
        unknown = [each for each in options if each.partition("=")[0] not in ("--chown", "--chmod", "--link", "--from")]
        if unknown:
            raise ValueError(f"{word} {unknown[0]} is not read here")
        words = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
        *sources, target = map(self._filled, words)
        if not sources:
            raise ValueError(f"{word} needs a source and a target")
        if word == "ADD" and any("://" in each or each.endswith(_ARCHIVES) for each in sources):
            raise ValueError("ADD of an address or an archive is not read here; use COPY")
        folder = target.endswith(("/", "/.")) or target in (".", "") or len(sources) > 1
        path = posixpath.normpath(posixpath.join(recipe.settings.working_directory, target))
        context = sources_of[0] if sources_of else ""
        recipe.copies.append(Copy(tuple(sources), path.rstrip("/") + "/" if folder else path, context))

    def _changed(self, settings: ImageSettings, word: str, rest: str) -> ImageSettings:
        if word == "ENV":
            return replace(settings, environment=_merged(settings.environment, self._pairs(rest)))
        if word == "WORKDIR":
            path = posixpath.normpath(posixpath.join(settings.working_directory, self._filled(rest)))
            return replace(settings, working_directory=path)
        if word == "USER":
            return replace(settings, user=self._filled(rest))
        if word == "STOPSIGNAL":
            return replace(settings, stop_signal=self._filled(rest))
        if word == "ENTRYPOINT":
            return replace(settings, entrypoint=_command(rest), command=())
        if word == "CMD":
            return replace(settings, command=_command(rest))
        raise ValueError(f"{word} is not read here")

    def _pairs(self, rest: str) -> Iterator[tuple[str, str]]:
        first = rest.split(None, 1)[0] if rest else ""
        if "=" not in first:
            name, _, value = rest.partition(" ")
            yield name, self._filled(value.strip())
            return
        for each in shlex.split(rest):
            name, _, value = each.partition("=")
            yield name, self._filled(value)

    def _filled(self, text: str) -> str:
        """Text with variables of ARG and ENV in it; what the base image may have set stays as it is written."""
        known: dict[str, str] = dict(self._arguments)
        if self.recipe is not None:
            known.update(self.recipe.settings.environment)
        return _VARIABLE.sub(lambda found: _value(found, known), text)


def _value(found: re.Match[str], known: Mapping[str, str]) -> str:
    name = found["long"] or found["short"]
    if name is None:
        return "$"
    return known.get(name, found["default"] if found["default"] is not None else found[0])


def _command(rest: str) -> tuple[str, ...]:
    if rest.startswith("["):
        words = json.loads(rest)
        if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
            raise ValueError(f"{rest} is no list of texts")
        return tuple(words)
    return ("/bin/sh", "-c", rest)


def _merged(before: tuple[tuple[str, str], ...], pairs: Iterator[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple({**dict(before), **dict(pairs)}.items())
