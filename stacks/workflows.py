"""workflows: ingestion, which fills the search index with the pages of the configured sources."""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from typing import Any

from constructs import Construct

from config import Environment
from config.sections.ingestion import IngestionSource
from constructs_lib.identity.function_role import FunctionSurroundings, RunsAs
from constructs_lib.search.domain import VpcOptions
from constructs_lib.security.code_signing import Signer
from constructs_lib.workflows.access import Folder
from constructs_lib.workflows.definition import Functions, RunLimits
from constructs_lib.workflows.failed_runs import FailedRuns
from constructs_lib.workflows.freshness import SourceFreshness
from constructs_lib.workflows.functions import IngestionCode, IngestionFunction, LoadNetwork
from constructs_lib.workflows.machine import IngestionMachine
from constructs_lib.workflows.quarantine import Quarantine
from constructs_lib.workflows.roles import Embedding, EmbedRole, FetchRole, LedgerRole
from constructs_lib.workflows.schedule import IngestionSchedule
from constructs_lib.workflows.storage import IngestionStorage
from stacks.base import LayerSettings, LayerStack
from stacks.functions import ingestion_function, ingestion_places, surroundings
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs, bedrock_model


class WorkflowsStack(LayerStack):
    """Bucket, ledger, functions and state machine of ingestion for one region, and its schedule if any.

    Fetching and embedding run outside the VPC, by Lambda's own network; loading inside, in the domain's subnets, where
    it reaches S3 through the gateway endpoint and the domain. The loader's role is the layer llm's.
    """

    def __init__(
        self,
        scope: Construct,
        env: Environment,
        *,
        id_: str = "workflows",
        infrastructure: InfrastructureOutputs,
        llm: LlmOutputs,
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env, self._infrastructure, self._llm = env, infrastructure, llm
        self._places = ingestion_places(self.settings.names, self.place, key_arn=infrastructure.key_arn)
        IngestionStorage(
            self,
            "storage",
            places=self._places,
            access_logs_bucket=self.settings.names.bucket("access-logs"),
            protected=self.settings.protected,
        )
        machine = self._machine(self._functions())
        self._failed_runs(machine)
        if env.ingestion.check_passages:
            self._quarantine()
        if env.ingestion.schedule:
            self._freshness()
            self._schedule(machine, env.ingestion.schedule)

    def _functions(self) -> Functions:
        infrastructure, names = self._infrastructure, self.settings.names
        code = IngestionCode(self, "code", signer=self._signer, name=names.resource("ingestion"))
        settings = self._settings()
        network = LoadNetwork(
            self,
            "load_network",
            name=ingestion_function(names, "load").function,
            vpc_id=infrastructure.vpc.vpc_id,
            domain_vpc=VpcOptions(infrastructure.vpc.search_subnets, infrastructure.search_group_id),
            region=self.place.region,
        )

        def function(module: str, runs_as: RunsAs, network: LoadNetwork | None = None) -> str:
            return IngestionFunction(
                self,
                module,
                module=module,
                code=code,
                runs_as=runs_as,
                settings=settings,
                kms_key_arn=infrastructure.key_arn,
                network=network,
            ).arn

        return Functions(
            fetch=function("fetch", self._fetch_role().runs_as),
            embed=function("embed", self._embed_role().runs_as),
            ledger=function("ledger", self._ledger_role.runs_as),
            load=function("load", self._loader, network),
        )

    @property
    def _signer(self) -> Signer:
        llm = self._llm
        return Signer(llm.packages_bucket, llm.signing_profile, llm.signing_config_arn)

    @property
    def _loader(self) -> RunsAs:
        name = ingestion_function(self.settings.names, "load").function
        llm, topic = self._llm, self._infrastructure.alarm_topic_arn
        return RunsAs(name, llm.loader_role_arn, llm.loader_log_group, topic)

    def _settings(self) -> dict[str, Any]:
        """What the functions are told, the same for all of them (ingestion/settings.py and options.py)."""
        ingestion, llm = self._env.ingestion, self._llm
        guardrail = {"guardrail": {"id": llm.guardrail_id, "version": llm.guardrail_version}}
        return {
            "bucket": self._places.bucket_name,
            "table": self._places.table_name,
            "sources": [_source(each) for each in ingestion.sources],
            "hosts": list(ingestion.hosts),
            "user_agent": ingestion.user_agent,
            "allowed_addresses": list(ingestion.allowed_addresses),
            "limits": {
                "pages": ingestion.max_pages,
                "page_bytes": ingestion.max_page_kib * 1024,
                "page_seconds": ingestion.page_seconds,
            },
            "tolerated_failures_percent": ingestion.tolerated_failures_percent,
            "model_id": self._env.bedrock.embedding_model_id,
            **(guardrail if ingestion.check_passages else {}),
            "endpoint": llm.search_endpoint,
            "index": self._env.search.index,
            **({"metrics_namespace": namespace} if (namespace := self._env.metrics_namespace) else {}),
        }

    def _fetch_role(self) -> FetchRole:
        folders = {
            Folder(self.place.bucket_arn(source.bucket), source.prefix): None
            for source in self._env.ingestion.sources
            if source.kind == "files" and source.bucket
        }
        return FetchRole(
            self,
            "fetch_role",
            names=ingestion_function(self.settings.names, "fetch"),
            surroundings=self._surroundings,
            places=self._places,
            folders=tuple(folders),
        )

    def _embed_role(self) -> EmbedRole:
        bedrock, ingestion = self._env.bedrock, self._env.ingestion
        return EmbedRole(
            self,
            "embed_role",
            names=ingestion_function(self.settings.names, "embed"),
            surroundings=self._surroundings,
            places=self._places,
            embedding=Embedding(
                model=bedrock_model(bedrock.embedding_model_id),
                destination_regions=bedrock.destination_regions,
                guardrail_arn=self._llm.guardrail_arn if ingestion.check_passages else "",
            ),
        )

    @cached_property
    def _ledger_role(self) -> LedgerRole:
        return LedgerRole(
            self,
            "ledger_role",
            names=ingestion_function(self.settings.names, "ledger"),
            surroundings=self._surroundings,
            places=self._places,
        )

    @property
    def _surroundings(self) -> FunctionSurroundings:
        infrastructure = self._infrastructure
        return surroundings(
            self._env,
            self.place,
            key_arn=infrastructure.key_arn,
            alarm_topic_arn=infrastructure.alarm_topic_arn,
        )

    def _machine(self, functions: Functions) -> IngestionMachine:
        ingestion, names = self._env.ingestion, self.settings.names
        return IngestionMachine(
            self,
            "run",
            places=self._places,
            functions=functions,
            function_names=[ingestion_function(names, each.name).function for each in fields(functions)],
            limits=RunLimits(
                concurrency=ingestion.concurrency,
                tolerated_failures_percent=ingestion.tolerated_failures_percent,
                timeout_minutes=ingestion.timeout_minutes,
            ),
            role_name=names.regional("ingestion"),
            log_group_name=names.path("ingestion", "runs"),
            log_retention_days=self._env.logs.retention_days,
        )

    def _failed_runs(self, machine: IngestionMachine) -> None:
        FailedRuns(
            self,
            "failed_runs",
            name=self.settings.names.resource("failed-ingestion"),
            machine_arn=machine.arn,
            topic_arn=self._infrastructure.alarm_topic_arn,
        )

    def _quarantine(self) -> None:
        self.watched += Quarantine(
            self,
            "quarantine",
            name_prefix=self.settings.names.resource("ingestion"),
            log_group_name=self._ledger_role.log_group.name,
            topic_arn=self._infrastructure.alarm_topic_arn,
        ).watched

    def _freshness(self) -> None:
        self.watched += SourceFreshness(
            self,
            "freshness",
            name_prefix=self.settings.names.resource("ingestion"),
            log_group_name=self._ledger_role.log_group.name,
            sources=[source.name for source in self._env.ingestion.sources],
            stale_after_hours=self._env.ingestion.stale_after_hours,
            topic_arn=self._infrastructure.alarm_topic_arn,
        ).watched

    def _schedule(self, machine: IngestionMachine, expression: str) -> None:
        names = self.settings.names
        IngestionSchedule(
            self,
            "schedule",
            name_prefix=names.resource("ingestion"),
            role_name=names.regional("ingestion-schedule"),
            expression=expression,
            sources=[source.name for source in self._env.ingestion.sources],
            machine_arn=machine.arn,
            places=self._places,
        )


def _source(source: IngestionSource) -> dict[str, Any]:
    """A source as the functions read it."""
    told: dict[str, Any] = {"name": source.name, "kind": source.kind}
    if source.kind == "files":
        return {**told, "bucket": source.bucket, "prefix": source.prefix, "address": source.base_address}
    told |= {"hosts": list(source.hosts), "keep_query": source.keep_query}
    if source.kind == "crawl":
        return {**told, "start": list(source.start_addresses), "depth": source.depth}
    return {**told, "address": source.address}
