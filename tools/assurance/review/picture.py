"""The allowed paths of an environment as a Mermaid graph, drawn from what is synthesised."""

from __future__ import annotations

from policies.proof.account import Configuration
from policies.proof.network import Network
from policies.proof.ports import text
from policies.proof.reachability import works
from policies.proof.reading import read_network

_OUTSIDE = {"internet": "internet", "cloudfront": "CloudFront", "s3": "S3, through the gateway endpoint"}
_INSIDE = {
    "alb": "load balancer",
    "task": "tasks",
    "search": "OpenSearch",
    "function": "function that finishes the domain",
}
# What decides how these are spoken to.
_LISTENING = {"alb": "aws_lb_listener", "task": "aws_lb_target_group"}


def mermaid(account: Configuration) -> str:
    """A graph whose arrows are the connections that work; whatever has no arrow can't be opened."""
    network = read_network(account)
    paths = sorted(works(network))
    names = {name for path in paths for name in (path.source, path.target)}
    lines = ["flowchart LR", '  viewers(["viewers"]) -->|"HTTPS, web ACL"| cloudfront']
    lines += [f'  {_id(name)}(["{label}"])' for name, label in _OUTSIDE.items() if name in names]
    lines.append(f'  subgraph vpc["VPC {network.cidr}"]')
    lines += [f'    {_id(name)}["{_label(network, name)}"]' for name in sorted(names - _OUTSIDE.keys())]
    lines.append("  end")
    for path in paths:
        port = text(frozenset({(path.protocol, path.first, path.last)}))
        lines.append(f'  {_id(path.source)} -->|"{port}{_spoken(account, path.target)}"| {_id(path.target)}')
    return "\n".join(lines)


def _label(network: Network, name: str) -> str:
    nodes = [node for node in network.nodes if node.name == name]
    tiers = sorted({network.subnets[address].tier for node in nodes for address in node.subnets})
    public = ", public addresses" if any(node.public for node in nodes) else ""
    return f"{_INSIDE.get(name, name)}<br/>{' and '.join(tiers)} subnets{public}"


def _spoken(account: Configuration, target: str) -> str:
    """Whether TLS is spoken on the last hops, where it is a choice."""
    if target not in _LISTENING:
        return ""
    protocols = {body.get("protocol") for body in account.all(_LISTENING[target]).values()}
    return ", TLS" if protocols == {"HTTPS"} else ", in clear"


def _id(name: str) -> str:
    return name.replace(" ", "_").replace(".", "_").replace("-", "_")
