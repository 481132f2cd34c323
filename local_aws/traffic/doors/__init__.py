"""Doors to Bedrock and OpenSearch, at which the policies of the caller's role decide.

`Identity` knows who a key id belongs to; `BedrockDoor` and `SearchDoor` are ASGI applications behind it.
"""

from __future__ import annotations

from local_aws.traffic.doors.bedrock import BedrockDoor
from local_aws.traffic.doors.faults import Fault
from local_aws.traffic.doors.identity import Decision, Identity
from local_aws.traffic.doors.invocations import Invocation
from local_aws.traffic.doors.search import SearchDoor

__all__ = ["BedrockDoor", "Decision", "Fault", "Identity", "Invocation", "SearchDoor"]
