"""The dashboards of an environment, of the site and of the model and its money: part of the layer monitoring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config import Environment
from config.application_metrics import OUTCOMES, POLICIES
from constructs_lib.audit.cis import WATCHES
from constructs_lib.observability import graphs, model_graphs
from constructs_lib.observability.alarms import WatchedAlarm
from constructs_lib.observability.dashboard import Dashboard, Graph, Section
from constructs_lib.observability.graphs import Undrawn
from constructs_lib.observability.model_graphs import Application
from constructs_lib.observability.objectives import Objective
from stacks.base import LayerStack
from stacks.edge import EdgeOutputs
from stacks.service import ServiceOutputs

_OBJECTIVES = {"availability": "Availability", "first_token": "First token"}


@dataclass(frozen=True)
class Drawn:
    """What the dashboards draw: alarms of the environment, objectives by their names, what answers, and its profile."""

    alarms: Sequence[WatchedAlarm]
    objectives: Mapping[str, Objective]
    service: ServiceOutputs
    target_groups: Sequence[str]
    edge: EdgeOutputs | None
    profile_id: str = ""


def draw_dashboards(layer: LayerStack, env: Environment, drawn: Drawn) -> None:
    """Build both dashboards; each alarm is on the one that it names."""
    undrawn = Undrawn(drawn.alarms)
    site = tuple(_site(layer, env, drawn, undrawn))
    model = tuple(_model(env, drawn, undrawn))
    Dashboard(
        layer,
        "site_dashboard",
        name=layer.settings.names.regional("site"),
        place=layer.place,
        title=f"The site of {env.project} {env.name}",
        alarms=[each for each in drawn.alarms if each.board == "site"],
        sections=(*site, *undrawn.rest("site")),
    )
    Dashboard(
        layer,
        "model_dashboard",
        name=layer.settings.names.regional("model"),
        place=layer.place,
        title=f"The model of {env.project} {env.name}, and its money",
        alarms=[each for each in drawn.alarms if each.board == "model"],
        sections=(*model, *undrawn.rest("model")),
    )


def _site(layer: LayerStack, env: Environment, drawn: Drawn, undrawn: Undrawn) -> Iterator[Section]:
    """Sections from what visitors feel down to what may become of it."""
    service, edge = drawn.service, drawn.edge
    yield Section("Objectives", tuple(_objectives(layer, drawn, undrawn)))
    if edge and env.monitoring.probe_minutes:
        yield Section(
            "Probe",
            graphs.probe_graphs(undrawn, namespace=env.metrics_namespace, minutes=env.monitoring.probe_minutes),
        )
    if edge:
        yield Section(
            "Edge",
            graphs.edge_graphs(
                undrawn,
                distribution_id=edge.distribution_id,
                web_acl_name=edge.web_acl_name,
                managed_rules=env.edge.waf_managed_rules,
            ),
        )
    yield Section(
        "Load balancer",
        graphs.load_balancer_graphs(undrawn, alb=service.alb_suffix, target_groups=drawn.target_groups),
    )
    yield Section(
        "Tasks",
        graphs.service_graphs(
            undrawn,
            cluster=service.cluster_name,
            name=service.service_name,
            insights=env.service.container_insights,
        ),
    )
    yield Section("Search", graphs.search_graphs(undrawn))
    yield Section(
        "Ingestion",
        graphs.ingestion_graphs(
            undrawn, namespace=env.metrics_namespace, sources=[each.name for each in env.ingestion.sources]
        ),
    )
    yield Section("Messages and certificates", graphs.told_graphs(undrawn))
    yield Section("Account", graphs.account_graphs(undrawn, watches=[each.id for each in WATCHES]))


def _objectives(layer: LayerStack, drawn: Drawn, undrawn: Undrawn) -> Iterator[Graph]:
    for id_, objective in drawn.objectives.items():
        name = objective_name(layer, id_)
        yield from graphs.objective_graphs(undrawn, name=name, objective=objective, title=_OBJECTIVES[id_])


def objective_name(layer: LayerStack, id_: str) -> str:
    """Name of an objective's composite alarm, with which the names of its others begin."""
    return layer.settings.names.resource(f"slo-{id_.replace('_', '-')}")


def _model(env: Environment, drawn: Drawn, undrawn: Undrawn) -> Iterator[Section]:
    application = Application(env.metrics_namespace, OUTCOMES, POLICIES)
    model_id, profile_id = env.bedrock.model_id, drawn.profile_id
    yield Section("What stops the model", note=_stops(env), note_rows=2)
    yield Section("Questions", model_graphs.question_graphs(application))
    yield Section("Model", model_graphs.model_graphs(undrawn, model_id=model_id, profile_id=profile_id))
    yield Section(
        "Tokens",
        model_graphs.token_graphs(undrawn, application=application, model_id=model_id, profile_id=profile_id),
    )
    yield Section("Guardrail and search", model_graphs.guardrail_graphs(application))
    yield Section("Money", model_graphs.cost_graphs(undrawn, application), note=_budget(env), note_rows=2)


def _stops(env: Environment) -> str:
    """What happens by itself, and what a person types."""
    bedrock = env.bedrock
    by_itself = {
        "off": "Nothing stops the model by itself (`bedrock.stop`).",
        "pause": f"By itself the model is paused at {bedrock.stop_at_tokens:,} tokens in 15 minutes.",
        "deny": f"By itself the model is paused and denied at {bedrock.stop_at_tokens:,} tokens in 15 minutes.",
    }
    commands = (f"`sitechat bedrock {verb} --env {env.name}`" for verb in ("status", "pause", "resume"))
    return f"{by_itself[bedrock.stop]}\n\nIs it stopped, stop it, undo it: {', '.join(commands)}."


def _budget(env: Environment) -> str:
    budget = env.budget
    if not budget.enabled:
        return "No budget of AWS watches this environment (`budget.enabled`)."
    shares = ", ".join(f"{each} %" for each in sorted(budget.notify_percent))
    return (
        f"Budget of the environment: {budget.monthly_usd:,} USD a month, mails at {shares} and at the forecast."
        f"{_denied(env)} AWS Budgets lags by hours and has no metric; what answers cost is counted here as they are "
        "given."
    )


def _denied(env: Environment) -> str:
    budget = env.budget
    if budget.model_usd is None:
        return ""
    does = {"manual": "a person is asked whether to deny models here", "automatic": "models are denied here by itself"}
    return f" At {budget.model_usd:,} USD a month of Bedrock in the whole account {does[budget.stop]}."
