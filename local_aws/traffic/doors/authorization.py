"""Question to `Identity` on behalf of a door: a refusal becomes AWS's answer, both become a step of the road."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.traffic.doors.asgi import AwsError, Call
from local_aws.traffic.doors.identity import Identity


async def require(
    identity: Identity,
    call: Call,
    action: str,
    resource: str,
    context: Mapping[str, str] | None = None,
    *,
    through_endpoint: bool = True,
) -> None:
    """Raise AwsError (403) unless the caller may do `action` on `resource`.

    Tasks are in the VPC, so endpoint policies count for them; not with `through_endpoint = False`, for what a service
    asks for in the caller's name.
    """
    in_vpc = through_endpoint and identity.caller(call.key_id) is not None
    decision = await identity.decide(call.key_id, action, resource, context, in_vpc=in_vpc)
    outcome = "allowed" if decision.allowed else "refused"
    call.road.step("identity", decision.decided, f"{outcome} {action} on {resource}", refused=not decision.allowed)
    if not decision.allowed:
        raise AwsError(403, decision.code, decision.reason)
