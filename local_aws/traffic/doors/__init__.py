"""Doors to Bedrock, OpenSearch and X-Ray, at which the policies of the caller's role decide.

`Identity` knows who a key id belongs to; `BedrockDoor`, `SearchDoor` and `TracesDoor` are ASGI applications
behind it.
"""

from __future__ import annotations

from local_aws.traffic.doors.bedrock import BedrockDoor
from local_aws.traffic.doors.faults import Fault
from local_aws.traffic.doors.identity import Decision, Identity
from local_aws.traffic.doors.invocations import Invocation
from local_aws.traffic.doors.search import SearchDoor
from local_aws.traffic.doors.traces import TracesDoor

__all__ = ["BedrockDoor", "Decision", "Fault", "Identity", "Invocation", "SearchDoor", "TracesDoor"]
