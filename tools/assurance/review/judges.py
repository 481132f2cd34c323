"""Judges of a control: by attributes of resources, by absent types, or by who has to do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from policies.proof.configuration import Configuration
from terraform_json.blocks import Body, nested_block
from tools.assurance.review.model import (
    APPLICATION,
    DECLINED,
    MANUAL,
    MET,
    OFF,
    OPEN,
    UNUSED,
    WAIVED,
    Judge,
    Judgement,
    ReviewedEnvironment,
    Test,
)


def every(
    kind: str,
    test: Test = lambda body: True,
    *,
    of: str = "",
    without: Iterable[str] = (),
    off: str = "",
    waivers: Iterable[str] = (),
) -> Judge:
    """Judge that each resource of a type passes a test, or has a waiver of one of the named checks.

    Args:
        of: part of the addresses that are looked at.
        without: parts of addresses that are left out.
        off: the configuration key that leaves all of them unbuilt.
    """
    excluded, accepted = tuple(without), tuple(waivers)

    def judge(subject: ReviewedEnvironment) -> Judgement:
        found = {
            address: body
            for address, body in subject.configuration.all(kind).items()
            if of in address and not any(each in address for each in excluded)
        }
        if not found:
            return Judgement(OFF, (), off) if off else Judgement(UNUSED)
        failing = [address for address, body in found.items() if not test(body)]
        return _accepted(subject, tuple(found), failing, accepted)

    return judge


def paired(
    kind: str,
    by: str,
    attribute: str,
    test: Test = lambda body: True,
    *,
    without: str = "",
    off: str = "",
    waivers: Iterable[str] = (),
) -> Judge:
    """Judge that each resource of a type has one of type `by` whose attribute refers to it and which passes a test."""
    accepted = tuple(waivers)

    def judge(subject: ReviewedEnvironment) -> Judgement:
        configuration = subject.configuration
        found = [address for address in configuration.all(kind) if not without or without not in address]
        pointing = {
            configuration.follow(body.get(attribute)): address
            for address, body in configuration.all(by).items()
            if test(body)
        }
        if not found:
            return Judgement(OFF, (), off) if off else Judgement(UNUSED)
        failing = [address for address in found if address not in pointing]
        shown = tuple(pointing[address] for address in found if address in pointing)
        return _accepted(subject, shown + tuple(failing), failing, accepted)

    return judge


def proven(proof: Callable[[Configuration], Iterable[object]], kind: str) -> Judge:
    """Judge that a proof over the whole environment finds no fault; `kind` is the type listed as evidence."""

    def judge(subject: ReviewedEnvironment) -> Judgement:
        addresses = tuple(subject.configuration.all(kind))
        faults = list(proof(subject.configuration))
        if not addresses and not faults:
            return Judgement(UNUSED)
        return Judgement(OPEN if faults else MET, addresses, "; ".join(map(str, faults)))

    return judge


def chosen(key: str, wanted: Callable[[ReviewedEnvironment], bool], judge: Judge) -> Judge:
    """Judge only environments that want the control; for the others the configuration key `key` is the reason."""
    return lambda subject: judge(subject) if wanted(subject) else Judgement(OFF, (), key)


def both(*judges: Judge) -> Judge:
    """Judge by several judges: the worst status counts."""
    order = (OPEN, WAIVED, OFF, UNUSED, MET)

    def judge(subject: ReviewedEnvironment) -> Judgement:
        found = [each(subject) for each in judges]
        worst = min(found, key=lambda each: order.index(each.status))
        addresses = tuple(dict.fromkeys(address for each in found for address in each.addresses))
        return Judgement(worst.status, addresses, worst.note)

    return judge


def absent(*kinds: str) -> Judge:
    """Judge that no resource of these types is built."""

    def judge(subject: ReviewedEnvironment) -> Judgement:
        found = tuple(address for kind in kinds for address in subject.configuration.all(kind))
        return Judgement(OPEN, found, "is built after all") if found else Judgement(UNUSED)

    return judge


def manual(command: str) -> Judge:
    """Judge of what a person does by hand; `command` shows whether it is done."""
    return lambda subject: Judgement(MANUAL, (), command)


def declined(reason: str) -> Judge:
    """Judge of what isn't done, on purpose."""
    return lambda subject: Judgement(DECLINED, (), reason)


def application(where: str) -> Judge:
    """Judge of what the application does; `where` says what the infrastructure gives it for that."""
    return lambda subject: Judgement(APPLICATION, (), where)


def is_true(*path: str) -> Test:
    """Test that a nested attribute is true."""

    def test(body: Body) -> bool:
        found = nested(body, *path)
        return found is True

    return test


def nested(body: Body, *path: str) -> object:
    """Value inside nested blocks; None where there is none."""
    found: object = body
    for key in path:
        inner = nested_block(found) if isinstance(found, list | dict) else {}
        found = inner.get(key)
    return found


def _accepted(
    subject: ReviewedEnvironment, addresses: tuple[str, ...], failing: list[str], checks: tuple[str, ...]
) -> Judgement:
    if not failing:
        return Judgement(MET, addresses)
    covering = [
        next((subject.waived[check, address] for check in checks if (check, address) in subject.waived), None)
        for address in failing
    ]
    ends = [each.expires for each in covering if each is not None]
    if len(ends) == len(failing):
        return Judgement(WAIVED, tuple(failing), f"until {min(ends).isoformat()}")
    return Judgement(OPEN, tuple(failing), "neither met nor waived")
