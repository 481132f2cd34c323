"""Names that are taken: what exists in AWS under a configured name, though no state of this environment knows it.

AWS refuses such a name in the middle of an apply, or overwrites what has it without a word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, NamedTuple

from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.doctor.account.taken_nameless import NAMELESS
from pipeline.doctor.account.taken_questions import QUESTIONS, Question
from pipeline.doctor.finding import Diagnosis

NAME = "names"
# A new environment asks some 50 questions; AWS slows down who asks many more at once.
AT_ONCE = 8
# HeadBucket's answers about a bucket of another account, of another region, or closed to this role.
NOT_OURS = ("301", "400", "403")


class Wanted(NamedTuple):
    """A name that the next apply takes, with its resource type and region."""

    kind: str
    name: str
    region: str


def examine(account: Account) -> Iterator[Diagnosis]:
    """A finding for each name that is taken, and for each question without an answer; else one that is green."""
    groups: dict[tuple[str, str, str], list[Wanted]] = defaultdict(list)
    for wanted in _names(account):
        # A call that lists everything serves all names of its type.
        groups[wanted.kind, wanted.region, wanted.name if QUESTIONS[wanted.kind].argument else ""].append(wanted)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(chain.from_iterable(pool.map(lambda group: list(_answered(account, group)), groups.values())))
    found += [*_groups_of_vpc(account), *_unknown_types(account)]
    yield from dict.fromkeys(found)
    if not found:
        asked = sum(map(len, groups.values()))
        yield Diagnosis(NAME, "green", f"none of {asked} is taken" if asked else "nothing is new")


def _names(account: Account) -> Iterator[Wanted]:
    unapplied = account.unapplied
    for resource in unapplied.of_type(*QUESTIONS):
        name = unapplied.value(resource, QUESTIONS[resource.type].path)
        if name is not None:
            yield Wanted(resource.type, name, unapplied.region_of(resource))


def _answered(account: Account, group: list[Wanted]) -> Iterator[Diagnosis]:
    kind, _, region = group[0]
    try:
        there = _existing(account.at(region), QUESTIONS[kind], group)
    except UnansweredError as error:
        if kind == "aws_s3_bucket" and error.code in NOT_OURS:
            detail = f"the bucket {group[0].name} exists, in another account or region, or closed to this role"
            yield Diagnosis(NAME, "red", detail, "Set another project in the configuration: it starts every name.")
        else:
            yield Diagnosis(NAME, "yellow", f"{kind} could not be asked for: {error}", error.fix)
        return
    yield from (_taken(account, kind, each.name) for each in group if each.name in there)


def _existing(account: Account, question: Question, group: list[Wanted]) -> Iterable[str]:
    """Names that exist; a question about one name answers for that one."""
    import jmespath

    env, name = account.env, group[0].name
    words = {"account": env.account_id, "prefix": env.names.resource("x").removesuffix("x")}
    arguments: dict[str, Any] = {
        key: value.format(**words) if isinstance(value, str) else value for key, value in question.fixed.items()
    }
    if question.argument:
        given = env.place.arn("sns", name, region=account.region) if question.service == "sns" else name
        arguments[question.argument] = [given] if question.several else given
    listed = question.names.partition("[")[0]
    if (
        "." not in listed
        and not question.argument
        and account.client(question.service).can_paginate(question.operation)
    ):
        answer: dict[str, Any] | None = {listed: account.all(question.service, question.operation, listed, **arguments)}
    else:
        answer = account.find(question.service, question.operation, *question.absent, **arguments)
    if answer is None or not question.names:
        return () if answer is None else (name,)
    return frozenset(jmespath.search(question.names, answer) or ())


def _unknown_types(account: Account) -> Iterator[Diagnosis]:
    for kind in sorted({each.type for each in account.unapplied.resources} - QUESTIONS.keys() - NAMELESS.keys()):
        yield Diagnosis(NAME, "yellow", f"{kind} could not be asked for: it is in neither table of names")


def _groups_of_vpc(account: Account) -> list[Diagnosis]:
    """Security groups of an existing VPC; in a new one no name is taken."""
    kind, vpc_id = "aws_security_group", account.env.network.vpc_id
    wanted = sorted({str(each.body.get("name")) for each in account.unapplied.of_type(kind)}) if vpc_id else []
    if not wanted:
        return []
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": wanted}]
    try:
        there = account.all("ec2", "describe_security_groups", "SecurityGroups", Filters=filters)
    except UnansweredError as error:
        return [Diagnosis(NAME, "yellow", f"{kind} could not be asked for: {error}", error.fix)]
    return [_taken(account, kind, each["GroupName"]) for each in there]


def _taken(account: Account, kind: str, name: str) -> Diagnosis:
    detail = f"{kind} {name} exists, and no state of {account.env.name} knows it"
    if kind in QUESTIONS and QUESTIONS[kind].silent:
        detail += "; AWS would not refuse, but overwrite or share it"
    command = f"`sitechat recover --env {account.session.env_ref}`"
    return Diagnosis(
        NAME,
        "red",
        detail,
        f"{command} takes it in where a cut-off run left it; else delete it, or set another project.",
    )
