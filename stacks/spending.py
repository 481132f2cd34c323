"""What stops the model where it spends too much: part of the layers llm and, with `budget.stop`, monitoring."""

from __future__ import annotations

from config import Environment
from config.names import Names
from config.place import Place
from config.switches import DENIAL, MODEL_BUDGET
from constructs_lib.bedrock.budget_stop import BudgetStop, Exceeded
from constructs_lib.bedrock.denial import Denied
from constructs_lib.bedrock.stop import ModelStop, Spent, Stopped
from constructs_lib.identity.function_role import FunctionNames
from constructs_lib.observability.budget import MonthlyBudget, of_services
from constructs_lib.security.code_signing import Signer
from stacks.base import LayerStack
from stacks.functions import model_switch, surroundings
from stacks.infrastructure import InfrastructureOutputs


def stop_model(
    layer: LayerStack, env: Environment, *, signer: Signer, infrastructure: InfrastructureOutputs, profile_id: str
) -> None:
    """Build the function that stops the model of an environment, and the alarms on its tokens."""
    names, place = layer.settings.names, layer.place
    layer.watched += ModelStop(
        layer,
        "model_stop",
        names=FunctionNames(
            role=names.regional("stop-model"), function=names.resource("stop-model"), log_group=names.path("stop-model")
        ),
        switch=model_switch(names, place),
        spent=Spent(env.bedrock.stop_at_tokens, env.metrics_namespace, env.bedrock.model_id, profile_id),
        stopped=Stopped(f"{env.project} {env.name}", f"sitechat bedrock resume --env {env.name}"),
        denied=_denied(env, names, place) if env.bedrock.stop == "deny" else None,
        signing=signer,
        surroundings=surroundings(
            env, place, key_arn=infrastructure.key_arn, alarm_topic_arn=infrastructure.alarm_topic_arn
        ),
    ).watched


def stop_by_budget(layer: LayerStack, env: Environment, *, topic_arn: str) -> None:
    """Build a budget of what models cost in the account, and its action that denies them to this environment.

    The environment's own budget counts by a tag, which embeddings and the guardrail never carry, and answers only
    through a profile of its own (`bedrock.application_profile`).
    """
    names, place, budget = layer.settings.names, layer.place, env.budget
    assert budget.model_usd is not None, "a rule of the configuration wants it with stop"
    models = MonthlyBudget(
        layer,
        "model_budget",
        name=names.resource(MODEL_BUDGET),
        monthly_usd=budget.model_usd,
        notify_percent=budget.notify_percent,
        counted=of_services(*budget.billed_services),
        emails=env.budget_emails,
        topic_arn=topic_arn,
    )
    BudgetStop(
        layer,
        "budget_stop",
        role_name=names.regional("budget-stop"),
        exceeded=Exceeded(models.budget.name, automatic=budget.stop == "automatic"),
        denied=_denied(env, names, place),
        place=place,
        topic_arn=topic_arn,
        emails=env.budget_emails,
    )


def _denied(env: Environment, names: Names, place: Place) -> Denied:
    return Denied(place.arn("iam", f"policy/{names.regional(DENIAL)}", region=""), env.model_roles)
