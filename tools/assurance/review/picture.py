"""Mermaid graph of an environment's network paths, drawn from the synthesised layers."""

from __future__ import annotations

from policies.proof.configuration import Configuration
from policies.proof.network import Network
from policies.proof.ports import ports_text
from policies.proof.reachability import works
from policies.proof.reading import read_network

_OUTSIDE = {"internet": "internet", "cloudfront": "CloudFront", "s3": "S3, through the gateway endpoint"}
_INSIDE = {
    "alb": "load balancer",
    "task": "tasks",
    "search": "OpenSearch",
    "function": "function that finishes the domain",
}
# Type whose `protocol` says how a node is reached.
_LISTENING = {"alb": "aws_lb_listener", "task": "aws_lb_target_group"}


def mermaid(configuration: Configuration) -> str:
    """Graph whose arrows are the connections that work; no other connection can be opened."""
    network = read_network(configuration)
    paths = sorted(works(network))
    names = {name for path in paths for name in (path.source, path.target)}
    lines = ["flowchart LR", '  viewers(["viewers"]) -->|"HTTPS, web ACL"| cloudfront']
    lines += [f'  {_id(name)}(["{label}"])' for name, label in _OUTSIDE.items() if name in names]
    lines.append(f'  subgraph vpc["VPC {network.cidr}"]')
    lines += [f'    {_id(name)}["{_label(network, name)}"]' for name in sorted(names - _OUTSIDE.keys())]
    lines.append("  end")
    for path in paths:
        port = ports_text(frozenset({(path.protocol, path.first, path.last)}))
        lines.append(f'  {_id(path.source)} -->|"{port}{_spoken(configuration, path.target)}"| {_id(path.target)}')
    return "\n".join(lines)


def _label(network: Network, name: str) -> str:
    nodes = [node for node in network.nodes if node.name == name]
    tiers = sorted({network.subnets[address].tier for node in nodes for address in node.subnets})
    public = ", public addresses" if any(node.public for node in nodes) else ""
    return f"{_INSIDE.get(name, name)}<br/>{' and '.join(tiers)} subnets{public}"


def _spoken(configuration: Configuration, target: str) -> str:
    """Whether load balancer and tasks are reached over TLS or in clear; empty for other nodes."""
    if target not in _LISTENING:
        return ""
    protocols = {body.get("protocol") for body in configuration.all(_LISTENING[target]).values()}
    return ", TLS" if protocols == {"HTTPS"} else ", in clear"


def _id(name: str) -> str:
    return name.replace(" ", "_").replace(".", "_").replace("-", "_")
