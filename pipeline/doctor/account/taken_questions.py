"""Questions by resource type: the read-only call that tells whether a name is taken.

Types that take no name of their own are in `taken_nameless`; a test refuses one that is in neither table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_FOUND = "ResourceNotFoundException"


@dataclass(frozen=True)
class Question:
    """A call about one name.

    `argument` takes the name (a list of it, with `several`); without one the call lists all names, in one page where
    their JMESPath has a dot. `names` is the JMESPath of names in the answer; empty where any answer means that the name
    is taken. `absent` are error codes of a free name. `silent`: AWS refuses no second one, but overwrites or shares the
    first. `path` is the configured attribute; `fixed` are further arguments, with the account and the beginning of
    every name put in.
    """

    service: str
    operation: str
    argument: str = ""
    absent: tuple[str, ...] = ()
    names: str = ""
    several: bool = False
    silent: bool = False
    path: str = "name"
    fixed: Mapping[str, str | list[str]] = field(default_factory=dict)


# CloudFront allows 20 policies of a type, 25 VPC origins, 100 access controls per account ("Quotas"): one page.
_ONE_PAGE = {"MaxItems": "100"}


def _cloudfront(kind: str, item: str) -> Question:
    names = f"{item}List.Items[].{item}.{item}Config.Name"
    return Question("cloudfront", f"list_{kind}_policies", names=names, fixed={"Type": "custom", **_ONE_PAGE})


QUESTIONS: dict[str, Question] = {
    "aws_accessanalyzer_analyzer": Question(
        "accessanalyzer", "get_analyzer", "analyzerName", (NOT_FOUND,), path="analyzer_name"
    ),
    "aws_bedrock_guardrail": Question("bedrock", "list_guardrails", names="guardrails[].name"),
    "aws_budgets_budget": Question(
        "budgets", "describe_budget", "BudgetName", ("NotFoundException",), fixed={"AccountId": "{account}"}
    ),
    "aws_cloudfront_cache_policy": _cloudfront("cache", "CachePolicy"),
    "aws_cloudfront_origin_access_control": Question(
        "cloudfront", "list_origin_access_controls", names="OriginAccessControlList.Items[].Name", fixed=_ONE_PAGE
    ),
    "aws_cloudfront_origin_request_policy": _cloudfront("origin_request", "OriginRequestPolicy"),
    "aws_cloudfront_response_headers_policy": _cloudfront("response_headers", "ResponseHeadersPolicy"),
    "aws_cloudfront_vpc_origin": Question(
        "cloudfront",
        "list_vpc_origins",
        names="VpcOriginList.Items[].Name",
        path="vpc_origin_endpoint_config.name",
        fixed=_ONE_PAGE,
    ),
    "aws_cloudtrail": Question("cloudtrail", "get_trail", "Name", ("TrailNotFoundException",)),
    "aws_cloudwatch_dashboard": Question(
        "cloudwatch", "get_dashboard", "DashboardName", ("ResourceNotFound",), silent=True, path="dashboard_name"
    ),
    "aws_cloudwatch_composite_alarm": Question(
        "cloudwatch",
        "describe_alarms",
        names="CompositeAlarms[].AlarmName",
        silent=True,
        path="alarm_name",
        fixed={"AlarmNamePrefix": "{prefix}", "AlarmTypes": ["CompositeAlarm"]},
    ),
    "aws_cloudwatch_event_rule": Question(
        "events", "list_rules", names="Rules[].Name", silent=True, fixed={"NamePrefix": "{prefix}"}
    ),
    "aws_cloudwatch_log_delivery_destination": Question(
        "logs", "get_delivery_destination", "name", (NOT_FOUND,), silent=True
    ),
    "aws_cloudwatch_log_delivery_source": Question("logs", "get_delivery_source", "name", (NOT_FOUND,), silent=True),
    "aws_cloudwatch_log_group": Question(
        "logs", "describe_log_groups", "logGroupNamePrefix", names="logGroups[].logGroupName"
    ),
    "aws_cloudwatch_log_resource_policy": Question(
        "logs", "describe_resource_policies", names="resourcePolicies[].policyName", silent=True, path="policy_name"
    ),
    "aws_cloudwatch_metric_alarm": Question(
        "cloudwatch",
        "describe_alarms",
        names="MetricAlarms[].AlarmName",
        silent=True,
        path="alarm_name",
        fixed={"AlarmNamePrefix": "{prefix}"},
    ),
    "aws_config_config_rule": Question(
        "config",
        "describe_config_rules",
        "ConfigRuleNames",
        ("NoSuchConfigRuleException",),
        names="ConfigRules[].ConfigRuleName",
        several=True,
        silent=True,
    ),
    "aws_codedeploy_app": Question(
        "codedeploy", "get_application", "applicationName", ("ApplicationDoesNotExistException",)
    ),
    "aws_codedeploy_deployment_config": Question(
        "codedeploy",
        "get_deployment_config",
        "deploymentConfigName",
        ("DeploymentConfigDoesNotExistException",),
        path="deployment_config_name",
    ),
    "aws_dynamodb_table": Question("dynamodb", "describe_table", "TableName", (NOT_FOUND,)),
    "aws_ecr_repository": Question(
        "ecr",
        "describe_repositories",
        "repositoryNames",
        ("RepositoryNotFoundException",),
        names="repositories[].repositoryName",
        several=True,
    ),
    "aws_ecs_cluster": Question(
        "ecs",
        "describe_clusters",
        "clusters",
        names="clusters[?status=='ACTIVE'].clusterName",
        several=True,
        silent=True,
    ),
    "aws_iam_policy": Question("iam", "list_policies", names="Policies[].PolicyName", fixed={"Scope": "Local"}),
    "aws_iam_role": Question("iam", "get_role", "RoleName", ("NoSuchEntity",)),
    "aws_kms_alias": Question("kms", "list_aliases", names="Aliases[].AliasName"),
    "aws_lambda_function": Question(
        "lambda", "get_function_configuration", "FunctionName", (NOT_FOUND,), path="function_name"
    ),
    "aws_lb": Question(
        "elbv2",
        "describe_load_balancers",
        "Names",
        ("LoadBalancerNotFound",),
        names="LoadBalancers[].LoadBalancerName",
        several=True,
    ),
    "aws_lb_target_group": Question(
        "elbv2",
        "describe_target_groups",
        "Names",
        ("TargetGroupNotFound",),
        names="TargetGroups[].TargetGroupName",
        several=True,
    ),
    "aws_opensearch_domain": Question("opensearch", "describe_domain", "DomainName", (NOT_FOUND,), path="domain_name"),
    "aws_s3_bucket": Question("s3", "head_bucket", "Bucket", ("404", "NoSuchBucket"), path="bucket"),
    "aws_scheduler_schedule": Question(
        "scheduler", "get_schedule", "Name", (NOT_FOUND,), fixed={"GroupName": "default"}
    ),
    "aws_secretsmanager_secret": Question(
        "secretsmanager",
        "describe_secret",
        "SecretId",
        (NOT_FOUND,),
        # One that waits for its deletion is brought back first: `release` says how.
        names="[{name: Name, deleted: DeletedDate}][?deleted == null].name",
    ),
    "aws_service_discovery_http_namespace": Question(
        "servicediscovery", "list_namespaces", names="Namespaces[?Type=='HTTP'].Name"
    ),
    "aws_sns_topic": Question("sns", "get_topic_attributes", "TopicArn", ("NotFound",), silent=True),
    # Step Functions answers a second `create_state_machine` of the same definition with the first machine.
    "aws_sfn_state_machine": Question(
        "stepfunctions", "list_state_machines", names="stateMachines[].name", silent=True
    ),
    "aws_sqs_queue": Question(
        "sqs",
        "get_queue_url",
        "QueueName",
        ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    ),
    "aws_wafv2_web_acl": Question("wafv2", "list_web_acls", names="WebACLs[].Name", fixed={"Scope": "CLOUDFRONT"}),
    "aws_xray_group": Question("xray", "get_groups", names="Groups[].GroupName", path="group_name"),
    "aws_xray_sampling_rule": Question(
        "xray", "get_sampling_rules", names="SamplingRuleRecords[].SamplingRule.RuleName", path="rule_name"
    ),
}
