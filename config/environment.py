"""Root of the configuration model: one environment, with its derived names, tags and state backend."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, model_validator

from config import aws_data, zones
from config.checks import Region, StrictModel, Text, ValueCheck
from config.collector import ENDPOINT
from config.model_quotas import ANSWERS, EMBEDS, SHARES, WatchedQuota, tokens_quota
from config.names import Names, StateBackend
from config.place import Place
from config.sections.bedrock import BedrockSection, profile_prefix
from config.sections.budget import BudgetSection
from config.sections.ci import CiSection
from config.sections.cost import CostSection
from config.sections.deployment import DeploymentSection
from config.sections.dns import DnsSection
from config.sections.edge import EdgeSection
from config.sections.emulator import EmulatorSection
from config.sections.image import ImageSection
from config.sections.ingestion import IngestionSection
from config.sections.logs import LogsSection
from config.sections.monitoring import MonitoringSection
from config.sections.network import NetworkSection
from config.sections.provider import ProviderSection
from config.sections.search import SearchSection
from config.sections.secrets import SecretsSection
from config.sections.security import SecuritySection
from config.sections.service import ServiceSection
from config.sections.state import StateSection

PLACEHOLDER_ACCOUNT = "111111111111"
# Tag that names project and environment in one, for what can look at one tag alone, such as a budget.
DEPLOYMENT_TAG = "Deployment"
# Tag that names the layer that built a resource: the bill is shown by it.
LAYER_TAG = "Layer"


class NameWord(ValueCheck):
    """A word that starts generated names.

    No hyphen, so that names split in one way only. The words left out start names AWS keeps for itself ("aws",
    "internal" for load balancers, "sg" for security groups, "sthree" for buckets) or belong to the state backend
    ("state").
    """

    reserved = ("aws", "amazon", "internal", "sg", "sthree", "state", "global")

    def __init__(self, max_length: int) -> None:
        self.shape = Text(f"[a-z][a-z0-9]{{1,{max_length - 1}}}", "")
        self.accepted = f"a word of 2 to {max_length} lower-case letters and digits that starts with a letter, none of "
        self.accepted += ", ".join(self.reserved)

    def allows(self, value: Any) -> bool:
        return self.shape.allows(value) and value not in self.reserved


# Tag characters and lengths: EC2 user guide, tag restrictions; only those that every service accepts. Signer takes no
# space and no @ in a key, CloudTrail no empty value, ECS no value that starts like a key of AWS (their TagResource).
TagKey = Annotated[
    str,
    Text(r"(?!(?i:aws):)[A-Za-z0-9_.:/=+-]+", "up to 128 letters, digits and _ . : / = + -, not starting aws:", 128),
]
TagValue = Annotated[
    str,
    Text(
        r"(?!(?i:aws):)[A-Za-z0-9 _.:/=+@-]+",
        "1 to 256 letters, digits, spaces and _ . : / = + - @, not starting aws:",
        256,
    ),
]


class Environment(StrictModel):
    """One environment of the project, as its file describes it."""

    name: Annotated[str, NameWord(12)] = Field(description="Name of the environment: the name of its file.")
    project: Annotated[str, NameWord(16)] = Field(
        default="sitechat", description="Word that starts every generated name."
    )
    account_id: Annotated[str, Text(r"(?!0{12})\d{12}", "the 12 digits of an AWS account, in quotes")] = Field(
        description=f"AWS account; {PLACEHOLDER_ACCOUNT} is a placeholder that synthesises but is never deployed."
    )
    region: Region = Field(default="us-east-1", description="Home region.")
    protection: bool = Field(default=True, description="Refuse to delete resources that hold data.")
    auto_approve: bool = Field(default=False, description="Allow `--yes`: apply without asking a person.")
    # An OpenSearch domain takes ten (AddTags), of which four are ours.
    tags: dict[TagKey, TagValue] = Field(
        default={}, max_length=6, description="Tags on every resource, beside our own."
    )
    emulator: EmulatorSection = Field(default_factory=EmulatorSection, description="The emulated AWS.")
    provider: ProviderSection = Field(default_factory=ProviderSection, description="Terraform's AWS provider.")
    state: StateSection = Field(default_factory=StateSection, description="Remote state.")
    network: NetworkSection = Field(default_factory=NetworkSection, description="VPC, subnets and the way out.")
    dns: DnsSection = Field(default_factory=DnsSection, description="Name of the site.")
    logs: LogsSection = Field(default_factory=LogsSection, description="Retention of logs.")
    secrets: SecretsSection = Field(default_factory=SecretsSection, description="Secrets of the application.")
    image: ImageSection = Field(default_factory=ImageSection, description="Container image.")
    service: ServiceSection = Field(default_factory=ServiceSection, description="Tasks, scaling and health.")
    deployment: DeploymentSection = Field(default_factory=DeploymentSection, description="How releases take over.")
    search: SearchSection = Field(default_factory=SearchSection, description="OpenSearch.")
    bedrock: BedrockSection = Field(default_factory=BedrockSection, description="Models and guardrail.")
    ingestion: IngestionSection = Field(default_factory=IngestionSection, description="Pages of the index.")
    edge: EdgeSection = Field(default_factory=EdgeSection, description="CloudFront and WAF.")
    monitoring: MonitoringSection = Field(default_factory=MonitoringSection, description="Alarms and dashboards.")
    budget: BudgetSection = Field(default_factory=BudgetSection, description="Monthly budget.")
    cost: CostSection = Field(default_factory=CostSection, description="Assumptions of the price.")
    security: SecuritySection = Field(default_factory=SecuritySection, description="Services that watch the account.")
    ci: CiSection = Field(default_factory=CiSection, description="Plans and applies from a GitHub repository.")

    @model_validator(mode="before")
    @classmethod
    def _zones_follow_region(cls, data: Any) -> Any:
        """Fill in the first two zones of the region where none are given and every account has both."""
        if not isinstance(data, dict) or not isinstance(data.get("network", {}), dict):
            return data
        network = data.get("network", {})
        region = data.get("region")
        if "availability_zones" in network or region not in aws_data.regions() or region in zones.WITHOUT_A_AND_B:
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
    def place(self) -> Place:
        """Account, home region and partition."""
        return Place(self.account_id, self.region, self.partition)

    @property
    def default_tags(self) -> dict[str, str]:
        """Tags of every resource: those of the file and our own."""
        return {
            **self.tags,
            "Project": self.project,
            "Environment": self.name,
            DEPLOYMENT_TAG: f"{self.project}/{self.name}",
            "ManagedBy": "terraform",
        }

    @property
    def serves(self) -> bool:
        """Whether tasks are meant to run: there is an image, and the service isn't parked."""
        return self.image.released and not self.service.parked

    @property
    def fewest_tasks(self) -> int:
        """Tasks that always run."""
        return self.service.min_tasks if self.serves else 0

    @property
    def shifts_releases(self) -> bool:
        """Whether the traffic of a release is shifted between two groups of tasks, old ones and new ones."""
        return self.deployment.strategy != "rolling"

    @property
    def uses_code_deploy(self) -> bool:
        """Whether CodeDeploy shifts it; ECS itself does otherwise."""
        return self.shifts_releases and self.deployment.controller == "code_deploy"

    @property
    def deployment_controller(self) -> str:
        """What deploys the service, in ECS's word: ECS itself, or CODE_DEPLOY."""
        return "CODE_DEPLOY" if self.uses_code_deploy else "ECS"

    @property
    def signs_packages(self) -> bool:
        """Whether there are functions, whose packages are signed: of search, releases, probe, spans or the model."""
        bedrock, monitoring = self.bedrock, self.monitoring
        of_model = bedrock.stop != "off" or bedrock.quota_alarms
        of_site = monitoring.probe_minutes or monitoring.transaction_search == "own"
        return any((self.search.enabled, self.shifts_releases, of_model, of_site))

    @property
    def model_roles(self) -> tuple[str, ...]:
        """Names of all roles that may call a model: the tasks', and that of ingestion's embedding."""
        embedding = (self.names.regional("ingestion-embed"),) if self.ingestion.sources else ()
        return (self.names.regional("task"), *embedding)

    @property
    def quota_alarms(self) -> dict[str, int]:
        """Names of the alarms on quotas of models, and the percent of its quota at which each rings."""
        return {name: percent for quota in self.watched_quotas for name, percent in quota.alarms.items()}

    @property
    def watched_quotas(self) -> tuple[WatchedQuota, ...]:
        """Quotas with alarms: of the model that answers, and with a search of the one that embeds."""
        if not self.bedrock.quota_alarms:
            return ()
        models = {ANSWERS: self.bedrock.model_id}
        if self.search.enabled:
            models[EMBEDS] = self.bedrock.embedding_model_id
        return tuple(
            WatchedQuota(
                kind,
                model_id,
                tokens_quota(model_id, profile_prefix(model_id)),
                {self.names.resource(f"quota-{kind}-{percent}"): percent for percent in SHARES},
            )
            for kind, model_id in models.items()
        )

    @property
    def denies_models(self) -> bool:
        """Whether something that is built here may deny models."""
        return self.bedrock.stop == "deny" or self.budget.stop != "off"

    @property
    def search_zones(self) -> int:
        """Zones the OpenSearch domain spans: one node can't span two."""
        return 1 if self.search.instance_count == 1 else self.network.workload_zones

    @property
    def price_ceiling_usd(self) -> int | None:
        """Expected price above which the gate fails: the budget's amount, unless `[cost]` sets its own."""
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
        """ARN of the permissions boundary of every role built here; None without `ci.repository`."""
        name = self.names.regional("ci-boundary")
        return self.place.arn("iam", f"policy/{name}", region="") if self.ci.repository else None

    def ci_role_arn(self, purpose: str) -> str:
        """ARN of the role that CI assumes to "plan", "publish", "apply", "release" or "push"."""
        return self.place.arn("iam", f"role/{self.names.regional(f'ci-{purpose}')}", region="")

    @cached_property
    def names(self) -> Names:
        return Names(self.project, self.name, self.account_id, self.region)

    @property
    def metrics_namespace(self) -> str:
        """Namespace of the application's metrics, which is this environment's alone; empty where it writes none."""
        return self.names.resource("app") if self.monitoring.application_metrics else ""

    @property
    def traces(self) -> bool:
        """Whether the application sends spans of questions."""
        return self.monitoring.tracing != "off"

    @property
    def traces_endpoint(self) -> str:
        """Where it sends them: X-Ray's address for OTLP in this region, or a collector's; empty where it sends none."""
        addresses = {"otlp": f"https://xray.{self.region}.{self.place.dns_suffix}/v1/traces", "sidecar": ENDPOINT}
        return addresses.get(self.monitoring.tracing, "")

    @cached_property
    def state_backend(self) -> StateBackend:
        return StateBackend(self.project, self.name, self.account_id, self.region)
