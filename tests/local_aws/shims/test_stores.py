"""Each shim through boto3, which checks the shape of every answer: created, described, changed, and then gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws import Endpoint, endpoint_variables
from local_aws.endpoint import PLANE_AGENT
from local_aws.shims import budget_actions
from local_aws.shims.budget_actions import BudgetActions
from local_aws.traffic.world import World

Make = Callable[..., Any]
ACCOUNT = "123456789012"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/c/s",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def test_application_auto_scaling(client: Make) -> None:
    scaling = client("application-autoscaling")
    policy = {"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", **TARGET}
    assert refusal(scaling.put_scaling_policy, **policy) == "ObjectNotFoundException"
    arn = scaling.register_scalable_target(**TARGET, MinCapacity=0, MaxCapacity=4, Tags={"a": "b"})["ScalableTargetARN"]
    assert scaling.register_scalable_target(**TARGET, MaxCapacity=6)["ScalableTargetARN"] == arn
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=["service/c/s"])["ScalableTargets"]
    assert [(one["MinCapacity"], one["MaxCapacity"]) for one in found] == [(0, 6)]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "b"}
    elsewhere = client("application-autoscaling", "eu-west-1").describe_scalable_targets(ServiceNamespace="ecs")
    assert elsewhere["ScalableTargets"] == []

    settings = {"TargetValue": 70.0}
    scaling.put_scaling_policy(**policy, TargetTrackingScalingPolicyConfiguration=settings)
    put = scaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["cpu"])["ScalingPolicies"][0]
    assert put["TargetTrackingScalingPolicyConfiguration"] == settings
    scaling.put_scheduled_action(ScheduledActionName="night", Schedule="cron(0 22 * * ? *)", **TARGET)
    assert len(scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]) == 1

    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []
    assert refusal(scaling.deregister_scalable_target, **TARGET) == "ObjectNotFoundException"


def test_access_analyzer(client: Make) -> None:
    analyzer = client("accessanalyzer")
    rule = {"ruleName": "r", "filter": {"resource": {"eq": ["x"]}}}
    arn = analyzer.create_analyzer(analyzerName="a", type="ACCOUNT", tags={"k": "v"}, archiveRules=[rule])["arn"]
    assert analyzer.get_analyzer(analyzerName="a")["analyzer"]["arn"] == arn
    assert [one["name"] for one in analyzer.list_analyzers(type="ACCOUNT")["analyzers"]] == ["a"]
    assert analyzer.get_archive_rule(analyzerName="a", ruleName="r")["archiveRule"]["filter"] == rule["filter"]
    analyzer.tag_resource(resourceArn=arn, tags={"l": "w"})
    analyzer.untag_resource(resourceArn=arn, tagKeys=["k"])
    assert analyzer.list_tags_for_resource(resourceArn=arn)["tags"] == {"l": "w"}
    assert refusal(analyzer.create_analyzer, analyzerName="a", type="ACCOUNT") == "ConflictException"
    analyzer.delete_analyzer(analyzerName="a")
    assert refusal(analyzer.get_analyzer, analyzerName="a") == "ResourceNotFoundException"


def test_security_hub(client: Make) -> None:
    hub = client("securityhub")
    assert refusal(hub.describe_hub) == "InvalidAccessException"
    hub.enable_security_hub(EnableDefaultStandards=False)
    hub.update_security_hub_configuration(AutoEnableControls=False)
    assert hub.describe_hub()["AutoEnableControls"] is False
    standard = "arn:aws:securityhub:us-east-1::standards/aws-foundational-security-best-practices/v/1.0.0"
    made = hub.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": standard}])
    arn = made["StandardsSubscriptions"][0]["StandardsSubscriptionArn"]
    asked = hub.get_enabled_standards(StandardsSubscriptionArns=[arn])["StandardsSubscriptions"]
    assert [one["StandardsArn"] for one in asked] == [standard]
    hub.batch_disable_standards(StandardsSubscriptionArns=[arn])
    assert hub.get_enabled_standards()["StandardsSubscriptions"] == []
    hub.disable_security_hub()
    assert refusal(hub.disable_security_hub) == "InvalidAccessException"


def test_waf_logging(client: Make) -> None:
    waf = client("wafv2")
    acl = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/a/1"
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws-waf-logs-a"
    settings = {"ResourceArn": acl, "LogDestinationConfigs": [group]}
    waf.put_logging_configuration(LoggingConfiguration=settings)
    assert waf.get_logging_configuration(ResourceArn=acl)["LoggingConfiguration"] == settings
    assert waf.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"] == [settings]
    assert waf.list_logging_configurations(Scope="CLOUDFRONT")["LoggingConfigurations"] == []
    wrong = {**settings, "LogDestinationConfigs": [group.replace("aws-waf-logs-", "")]}
    assert refusal(waf.put_logging_configuration, LoggingConfiguration=wrong) == "WAFInvalidParameterException"
    waf.delete_logging_configuration(ResourceArn=acl)
    assert refusal(waf.get_logging_configuration, ResourceArn=acl) == "WAFNonexistentItemException"


def test_xray(client: Make) -> None:
    xray = client("xray")
    arn = xray.create_group(GroupName="g", FilterExpression="fault")["Group"]["GroupARN"]
    xray.update_group(GroupARN=arn, FilterExpression="error")
    assert xray.get_group(GroupName="g")["Group"]["FilterExpression"] == "error"
    rule: dict[str, Any] = {"RuleName": "r", "ResourceARN": "*", "Priority": 1, "FixedRate": 0.1, "ReservoirSize": 1}
    rule |= {"ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1}
    xray.create_sampling_rule(SamplingRule=rule)
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "r", "FixedRate": 0.2})
    assert [one["SamplingRule"]["FixedRate"] for one in xray.get_sampling_rules()["SamplingRuleRecords"]] == [0.2]
    xray.delete_sampling_rule(RuleName="r")
    xray.delete_group(GroupARN=arn)
    assert refusal(xray.get_group, GroupName="g") == "InvalidRequestException"
    assert "TraceSummaries" in xray.get_trace_summaries(StartTime=0, EndTime=1)  # passed on to moto


def test_cost_anomalies(client: Make) -> None:
    cost = client("ce")
    monitor = {"MonitorName": "m", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    arn = cost.create_anomaly_monitor(AnomalyMonitor=monitor)["MonitorArn"]
    assert cost.get_anomaly_monitors(MonitorArnList=[arn])["AnomalyMonitors"] == [{**monitor, "MonitorArn": arn}]
    subscription = {"SubscriptionName": "s", "MonitorArnList": [arn], "Frequency": "DAILY", "Subscribers": []}
    made = cost.create_anomaly_subscription(AnomalySubscription=subscription)["SubscriptionArn"]
    cost.update_anomaly_subscription(SubscriptionArn=made, Frequency="WEEKLY")
    found = cost.get_anomaly_subscriptions(SubscriptionArnList=[made])["AnomalySubscriptions"]
    assert found[0]["Frequency"] == "WEEKLY"
    cost.delete_anomaly_subscription(SubscriptionArn=made)
    cost.delete_anomaly_monitor(MonitorArn=arn)
    assert refusal(cost.get_anomaly_monitors, MonitorArnList=[arn]) == "UnknownMonitorException"


def test_budget_actions(client: Make) -> None:
    budgets = client("budgets")
    named = {"AccountId": ACCOUNT, "BudgetName": "b"}
    limit = {"ActionThresholdValue": 100.0, "ActionThresholdType": "PERCENTAGE"}
    made = budgets.create_budget_action(
        **named,
        NotificationType="ACTUAL",
        ActionType="APPLY_IAM_POLICY",
        ActionThreshold=limit,
        Definition={"IamActionDefinition": {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/p", "Roles": ["r"]}},
        ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/r",
        ApprovalModel="AUTOMATIC",
        Subscribers=[{"SubscriptionType": "EMAIL", "Address": "a@example.com"}],
    )["ActionId"]
    budgets.update_budget_action(**named, ActionId=made, ActionThreshold={**limit, "ActionThresholdValue": 90.0})
    action = budgets.describe_budget_action(**named, ActionId=made)["Action"]
    assert (action["ActionThreshold"]["ActionThresholdValue"], action["Status"]) == (90.0, "STANDBY")
    for execution in ("APPROVE", "RETRY", "REVERSE", "RESET"):
        wanted = f"{execution}_BUDGET_ACTION"
        said = refusal(budgets.execute_budget_action, **named, ActionId=made, ExecutionType=wanted)
        assert said == "InvalidParameterException", "nothing has triggered it"
    budgets.delete_budget_action(**named, ActionId=made)
    assert refusal(budgets.describe_budget_action, **named, ActionId=made) == "NotFoundException"


def test_budget_actions_are_those_of_the_service_model() -> None:
    model = botocore.session.get_session().get_service_model("budgets")
    stored = {*budget_actions._FIELDS, "Subscribers", "ActionId", "BudgetName", "Status"}
    assert stored == set(model.shape_for("Action").required_members)
    assert set(budget_actions._EXECUTIONS) == set(model.shape_for("ExecutionType").enum)
    statuses = {status for change in budget_actions._EXECUTIONS.values() for status in change}
    assert statuses <= set(model.shape_for("ActionStatus").enum)
    # The last one is no operation of AWS's: it says what was spent.
    known = {name for name in BudgetActions().handlers() if name not in ("ListTagsForResource", "SpendEmulated")}
    assert known <= set(model.operation_names)
    # The one that is left tells the history of an action, which has none.
    assert {name for name in model.operation_names if "BudgetAction" in name} - known == {
        "DescribeBudgetActionHistories",
        "DescribeBudgetActionsForAccount",
    }


def test_query_definitions(client: Make) -> None:
    logs = client("logs")
    made = logs.put_query_definition(name="a/b", queryString="fields @message")["queryDefinitionId"]
    logs.put_query_definition(name="a/b", queryString="fields @timestamp", queryDefinitionId=made)
    found = logs.describe_query_definitions(queryDefinitionNamePrefix="a/")["queryDefinitions"]
    assert [one["queryString"] for one in found] == ["fields @timestamp"]
    assert logs.describe_query_definitions(queryDefinitionNamePrefix="b")["queryDefinitions"] == []
    logs.delete_query_definition(queryDefinitionId=made)
    assert refusal(logs.delete_query_definition, queryDefinitionId=made) == "ResourceNotFoundException"


def test_log_groups_of_reserved_names_are_aws_own(client: Make, endpoint: Endpoint) -> None:
    logs = client("logs")
    for name in ("aws/spans", "AWS/mine"):
        assert refusal(logs.create_log_group, logGroupName=name) == "InvalidParameterException"
    logs.create_log_group(logGroupName="/aws/reserved-not")
    logs.delete_log_group(logGroupName="/aws/reserved-not")
    by_aws = World(endpoint.url, endpoint.account_id, "eu-south-1", PLANE_AGENT).client("logs")
    by_aws.create_log_group(logGroupName="aws/spans")
    there = client("logs", "eu-south-1")
    there.put_retention_policy(logGroupName="aws/spans", retentionInDays=30)
    events = {"logGroupName": "aws/spans", "logStreamName": "default"}
    assert refusal(there.create_log_stream, **events) == "InvalidParameterException"
    now = [{"timestamp": 1, "message": "x"}]
    assert refusal(there.put_log_events, **events, logEvents=now) == "InvalidParameterException"
    there.delete_log_group(logGroupName="aws/spans")


def test_code_deploy(client: Make) -> None:
    deploy = client("codedeploy")
    deploy.create_application(applicationName="a", computePlatform="ECS", tags=[{"Key": "k", "Value": "v"}])
    arn = f"arn:aws:codedeploy:us-east-1:{ACCOUNT}:application:a"
    assert deploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    alarms = {"enabled": True, "alarms": [{"name": "x"}]}
    deploy.create_deployment_group(applicationName="a", deploymentGroupName="g", serviceRoleArn="r")
    deploy.update_deployment_group(applicationName="a", currentDeploymentGroupName="g", alarmConfiguration=alarms)
    group = deploy.get_deployment_group(applicationName="a", deploymentGroupName="g")["deploymentGroupInfo"]
    assert (group["alarmConfiguration"], group["computePlatform"]) == (alarms, "ECS")
    deploy.delete_application(applicationName="a")
    assert refusal(deploy.get_application, applicationName="a") == "ApplicationDoesNotExistException"


def test_deployment_configurations(client: Make) -> None:
    deploy = client("codedeploy")
    canary = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 5, "canaryInterval": 15}}
    named = {"deploymentConfigName": "small", "computePlatform": "ECS"}
    deploy.create_deployment_config(**named, trafficRoutingConfig=canary)
    assert refusal(deploy.create_deployment_config, **named, trafficRoutingConfig=canary) == (
        "DeploymentConfigAlreadyExistsException"
    )
    told = deploy.get_deployment_config(deploymentConfigName="small")["deploymentConfigInfo"]
    assert (told["trafficRoutingConfig"], told["computePlatform"]) == (canary, "ECS")
    listed = deploy.list_deployment_configs()["deploymentConfigsList"]
    assert {"small", "CodeDeployDefault.ECSAllAtOnce", "CodeDeployDefault.ECSCanary10Percent5Minutes"} < set(listed)
    deploy.create_application(applicationName="c", computePlatform="ECS")
    deploy.create_deployment_group(
        applicationName="c", deploymentGroupName="g", serviceRoleArn="r", deploymentConfigName="small"
    )
    assert refusal(deploy.delete_deployment_config, deploymentConfigName="small") == "DeploymentConfigInUseException"
    deploy.delete_application(applicationName="c")
    deploy.delete_deployment_config(deploymentConfigName="small")
    assert refusal(deploy.get_deployment_config, deploymentConfigName="small") == (
        "DeploymentConfigDoesNotExistException"
    )
    predefined = "CodeDeployDefault.ECSAllAtOnce"
    assert refusal(deploy.delete_deployment_config, deploymentConfigName=predefined) == "InvalidOperationException"


@pytest.mark.parametrize(("percent", "minutes"), [(0, 5), (100, 5), (10, 0)])
def test_a_routing_that_cannot_be(client: Make, percent: int, minutes: int) -> None:
    routing = {"canaryPercentage": percent, "canaryInterval": minutes}
    refused = refusal(
        client("codedeploy").create_deployment_config,
        deploymentConfigName="odd",
        computePlatform="ECS",
        trafficRoutingConfig={"type": "TimeBasedCanary", "timeBasedCanary": routing},
    )
    assert refused == "InvalidTrafficRoutingConfigurationException"


def test_without_the_data_plane_nothing_is_deployed(client: Make) -> None:
    deploy = client("codedeploy")
    deploy.create_application(applicationName="n", computePlatform="ECS")
    deploy.create_deployment_group(applicationName="n", deploymentGroupName="g", serviceRoleArn="r")
    named = {"applicationName": "n", "deploymentGroupName": "g"}
    assert refusal(deploy.create_deployment, **named) == "NotImplementedByEmulator"
    assert deploy.list_deployments(**named)["deployments"] == []
    assert refusal(deploy.get_deployment, deploymentId="d-1") == "DeploymentDoesNotExistException"
    deploy.delete_application(applicationName="n")


def test_account_access_block(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):  # the account stands before the host's name, which resolves nowhere
        monkeypatch.setenv(name, endpoint_variables(endpoint)[name])
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "emulated", "region_name": "us-east-1"}
    control = boto3.client("s3control", endpoint_url=endpoint.url, config=Config(retries={"max_attempts": 0}), **keys)
    missing = "NoSuchPublicAccessBlockConfiguration"
    assert refusal(control.get_public_access_block, AccountId=ACCOUNT) == missing
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": False,
    }
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=block)
    assert control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"] == block
    control.delete_public_access_block(AccountId=ACCOUNT)
    assert refusal(control.get_public_access_block, AccountId=ACCOUNT) == missing


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("accessanalyzer", "list_findings", {"analyzerArn": f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/a"}),
        ("application-autoscaling", "describe_scaling_activities", {"ServiceNamespace": "ecs"}),
        ("codedeploy", "list_on_premises_instances", {}),
        ("securityhub", "get_findings", {}),
    ],
)
def test_a_whole_service_refuses_what_it_does_not_know(
    client: Make, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    assert refusal(getattr(client(service), operation), **arguments) == "NotImplementedByEmulator"
