"""CIS AWS Foundations Benchmark 3.0, 4.1 to 4.15, as data: filters for the trail's log group."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Watch:
    """One recommendation: a filter on trail events, and what a match means. A pattern has 1,024 characters at most."""

    id: str
    number: str
    description: str
    pattern: str


def _calls(names: str, source: str = "") -> str:
    """The pattern of calls of any of these operations, of one service where a name alone is ambiguous."""
    any_of = " || ".join(f"($.eventName = {name})" for name in names.split())
    return f"{{ ($.eventSource = {source}.amazonaws.com) && ({any_of}) }}" if source else f"{{ {any_of} }}"


WATCHES = (
    Watch(
        "unauthorized_calls",
        "4.1",
        "Somebody calls what they may not: a wrong policy, or a search for what is open",
        '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
        '&& ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }',
    ),
    Watch(
        "sign_in_without_mfa",
        "4.2",
        "An IAM user signed in to the console without a second factor",
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
        '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    ),
    Watch(
        "root_use",
        "4.3",
        "The root user acted",
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
    ),
    Watch(
        "iam_changes",
        "4.4",
        "An IAM policy changed",
        _calls(
            "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy "
            "CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy "
            "AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy",
            source="iam",
        ),
    ),
    Watch(
        "trail_changes",
        "4.5",
        "A trail was changed, stopped or deleted",
        _calls("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
    ),
    Watch(
        "failed_sign_ins",
        "4.6",
        "A console sign-in failed",
        '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
    ),
    Watch(
        "key_deletion",
        "4.7",
        "A customer key was disabled, or will be deleted with all it encrypts",
        _calls("DisableKey ScheduleKeyDeletion", source="kms"),
    ),
    Watch(
        "bucket_policy_changes",
        "4.8",
        "A bucket's policy or rules changed",
        _calls(
            "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy "
            "DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
            source="s3",
        ),
    ),
    Watch(
        "recorder_changes",
        "4.9",
        "AWS Config was changed or stopped",
        _calls(
            "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
            source="config",
        ),
    ),
    Watch(
        "security_group_changes",
        "4.10",
        "A security group changed",
        _calls(
            "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
            "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"
        ),
    ),
    Watch(
        "network_acl_changes",
        "4.11",
        "A network ACL changed",
        _calls(
            "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry "
            "ReplaceNetworkAclAssociation"
        ),
    ),
    Watch(
        "gateway_changes",
        "4.12",
        "A network gateway changed",
        _calls(
            "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "
            "DeleteInternetGateway DetachInternetGateway"
        ),
    ),
    Watch(
        "route_changes",
        "4.13",
        "A route changed",
        _calls(
            "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute "
            "DisassociateRouteTable",
            source="ec2",
        ),
    ),
    Watch(
        "vpc_changes",
        "4.14",
        "A VPC or its peering changed",
        _calls(
            "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "
            "DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc "
            "DisableVpcClassicLink EnableVpcClassicLink"
        ),
    ),
    Watch(
        "organization_changes",
        "4.15",
        "The organization changed",
        _calls(
            "AcceptHandshake AttachPolicy CancelHandshake CreateAccount CreateOrganization CreateOrganizationalUnit "
            "CreatePolicy DeclineHandshake DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy "
            "DisablePolicyType EnableAllFeatures EnablePolicyType InviteAccountToOrganization LeaveOrganization "
            "MoveAccount RemoveAccountFromOrganization UpdatePolicy UpdateOrganizationalUnit",
            source="organizations",
        ),
    ),
)
