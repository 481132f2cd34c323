"""Cases of the rules about security groups, ACLs, endpoints and flow logs."""

from __future__ import annotations

from typing import Any

from tests.policies.cases.rule_cases import NARROWED, Body, RuleCases, document


def entry(**changes: Any) -> Body:
    world = {"action": "allow", "cidr_block": "0.0.0.0/0", "protocol": "tcp", "from_port": 443, "to_port": 443}
    return {"ingress": [world | changes]}


def group_rule(**changes: Any) -> Body:
    rule = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "referenced_security_group_id": "sg-1"} | changes
    return {key: value for key, value in rule.items() if value is not None}


CASES = (
    RuleCases(
        rule="vpc_endpoint_policy",
        resource_type="aws_vpc_endpoint",
        compliant={
            "named resource": {
                "policy": document(Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::logs/*")
            },
            "condition on the account": {"policy": NARROWED},
        },
        non_compliant={
            "no policy": {"service_name": "s3"},
            "every resource to anyone": {"policy": document(Principal="*", Action="s3:GetObject", Resource="*")},
        },
    ),
    RuleCases(
        rule="open_ingress",
        resource_type="aws_vpc_security_group_ingress_rule",
        compliant={
            "private range": {"cidr_ipv4": "10.20.0.0/16"},
            "prefix list": {"prefix_list_id": "pl-1"},
        },
        non_compliant={
            "any IPv4 address": {"cidr_ipv4": "0.0.0.0/0", "from_port": 8443, "to_port": 8443},
            "any IPv6 address": {"cidr_ipv6": "::/0"},
        },
    ),
    RuleCases(
        rule="open_ingress",
        resource_type="aws_security_group",
        compliant={
            "open egress": {"egress": [{"cidr_blocks": ["0.0.0.0/0"]}]},
        },
        non_compliant={
            "any IPv4 address among others": {"ingress": [{"cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]}]},
            "any IPv6 address": {"ingress": [{"ipv6_cidr_blocks": ["::/0"]}]},
        },
    ),
    RuleCases(
        rule="open_ingress",
        resource_type="aws_security_group_rule",
        compliant={
            "egress rule": {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]},
        },
        non_compliant={
            "ingress from any address": {"type": "ingress", "cidr_blocks": ["0.0.0.0/0"]},
        },
    ),
    RuleCases(
        rule="flow_log_all_traffic",
        resource_type="aws_flow_log",
        compliant={
            "all traffic": {"traffic_type": "ALL"},
        },
        non_compliant={
            "rejected traffic only": {"traffic_type": "REJECT"},
            "no type": {},
        },
    ),
    RuleCases(
        rule="flow_log_destination",
        resource_type="aws_flow_log",
        compliant={
            "destination": {"log_destination": "arn"},
        },
        non_compliant={
            "no destination": {"traffic_type": "ALL"},
        },
    ),
    RuleCases(
        rule="acl_ports",
        resource_type="aws_network_acl",
        compliant={
            "web port": entry(),
            "ports of answers": entry(from_port=3390, to_port=65535),
            "private range": entry(cidr_block="10.0.0.0/16", protocol="-1", from_port=0, to_port=0),
            "denial": entry(action="deny", protocol="-1"),
        },
        non_compliant={
            "every protocol": entry(protocol="-1"),
            "from port 0": entry(from_port=0),
            "to port 65535": entry(to_port=65535),
            "answers with remote desktop": entry(from_port=1024, to_port=65535),
            "SSH over IPv6": entry(cidr_block=None, ipv6_cidr_block="::/0", from_port=22, to_port=22),
            "UDP egress": {"egress": entry(protocol="udp")["ingress"]},
        },
    ),
    RuleCases(
        rule="narrow_group_rule",
        resource_type="aws_vpc_security_group_egress_rule",
        compliant={
            "group": group_rule(),
            "any address": group_rule(referenced_security_group_id=None, cidr_ipv4="0.0.0.0/0"),
        },
        non_compliant={
            "every protocol": group_rule(ip_protocol="-1"),
            "from port 0": group_rule(from_port=0),
            "to port 65535": group_rule(to_port=65535),
            "no ports": group_rule(from_port=None, to_port=None),
            "no peer": group_rule(referenced_security_group_id=None),
        },
    ),
    RuleCases(
        rule="open_egress",
        resource_type="aws_vpc_security_group_egress_rule",
        compliant={
            "HTTPS to any address": group_rule(cidr_ipv4="0.0.0.0/0"),
            "any port to a group": group_rule(from_port=8080, to_port=8080),
        },
        non_compliant={
            "port range to any address": group_rule(cidr_ipv4="0.0.0.0/0", from_port=0),
            "any IPv6 address": group_rule(cidr_ipv6="::/0"),
        },
    ),
    RuleCases(
        rule="open_egress",
        resource_type="aws_security_group",
        compliant={
            "no rules": {},
            "HTTPS to any address": {"egress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 443, "to_port": 443}]},
        },
        non_compliant={
            "another port to any address": {"egress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 0, "to_port": 0}]},
        },
    ),
    RuleCases(
        rule="open_egress",
        resource_type="aws_security_group_rule",
        compliant={
            "ingress rule": {"type": "ingress", "cidr_blocks": ["0.0.0.0/0"]},
        },
        non_compliant={
            "mail to any address": {"type": "egress", "cidr_blocks": ["0.0.0.0/0"], "from_port": 25, "to_port": 25},
        },
    ),
    RuleCases(
        rule="vpc_endpoint_groups",
        resource_type="aws_vpc_endpoint",
        compliant={
            "interface endpoint with groups": {"vpc_endpoint_type": "Interface", "security_group_ids": ["sg-1"]},
            "gateway endpoint": {"vpc_endpoint_type": "Gateway"},
        },
        non_compliant={
            "no groups": {"vpc_endpoint_type": "Interface"},
            "empty list": {"vpc_endpoint_type": "Interface", "security_group_ids": []},
        },
    ),
)
