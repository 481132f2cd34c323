"""Shims for what the emulators lack or forget, one file a gap: stored and returned as AWS would, 501 for the rest."""

from __future__ import annotations

from local_aws.shims.access_analyzer import AccessAnalyzer
from local_aws.shims.account_access_block import AccountAccessBlock
from local_aws.shims.alarms import AlarmDescriptions
from local_aws.shims.autoscaling import AutoScaling
from local_aws.shims.base import Shim
from local_aws.shims.bedrock import Bedrock
from local_aws.shims.budget_actions import BudgetActions
from local_aws.shims.cloud_control import CloudControl
from local_aws.shims.code_deploy import CodeDeploy
from local_aws.shims.code_signing import CodeSigningConfigs
from local_aws.shims.cost_anomaly import CostAnomaly
from local_aws.shims.detectors import Detectors
from local_aws.shims.forgotten_settings import CertificateSettings, StateMachines, Trails
from local_aws.shims.group_rules import GroupRules
from local_aws.shims.headers_policies import HeadersPolicies
from local_aws.shims.linked_roles import LinkedRoles
from local_aws.shims.listener_actions import ListenerActions
from local_aws.shims.new_secrets import NewSecrets
from local_aws.shims.query_definitions import QueryDefinitions
from local_aws.shims.registry_contents import RegistryContents
from local_aws.shims.search_domains import SearchDomains
from local_aws.shims.security_hub import SecurityHub
from local_aws.shims.shells import Sessions
from local_aws.shims.signing_jobs import SigningJobs
from local_aws.shims.tagged_resources import TaggedResources
from local_aws.shims.target_health import TargetHealth
from local_aws.shims.task_sets import EcsTaskSets
from local_aws.shims.transaction_search import TransactionSearch
from local_aws.shims.waf_logging import WafLogging
from local_aws.shims.xray import Xray
from local_aws.shims.zone_signing import ZoneSigning


def all_shims() -> dict[str, Shim]:
    """New shims by service; their state is that of one run."""
    sessions, search = Sessions(), TransactionSearch()
    shims: tuple[Shim, ...] = (
        AccessAnalyzer(),
        AccountAccessBlock(),
        AlarmDescriptions(),
        AutoScaling(),
        Bedrock(),
        BudgetActions(),
        CertificateSettings(),
        CloudControl(search),
        CostAnomaly(),
        CodeDeploy(),
        CodeSigningConfigs(),
        Detectors(),
        EcsTaskSets(sessions),
        GroupRules(),
        HeadersPolicies(),
        LinkedRoles(),
        ListenerActions(),
        NewSecrets(),
        QueryDefinitions(),
        RegistryContents(),
        SearchDomains(),
        SecurityHub(),
        sessions,
        SigningJobs(),
        StateMachines(),
        Trails(),
        WafLogging(),
        Xray(search),
        ZoneSigning(),
    )
    return {shim.service: shim for shim in (*shims, TaggedResources(shims))}


def plane_shims(control_port: int, region: str) -> dict[str, Shim]:
    """Shims by service that take the place of others while the data plane runs: they ask it at its own port."""
    shims: tuple[Shim, ...] = (TargetHealth(control_port, region),)
    return {shim.service: shim for shim in shims}
