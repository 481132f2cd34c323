"""Refuses what exists already where AWS does and an emulator doesn't, so that a second one is never made.

Only types that are deployed: those with names of their own the emulators refuse by themselves. Codes and messages are
AWS's, from its API references and from reports of the provider's users.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

from local_aws.messages import Request, Response, error_response
from local_aws.shims.asking import Asking
from local_aws.shims.base import Forward, ShimError

# None passes the request on; an answer stands for it. Raises ShimError to refuse.
Check = Callable[[Asking], Response | None]


@dataclass(frozen=True)
class Duplicate:
    """One refusal: signing name of the service, operation, check, and how AWS words it for the documentation."""

    service: str
    operation: str
    check: Check
    words: str


class Duplicates:
    """The checks of one run. Each stands, with the request it lets through, in a turn of its own."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def turn(self, request: Request) -> AbstractContextManager[object]:
        """Hold others of the checked requests back until this one is answered: two could be let through at once."""
        return nullcontext() if _check_of(request) is None else self._turn

    def answer(self, request: Request, forward: Forward) -> Response | None:
        """The refusal of a duplicate, or the answer that AWS gives to one; None for whatever goes on."""
        duplicate = _check_of(request)
        if duplicate is None:
            return None
        try:
            return duplicate.check(Asking(request, forward))
        except ShimError as refusal:
            return error_response(request, refusal.status, refusal.code, str(refusal))


def _check_of(request: Request) -> Duplicate | None:
    return next((each for each in DUPLICATES if _asks_for(request, each)), None)


def _asks_for(request: Request, duplicate: Duplicate) -> bool:
    """Whether a request is of the operation; one whose path ends with a slash is followed by a name."""
    if request.service != duplicate.service:
        return False
    operation = request.operation.rstrip("/")
    if not duplicate.operation.endswith("/"):
        return operation == duplicate.operation
    start, _, name = operation.rpartition("/")
    return f"{start}/" == duplicate.operation and bool(name)


def _form(asking: Asking) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asking.request.body.decode("utf-8", "replace")).items()}


def _texts(element: ElementTree.Element, name: str) -> set[str]:
    return {each.text or "" for each in element.iterfind(f".//{{*}}{name}")}


def _listener(asking: Asking) -> Response | None:
    """CreateListener. The same one again is given as it is, and one with other settings on its port refused."""
    form = _form(asking)
    balancer, port = form.get("LoadBalancerArn", ""), form.get("Port", "")
    found = asking.balancing("DescribeListeners", {"LoadBalancerArn": balancer})
    for member in found.iterfind("./*/*/{*}member"):
        if member.findtext("{*}Port") == port:
            if not _is_same_listener(member, form):
                message = f"A listener already exists on this port for this load balancer '{balancer}'"
                raise ShimError("DuplicateListener", message)
            return _created(member)
    return None


def _is_same_listener(member: ElementTree.Element, form: dict[str, str]) -> bool:
    groups = {value for name, value in form.items() if name.endswith("TargetGroupArn")}
    certificates = {value for name, value in form.items() if name.endswith("CertificateArn")}
    return (
        member.findtext("{*}Protocol") == form.get("Protocol")
        and _texts(member, "TargetGroupArn") == groups
        and _texts(member, "CertificateArn") == certificates
        and member.findtext("{*}SslPolicy", "") in ("", form.get("SslPolicy", member.findtext("{*}SslPolicy", "")))
    )


def _created(member: ElementTree.Element) -> Response:
    namespace = member.tag.partition("}")[0].strip("{")
    answer = ElementTree.Element(f"{{{namespace}}}CreateListenerResponse")
    result = ElementTree.SubElement(answer, f"{{{namespace}}}CreateListenerResult")
    ElementTree.SubElement(result, f"{{{namespace}}}Listeners").append(member)
    content = ElementTree.tostring(answer, default_namespace=namespace)
    return Response(200, content, {"Content-Type": "text/xml"})


def _port_of_listener(asking: Asking) -> Response | None:
    form = _form(asking)
    arn, port = form.get("ListenerArn", ""), form.get("Port", "")
    if not port:
        return None
    balancer = arn.replace(":listener/", ":loadbalancer/").rpartition("/")[0]
    for member in asking.balancing("DescribeListeners", {"LoadBalancerArn": balancer}).iterfind("./*/*/{*}member"):
        if member.findtext("{*}Port") == port and member.findtext("{*}ListenerArn") != arn:
            message = f"A listener already exists on this port for this load balancer '{balancer}'"
            raise ShimError("DuplicateListener", message)
    return None


def _rule(asking: Asking) -> Response | None:
    form = _form(asking)
    found = asking.balancing("DescribeRules", {"ListenerArn": form.get("ListenerArn", "")})
    if form.get("Priority") in _texts(found, "Priority"):
        raise ShimError("PriorityInUse", f"Priority '{form['Priority']}' is currently in use")
    return None


def _gateway(asking: Asking) -> Response | None:
    """AttachInternetGateway. The VPC's own gateway again is refused by moto, with a code of its own."""
    form = _form(asking)
    vpc = form.get("VpcId", "")
    for item in asking.ec2("DescribeInternetGateways").iterfind("./{*}internetGatewaySet/{*}item"):
        if vpc in _texts(item, "vpcId") and item.findtext("{*}internetGatewayId") != form.get("InternetGatewayId"):
            raise ShimError("InvalidParameterValue", f"Network {vpc} already has an internet gateway attached")
    return None


