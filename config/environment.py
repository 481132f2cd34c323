"""The root of the model: an environment and what follows from it."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, model_validator

from config import aws_data
from config.checks import Check, Model, Region, Text
from config.names import Names, StateBackend
from config.sections.bedrock import Bedrock
from config.sections.budget import Budget
from config.sections.ci import Ci
from config.sections.cost import Cost
from config.sections.dns import Dns
from config.sections.edge import Edge
from config.sections.emulator import Emulator
from config.sections.image import Image
from config.sections.logs import Logs
from config.sections.monitoring import Monitoring
from config.sections.network import Network
from config.sections.provider import Provider
from config.sections.search import Search
from config.sections.secrets import Secrets
from config.sections.security import Security
from config.sections.service import Service
from config.sections.state import State

PLACEHOLDER_ACCOUNT = "111111111111"


class Word(Check):
    """A word that starts generated names.

    No hyphen, so that names split in one way only. The words left out start names AWS keeps for itself ("aws",
    "internal" for load balancers, "sthree" for buckets) or belong to the state backend ("state").
    """

    reserved = ("aws", "amazon", "internal", "sthree", "state", "global")

    def __init__(self, max_length: int) -> None:
        self.shape = Text(f"[a-z][a-z0-9]{{1,{max_length - 1}}}", "")
        self.accepted = f"a word of 2 to {max_length} lower-case letters and digits that starts with a letter, none of "
        self.accepted += ", ".join(self.reserved)

    def allows(self, value: Any) -> bool:
        return self.shape.allows(value) and value not in self.reserved


# Tag characters and lengths: EC2 user guide, tag restrictions; kept to what every service takes.
_TAG = r"[A-Za-z0-9 _.:/=+@-]"
TagKey = Annotated[
    str, Text(rf"(?!(?i:aws):){_TAG}+", "up to 128 letters, digits, spaces and _ . : / = + - @, not starting aws:", 128)
]
TagValue = Annotated[str, Text(rf"{_TAG}*", "up to 256 letters, digits, spaces and _ . : / = + - @", 256, 0)]


class Environment(Model):
    """One environment of the project, as its file describes it."""

    name: Annotated[str, Word(12)] = Field(description="Name of the environment: the name of its file.")
    project: Annotated[str, Word(16)] = Field(default="sitechat", description="Word that starts every generated name.")
    account_id: Annotated[str, Text(r"\d{12}", "the 12 digits of an AWS account, in quotes")] = Field(
        description=f"AWS account; {PLACEHOLDER_ACCOUNT} is a placeholder that synthesises but is never deployed."
    )
    region: Region = Field(default="us-east-1", description="Home region.")
    protection: bool = Field(default=True, description="Refuse to delete what holds data.")
    auto_approve: bool = Field(default=False, description="Allow `--yes`: apply without asking a person.")
    # An OpenSearch domain takes ten (AddTags), of which three are ours.
    tags: dict[TagKey, TagValue] = Field(default={}, max_length=7, description="Tags on everything, beside our own.")
    emulator: Emulator = Field(default_factory=Emulator, description="The emulated AWS.")
    provider: Provider = Field(default_factory=Provider, description="Terraform's AWS provider.")
    state: State = Field(default_factory=State, description="Remote state.")
    network: Network = Field(default_factory=Network, description="VPC, subnets and the way out.")
    dns: Dns = Field(default_factory=Dns, description="Name of the site.")
    logs: Logs = Field(default_factory=Logs, description="Retention of logs.")
    secrets: Secrets = Field(default_factory=Secrets, description="Secrets of the application.")
    image: Image = Field(default_factory=Image, description="Container image.")
    service: Service = Field(default_factory=Service, description="Tasks, scaling and health.")
    search: Search = Field(default_factory=Search, description="OpenSearch.")
    bedrock: Bedrock = Field(default_factory=Bedrock, description="Models and guardrail.")
    edge: Edge = Field(default_factory=Edge, description="CloudFront and WAF.")
    monitoring: Monitoring = Field(default_factory=Monitoring, description="Alarms and dashboard.")
    budget: Budget = Field(default_factory=Budget, description="Monthly budget.")
    cost: Cost = Field(default_factory=Cost, description="Assumptions of the price.")
    security: Security = Field(default_factory=Security, description="What watches the account.")
    ci: Ci = Field(default_factory=Ci, description="Plans and applies from a GitHub repository.")

    @model_validator(mode="before")
    @classmethod
    def _zones_follow_region(cls, data: Any) -> Any:
        """Fill in the first two zones of the region where none are given."""
        if not isinstance(data, dict) or not isinstance(data.get("network", {}), dict):
            return data
        network = data.get("network", {})
        region = data.get("region")
        if "availability_zones" in network or region not in aws_data.regions():
            return data
        return {**data, "network": {**network, "availability_zones": (f"{region}a", f"{region}b")}}

    @property
    def emulated(self) -> bool:
        return self.emulator.enabled

    @property
    def account_is_placeholder(self) -> bool:
        return self.account_id == PLACEHOLDER_ACCOUNT

    @property
    def partition(self) -> str:
        return aws_data.partition(self.region)

    @property
    def default_tags(self) -> dict[str, str]:
        """Tags of every resource: those of the file and our own."""
        return {**self.tags, "Project": self.project, "Environment": self.name, "ManagedBy": "terraform"}

    @property
    def search_zones(self) -> int:
        """Zones the OpenSearch domain spans: one node can't span two."""
        return 1 if self.search.instance_count == 1 else self.network.workload_zones

    @property
    def price_ceiling_usd(self) -> int | None:
        """Above which expected price the gate fails: the figure of the budget, unless `[cost]` has its own."""
        if self.cost.ceiling_usd is None:
            return self.budget.monthly_usd if self.budget.enabled else None
        return self.cost.ceiling_usd or None

    @property
    def budget_emails(self) -> tuple[str, ...]:
        return self.budget.emails or self.monitoring.alarm_emails

    @property
    def security_emails(self) -> tuple[str, ...]:
        return self.security.emails or self.monitoring.alarm_emails

    @property
    def boundary_arn(self) -> str | None:
        """The permissions boundary of every role built here; none where no CI builds roles."""
        name = self.names.regional("ci-boundary")
        return f"arn:{self.partition}:iam::{self.account_id}:policy/{name}" if self.ci.repository else None

    def ci_role_arn(self, purpose: str) -> str:
        """The role CI assumes to "plan", "publish" or "apply"."""
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.names.regional(f'ci-{purpose}')}"

    @cached_property
    def names(self) -> Names:
        return Names(self.project, self.name, self.account_id, self.region)

    @cached_property
    def state_backend(self) -> StateBackend:
        return StateBackend(self.project, self.name, self.account_id, self.region)
