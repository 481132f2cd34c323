"""Controls of the security review and their judgements for an environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from config import Environment
from pipeline.scan.model import Waiver
from pipeline.scan.waivers import waivers_in_force
from policies.proof.configuration import Configuration
from terraform_json.blocks import Body

MET, WAIVED, OFF, DECLINED, UNUSED, MANUAL, APPLICATION, OPEN = (
    "met",
    "waived",
    "off",
    "declined",
    "unused",
    "manual",
    "application",
    "open",
)
MEANINGS = {
    MET: "every resource the row is about shows it",
    WAIVED: "some don't; the finding is accepted in policies/waivers.toml until the date given",
    OFF: "not built here, by the named choice in the environment's file",
    DECLINED: "not done anywhere, for the reason given",
    UNUSED: "there is nothing here that it is about",
    MANUAL: "Terraform can't reach it, or it is the account's and no environment's: a person does it, and the command "
    "given shows it",
    APPLICATION: "the infrastructure can't: the application has to, and the reference application does",
    OPEN: "neither met nor accepted",
}


@dataclass(frozen=True)
class ReviewedEnvironment:
    """Environment under review: its settings, synthesised configuration and waivers."""

    env: Environment
    configuration: Configuration
    waivers: tuple[Waiver, ...]

    @cached_property
    def waived(self) -> dict[tuple[str, str], Waiver]:
        """Waivers of this environment by check and address."""
        return {(each.check, each.address): each for each in waivers_in_force(self.waivers, self.env)}


@dataclass(frozen=True)
class Judgement:
    """Status of one control in one environment.

    `addresses` are the resources that were looked at; `note` says until when, by which key or why.
    """

    status: str
    addresses: tuple[str, ...] = ()
    note: str = ""


Judge = Callable[[ReviewedEnvironment], Judgement]
Test = Callable[[Body], object]


@dataclass(frozen=True)
class Control:
    """Control of the review, one row of its table; `test` is the test that proves it, as path::function."""

    id: str
    title: str
    judge: Judge
    test: str


@dataclass(frozen=True)
class Chapter:
    """Table of the review: the controls of one framework."""

    title: str
    about: str
    controls: tuple[Control, ...] = field(default=())