def _association(asking: Asking) -> Response | None:
    """AssociateRouteTable. A subnet's own table again is given its association by moto."""
    form = _form(asking)
    subnet, table = form.get("SubnetId", ""), form.get("RouteTableId", "")
    for item in asking.ec2("DescribeRouteTables").iterfind("./{*}routeTableSet/{*}item"):
        if subnet and subnet in _texts(item, "subnetId") and item.findtext("{*}routeTableId") != table:
            message = f"the specified association for route table {table} conflicts with an existing association"
            raise ShimError("Resource.AlreadyAssociated", message)
    return None


def _endpoint(asking: Asking) -> Response | None:
    """CreateVpcEndpoint: a route table has one route to a service, and a VPC one private name for it."""
    form = _form(asking)
    vpc, service = form.get("VpcId", ""), form.get("ServiceName", "")
    tables = {value for name, value in form.items() if name.startswith("RouteTableId.")}
    for item in asking.ec2("DescribeVpcEndpoints").iterfind("./{*}vpcEndpointSet/{*}item"):
        if item.findtext("{*}vpcId") != vpc or item.findtext("{*}serviceName") != service:
            continue
        if taken := tables & {each.text or "" for each in item.iterfind("./{*}routeTableIdSet/{*}item")}:
            message = f"route table {min(taken)} already has a route with destination-prefix-list-id of {service}"
            raise ShimError("RouteAlreadyExists", message)
        if form.get("PrivateDnsEnabled") == "true" and item.findtext("{*}privateDnsEnabled") == "true":
            conflict = f"there is already a conflicting DNS domain for {service} in the VPC {vpc}"
            raise ShimError("InvalidParameter", f"private-dns-enabled cannot be set because {conflict}")
    return None


def _topic(asking: Asking) -> Response | None:
    """CreateTopic. The same one again is given its ARN, one with other tags refused."""
    form = _form(asking)
    topics = _texts(asking.query("sns", {"Action": "ListTopics", "Version": "2010-03-31"}), "TopicArn")
    arn = next((each for each in topics if each.rpartition(":")[2] == form.get("Name")), None)
    if arn is None:
        return None
    asked = {"Action": "ListTagsForResource", "Version": "2010-03-31", "ResourceArn": arn}
    found = asking.query("sns", asked).iterfind(".//{*}Tags/{*}member")
    tags = {each.findtext("{*}Key", ""): each.findtext("{*}Value", "") for each in found}
    if tags != dict(_sent_tags(form)):
        reason = "Tags Reason: Topic already exists with different tags"
        raise ShimError("InvalidParameter", f"Invalid parameter: {reason}")
    return None


def _sent_tags(form: dict[str, str]) -> Iterator[tuple[str, str]]:
    place = 1
    while name := form.get(f"Tags.member.{place}.Key"):
        yield name, form.get(f"Tags.member.{place}.Value", "")
        place += 1


def _detector(asking: Asking) -> Response | None:
    if json.loads(asking.get("guardduty", "/detector").body).get("detectorIds"):
        message = "The request is rejected because a detector already exists for the current account."
        raise ShimError("BadRequestException", message)
    return None


def _profile(asking: Asking) -> Response | None:
    name = urlsplit(asking.request.path).path.rpartition("/")[2]
    if asking.get("signer", f"/signing-profiles/{quote(name)}").status < 300:
        raise ShimError("ValidationException", f"Profile with name {name} already exists")
    return None


def _distribution(asking: Asking) -> Response | None:
    wanted = _aliases(ElementTree.fromstring(asking.request.body))
    listed = ElementTree.fromstring(asking.get("cloudfront", "/2020-05-31/distribution").body)
    if wanted & _aliases(listed):
        message = "One or more of the CNAMEs you provided are already associated with a different resource."
        raise ShimError("CNAMEAlreadyExists", message, 409)
    return None


def _aliases(element: ElementTree.Element) -> set[str]:
    return {each.text or "" for each in element.iterfind(".//{*}Aliases/{*}Items/{*}CNAME")}


_ELB = "elasticloadbalancing"
DUPLICATES = (
    Duplicate(_ELB, "CreateListener", _listener, "another listener on a port: DuplicateListener; the same: itself"),
    Duplicate(_ELB, "ModifyListener", _port_of_listener, "the port of another listener: DuplicateListener"),
    Duplicate(_ELB, "CreateRule", _rule, "the priority of another rule of a listener: PriorityInUse"),
    Duplicate("ec2", "AttachInternetGateway", _gateway, "a second one of a VPC: InvalidParameterValue"),
    Duplicate("ec2", "AssociateRouteTable", _association, "a subnet of another table: Resource.AlreadyAssociated"),
    Duplicate("ec2", "CreateVpcEndpoint", _endpoint, "a second one of a service: RouteAlreadyExists, InvalidParameter"),
    Duplicate("sns", "CreateTopic", _topic, "a topic with other tags: InvalidParameter; the same: itself"),
    Duplicate("guardduty", "POST /detector", _detector, "a second one of a region: BadRequestException"),
    Duplicate("signer", "PUT /signing-profiles/", _profile, "a name that was ever used: ValidationException"),
    Duplicate("cloudfront", "POST /2020-05-31/distribution", _distribution, "another's alias: CNAMEAlreadyExists"),
)
