"""Settings that an emulator forgets come back as sent, through boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Make = Callable[..., Any]
ROLE = "arn:aws:iam::123456789012:role/r"


def test_alarms_keep_their_settings_and_metric_math(client: Make) -> None:
    watch = client("cloudwatch")
    common = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1.5}
    plain = {
        "MetricName": "CPU",
        "Namespace": "N",
        "Period": 300,
        "Statistic": "Maximum",
        "TreatMissingData": "notBreaching",
        "Dimensions": [{"Name": "A", "Value": "b"}],
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"],
        "InsufficientDataActions": ["arn:aws:sns:us-east-1:123456789012:t"],
    }
    stat = {"Metric": {"Namespace": "N", "MetricName": "E", "Dimensions": [{"Name": "A", "Value": "b"}]}}
    math = [
        {"Id": "e", "MetricStat": {**stat, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "r", "Expression": "e > 1 & e", "ReturnData": True},
    ]
    watch.put_metric_alarm(AlarmName="plain", **common, **plain)
    watch.put_metric_alarm(AlarmName="math", **common, Metrics=math)
    found = {one["AlarmName"]: one for one in watch.describe_alarms(AlarmNames=["plain", "math"])["MetricAlarms"]}
    assert {name: found["plain"][name] for name in plain} == plain
    assert found["math"]["Metrics"] == math
    assert "Statistic" not in found["math"]
    watch.delete_alarms(AlarmNames=["plain", "math"])
    assert watch.describe_alarms(AlarmNames=["plain"])["MetricAlarms"] == []


def test_composite_alarms_are_described(client: Make) -> None:
    watch = client("cloudwatch")
    basis = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1, "Period": 60}
    watch.put_metric_alarm(AlarmName="one", MetricName="M", Namespace="N", Statistic="Sum", **basis)
    watch.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("one")', ActionsEnabled=True)
    found = watch.describe_alarms(AlarmNames=["any"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert [(one["AlarmRule"], one["ActionsEnabled"]) for one in found] == [('ALARM("one")', True)]


def test_guardrails_are_found_by_arn_and_described_by_the_api_names(client: Make) -> None:
    bedrock = client("bedrock")
    hate = {"type": "HATE", "inputStrength": "HIGH", "outputStrength": "LOW"}
    arn = bedrock.create_guardrail(
        name="g",
        description="draft",
        blockedInputMessaging="no",
        blockedOutputsMessaging="no",
        contentPolicyConfig={"filtersConfig": [hate]},
    )["guardrailArn"]
    assert bedrock.get_guardrail(guardrailIdentifier=arn)["contentPolicy"] == {"filters": [hate]}
    version = bedrock.create_guardrail_version(guardrailIdentifier=arn, description="first")["version"]
    assert bedrock.get_guardrail(guardrailIdentifier=arn, guardrailVersion=version)["description"] == "first"
    assert bedrock.get_guardrail(guardrailIdentifier=arn)["description"] == "draft"
    # AWS's ids have no hyphen, and the application refuses one that has.
    assert "-" not in arn.rpartition("/")[2]
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == []
    bedrock.tag_resource(resourceARN=arn, tags=[{"key": "Spelled", "value": "as AWS does"}])
    found = client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Spelled"}])
    assert [each["ResourceARN"] for each in found["ResourceTagMappingList"]] == [arn]


def test_a_stopped_task_of_a_service_is_replaced(client: Make) -> None:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="r")
    ecs.register_task_definition(family="r", containerDefinitions=[{"name": "a", "image": "i", "memory": 64}])
    ecs.create_service(cluster="r", serviceName="r", taskDefinition="r", desiredCount=1)
    (before,) = ecs.list_tasks(cluster="r")["taskArns"]
    stopped = ecs.stop_task(cluster="r", task=before)["task"]
    assert (stopped["taskArn"], stopped["desiredStatus"]) == (before, "STOPPED")
    (after,) = ecs.list_tasks(cluster="r")["taskArns"]
    assert after != before
    ecs.update_service(cluster="r", service="r", desiredCount=0)


def test_services_and_state_machines_and_trails_keep_what_they_forget(client: Make) -> None:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(family="f", containerDefinitions=[{"name": "a", "image": "i", "memory": 64}])
    ecs.create_service(
        cluster="c", serviceName="s", taskDefinition="f", desiredCount=0, availabilityZoneRebalancing="ENABLED"
    )
    service = ecs.describe_services(cluster="c", services=["s"])["services"][0]
    assert service["availabilityZoneRebalancing"] == "ENABLED"
    ecs.update_service(cluster="c", service="s", availabilityZoneRebalancing="DISABLED")
    service = ecs.describe_services(cluster="c", services=["s"])["services"][0]
    assert service["availabilityZoneRebalancing"] == "DISABLED"

    steps = client("stepfunctions")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    made = steps.create_state_machine(
        name="m", definition=definition, roleArn=ROLE, tracingConfiguration={"enabled": True}
    )["stateMachineArn"]
    assert steps.describe_state_machine(stateMachineArn=made)["tracingConfiguration"] == {"enabled": True}

    client("s3").create_bucket(Bucket="trail-logs")
    trail = client("cloudtrail")
    group = "arn:aws:logs:us-east-1:123456789012:log-group:g:*"
    made = trail.create_trail(
        Name="t",
        S3BucketName="trail-logs",
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=ROLE,
        SnsTopicName="deliveries",
        TagsList=[{"Key": "k", "Value": "v"}],
    )["TrailARN"]
    found = trail.get_trail(Name="t")["Trail"]
    assert found["SnsTopicARN"] == "arn:aws:sns:us-east-1:123456789012:deliveries"
    assert (found["CloudWatchLogsLogGroupArn"], found["SnsTopicName"]) == (group, "deliveries")
    assert found["SnsTopicARN"] == "arn:aws:sns:us-east-1:123456789012:deliveries"
    assert trail.list_tags(ResourceIdList=[made])["ResourceTagList"][0]["TagsList"] == [{"Key": "k", "Value": "v"}]


def test_rules_that_name_a_list_or_a_group_keep_their_description(client: Make) -> None:
    ec2 = client("ec2")
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    origin = next(one for one in lists if one["PrefixListName"] == "com.amazonaws.global.cloudfront.origin-facing")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    listed = [{"PrefixListId": origin["PrefixListId"], "Description": "CloudFront & co"}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**rule, "PrefixListIds": listed}])
    other = ec2.create_security_group(GroupName="other", Description="d", VpcId=vpc)["GroupId"]
    pair = [{"GroupId": other, "Description": "from the other"}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**rule, "UserIdGroupPairs": pair}])
    blocks = [{"CidrIp": "10.0.0.0/24", "Description": "moto keeps this one"}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**rule, "IpRanges": blocks}])
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    given = sorted(one["Description"] for one in found if not one["IsEgress"])
    assert given == ["CloudFront & co", "from the other", "moto keeps this one"]


def test_headers_policies_have_no_parts_nobody_set(client: Make) -> None:
    front = client("cloudfront")
    frame = {"Override": True, "FrameOption": "DENY"}
    policy = {"Name": "p", "SecurityHeadersConfig": {"FrameOptions": frame}}
    made = front.create_response_headers_policy(ResponseHeadersPolicyConfig=policy)["ResponseHeadersPolicy"]["Id"]
    described = front.get_response_headers_policy(Id=made)["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    assert "CustomHeadersConfig" not in described
    assert described["SecurityHeadersConfig"]["FrameOptions"] == frame


def test_search_domains_keep_which_logs_they_publish(client: Make) -> None:
    search = client("opensearch")
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/search/"

    def published(kind: str, enabled: bool) -> dict[str, Any]:
        return {kind: {"CloudWatchLogsLogGroupArn": group + kind, "Enabled": enabled}}

    audit, slow = published("AUDIT_LOGS", True), published("SEARCH_SLOW_LOGS", True)
    search.create_domain(DomainName="logged", LogPublishingOptions={**audit, **slow})
    search.create_domain(DomainName="silent")
    assert search.describe_domain(DomainName="logged")["DomainStatus"]["LogPublishingOptions"] == {**audit, **slow}
    assert search.describe_domain(DomainName="silent")["DomainStatus"].get("LogPublishingOptions", {}) == {}

    off = published("SEARCH_SLOW_LOGS", False)
    search.update_domain_config(DomainName="logged", LogPublishingOptions=off)
    assert search.describe_domain(DomainName="logged")["DomainStatus"]["LogPublishingOptions"] == {**audit, **off}

    search.delete_domain(DomainName="logged")
    search.create_domain(DomainName="logged")
    assert search.describe_domain(DomainName="logged")["DomainStatus"].get("LogPublishingOptions", {}) == {}
    for name in ("logged", "silent"):
        search.delete_domain(DomainName=name)


def test_detectors_keep_every_feature(client: Make) -> None:
    guard = client("guardduty")
    detector = guard.create_detector(Enable=True)["DetectorId"]
    agent = [{"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}]
    logs = {"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}
    runtime = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": agent}
    for feature in (logs, runtime, {**logs, "Status": "DISABLED"}):
        guard.update_detector(DetectorId=detector, Features=[feature])
    found = {feature["Name"]: feature for feature in guard.get_detector(DetectorId=detector)["Features"]}
    assert found["S3_DATA_EVENTS"]["Status"] == "DISABLED"
    assert found["RUNTIME_MONITORING"] == runtime
    for status in ("ENABLED", "DISABLED"):
        guard.update_detector(DetectorId=detector, Features=[{**logs, "Status": status}])
        assert guard.get_detector(DetectorId=detector)["DataSources"]["S3Logs"]["Status"] == status
    guard.delete_detector(DetectorId=detector)


def test_detectors_change_their_tags(client: Make) -> None:
    guard = client("guardduty")
    detector = guard.create_detector(Enable=True, Tags={"Owner": "nobody", "Purpose": "test"})["DetectorId"]
    arn = f"arn:aws:guardduty:us-east-1:123456789012:detector/{detector}"
    guard.tag_resource(ResourceArn=arn, Tags={"Purpose": "another", "Place": "here"})
    guard.untag_resource(ResourceArn=arn, TagKeys=["Owner"])
    changed = {"Purpose": "another", "Place": "here"}
    assert guard.list_tags_for_resource(ResourceArn=arn)["Tags"] == changed
    assert guard.get_detector(DetectorId=detector)["Tags"] == changed
    guard.delete_detector(DetectorId=detector)


def test_a_new_secret_has_no_value_until_it_gets_one(client: Make) -> None:
    secrets = client("secretsmanager")
    assert "VersionId" not in secrets.create_secret(Name="new")
    assert secrets.describe_secret(SecretId="new").get("VersionIdsToStages", {}) == {}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.get_secret_value(SecretId="new")
    first = secrets.put_secret_value(SecretId="new", SecretString="v")["VersionId"]
    assert secrets.describe_secret(SecretId="new")["VersionIdsToStages"] == {first: ["AWSCURRENT"]}
    assert secrets.get_secret_value(SecretId="new")["SecretString"] == "v"

    made = secrets.create_secret(Name="filled", SecretString="w")["VersionId"]
    assert secrets.get_secret_value(SecretId="filled")["VersionId"] == made
    with pytest.raises(ClientError, match="ResourceExistsException"):
        secrets.create_secret(Name="new")


def test_certificates_keep_the_kind_of_their_key_and_whether_they_are_logged(client: Make) -> None:
    acm = client("acm")

    def described(arn: str) -> tuple[str, str]:
        found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        return found["KeyAlgorithm"], found["Options"]["CertificateTransparencyLoggingPreference"]

    made = acm.request_certificate(DomainName="a.example.com", KeyAlgorithm="EC_prime256v1")["CertificateArn"]
    unlogged = {"CertificateTransparencyLoggingPreference": "DISABLED"}
    other = acm.request_certificate(DomainName="b.example.com", Options=unlogged)["CertificateArn"]
    assert described(made) == ("EC_prime256v1", "ENABLED")
    assert described(other) == ("RSA_2048", "DISABLED")
    acm.update_certificate_options(CertificateArn=made, Options=unlogged)
    assert described(made) == ("EC_prime256v1", "DISABLED")


def test_service_linked_roles_are_described_as_asked(client: Make) -> None:
    iam = client("iam")
    said = iam.create_service_linked_role(AWSServiceName="config.amazonaws.com", Description="reads, records; keeps")
    name = said["Role"]["RoleName"]
    assert iam.get_role(RoleName=name)["Role"]["Description"] == "reads, records; keeps"
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        iam.create_service_linked_role(AWSServiceName="config.amazonaws.com")


def test_no_zone_is_signed_and_none_can_be(client: Make) -> None:
    route53 = client("route53")
    zone = route53.create_hosted_zone(Name="signing.example.com", CallerReference="1")["HostedZone"]["Id"]
    said = route53.get_dnssec(HostedZoneId=zone)
    assert said["Status"]["ServeSignature"] == "NOT_SIGNING"
    assert said["KeySigningKeys"] == []
    with pytest.raises(ClientError, match="NoSuchHostedZone"):
        route53.get_dnssec(HostedZoneId="Z0NOWHERE")
    with pytest.raises(ClientError, match="NotImplementedByEmulator"):
        route53.enable_hosted_zone_dnssec(HostedZoneId=zone)
    with pytest.raises(ClientError, match="NotImplementedByEmulator"):
        route53.delete_key_signing_key(HostedZoneId=zone, Name="key")
    route53.delete_hosted_zone(Id=zone)
    with pytest.raises(ClientError, match="NoSuchHostedZone"):
        route53.get_dnssec(HostedZoneId=zone)


def test_the_tagging_api_knows_what_either_emulator_has(client: Make) -> None:
    tags = [{"Key": "Project", "Value": "found"}, {"Key": "Environment", "Value": "e"}]
    ec2, logs = client("ec2"), client("logs")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])["Vpc"]
    other = [{"Key": "Project", "Value": "other"}]
    ec2.create_vpc(CidrBlock="10.8.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": other}])
    logs.create_log_group(logGroupName="/found", tags={"Project": "found", "Environment": "e"})
    client("ecr").create_repository(repositoryName="found", tags=tags)
    client("sns").create_topic(Name="found", Tags=tags)
    seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "found"}
    acl = client("wafv2").create_web_acl(
        Name="found", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, VisibilityConfig=seen, Tags=tags
    )["Summary"]["ARN"]
    secret = client("secretsmanager").create_secret(Name="found", Tags=tags)["ARN"]

    def arns(*filters: dict[str, Any]) -> set[str]:
        answer = client("resourcegroupstaggingapi").get_resources(TagFilters=list(filters))
        return {each["ResourceARN"].split(":", 5)[5] for each in answer["ResourceTagMappingList"]}

    whole = {
        f"vpc/{vpc['VpcId']}",
        "log-group:/found",
        "repository/found",
        "found",
        secret.split(":", 5)[5],
        acl.split(":", 5)[5],
    }
    assert arns({"Key": "Project", "Values": ["found"]}) == whole
    assert arns({"Key": "Project", "Values": ["found"]}, {"Key": "Environment"}) == whole
    assert arns({"Key": "Project", "Values": ["found"]}, {"Key": "Environment", "Values": ["f"]}) == set()


def found_by_tag(client: Make, name: str) -> set[str]:
    """Service and resource of every ARN that the tagging API gives for the tag Project."""
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources")
    given = [
        page["ResourceTagMappingList"] for page in pages.paginate(TagFilters=[{"Key": "Project", "Values": [name]}])
    ]
    parts = [each["ResourceARN"].split(":", 5) for listed in given for each in listed]
    return {f"{part[2]}:{part[5]}" for part in parts}


def test_the_tagging_api_knows_load_balancing_and_alarms_and_forgets_what_is_deleted(client: Make) -> None:
    tags = [{"Key": "Project", "Value": "lost"}]
    ec2, elb, watch, ecs = client("ec2"), client("elbv2"), client("cloudwatch"), client("ecs")

    def specified(kind: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": tags}]

    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16", TagSpecifications=specified("vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.0.0/24", TagSpecifications=specified("subnet"))["Subnet"]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=specified("elastic-ip"))["AllocationId"]
    gateway = ec2.create_nat_gateway(
        SubnetId=subnet["SubnetId"], AllocationId=address, TagSpecifications=specified("natgateway")
    )["NatGateway"]["NatGatewayId"]
    group = ec2.create_security_group(
        GroupName="lost", Description="d", VpcId=vpc, TagSpecifications=specified("security-group")
    )["GroupId"]
    balancer = elb.create_load_balancer(Name="lost", Subnets=[subnet["SubnetId"]], Tags=tags)["LoadBalancers"][0]
    targets = elb.create_target_group(Name="lost", Protocol="HTTP", Port=80, VpcId=vpc, Tags=tags)["TargetGroups"][0]
    forward = [{"Type": "forward", "TargetGroupArn": targets["TargetGroupArn"]}]
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Port=80, Protocol="HTTP", DefaultActions=forward, Tags=tags
    )["Listeners"][0]["ListenerArn"]
    path = [{"Field": "path-pattern", "Values": ["/a"]}]
    rule = elb.create_rule(ListenerArn=listener, Priority=1, Conditions=path, Actions=forward, Tags=tags)["Rules"][0]
    balancing = (balancer["LoadBalancerArn"], targets["TargetGroupArn"], listener, rule["RuleArn"])
    basis = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1, "Period": 60}
    watch.put_metric_alarm(AlarmName="lost", MetricName="M", Namespace="N", Statistic="Sum", Tags=tags, **basis)
    small = [{"key": "Project", "value": "lost"}]
    ecs.create_cluster(clusterName="lost", tags=small)
    ecs.register_task_definition(family="lost", containerDefinitions=[{"name": "a", "image": "a", "memory": 10}])
    ecs.create_service(cluster="lost", serviceName="lost", taskDefinition="lost", desiredCount=0, tags=small)
    whole = {
        f"ec2:vpc/{vpc}",
        f"ec2:subnet/{subnet['SubnetId']}",
        f"ec2:elastic-ip/{address}",
        f"ec2:natgateway/{gateway}",
        f"ec2:security-group/{group}",
        *(f"elasticloadbalancing:{each.split(':', 5)[5]}" for each in balancing),
        "cloudwatch:alarm:lost",
        "ecs:cluster/lost",
        "ecs:service/lost/lost",
    }
    assert found_by_tag(client, "lost") == whole

    ecs.delete_service(cluster="lost", service="lost", force=True)
    ecs.delete_cluster(cluster="lost")
    watch.delete_alarms(AlarmNames=["lost"])
    elb.delete_rule(RuleArn=rule["RuleArn"])
    elb.delete_listener(ListenerArn=listener)
    elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    elb.delete_target_group(TargetGroupArn=targets["TargetGroupArn"])
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    assert found_by_tag(client, "lost") == {f"ec2:vpc/{vpc}"}
    ec2.delete_vpc(VpcId=vpc)
    assert found_by_tag(client, "lost") == set()


def test_application_profiles_are_found_by_arn_and_have_the_models_of_what_they_copy(client: Make) -> None:
    bedrock = client("bedrock")
    source = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0"
    arn = bedrock.create_inference_profile(
        inferenceProfileName="repairs-answers",
        modelSource={"copyFrom": source},
        tags=[{"key": "Deployment", "value": "repairs"}],
    )["inferenceProfileArn"]
    found = bedrock.get_inference_profile(inferenceProfileIdentifier=arn)
    regions = ("us-east-1", "us-east-2", "us-west-2")
    models = [{"modelArn": f"arn:aws:bedrock:{each}::foundation-model/amazon.nova-lite-v1:0"} for each in regions]
    assert (found["inferenceProfileArn"], found["models"], "description" in found) == (arn, models, False)
    listed = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
    assert [each["models"] for each in listed if each["inferenceProfileArn"] == arn] == [models]
    tagging = client("resourcegroupstaggingapi")
    filters = [{"Key": "Deployment", "Values": ["repairs"]}]
    assert [each["ResourceARN"] for each in tagging.get_resources(TagFilters=filters)["ResourceTagMappingList"]] == [
        arn
    ]
    bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.get_inference_profile(inferenceProfileIdentifier=arn)
    assert tagging.get_resources(TagFilters=filters)["ResourceTagMappingList"] == []
