"""Log groups of names that AWS keeps for itself: only the data plane, which stands for AWS, makes and fills them."""

from __future__ import annotations

from local_aws.endpoint import PLANE_AGENT
from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, ShimError

# Prefix of reserved names (CloudWatch Logs API, CreateLogGroup); names of services that begin with "/aws/" are free.
_RESERVED = "aws/"
_INVALID = "InvalidParameterException"


def _create(request: Request, body: Item) -> None:
    if _is_reserved(request, body):
        raise ShimError(_INVALID, "Log groups starting with AWS/ are reserved for AWS.")


def _fill(request: Request, body: Item) -> None:
    """Spans can't be sent by PutLogEvents (CloudWatch user guide, "Spans", unsupported features)."""
    if _is_reserved(request, body):
        raise ShimError(_INVALID, f"log group {body['logGroupName']} takes no events but AWS's own")


def _is_reserved(request: Request, body: Item) -> bool:
    by_aws = PLANE_AGENT in request.headers.get("user-agent", "")
    return not by_aws and str(body.get("logGroupName", "")).lower().startswith(_RESERVED)


REFUSALS: dict[str, Handler] = {"CreateLogGroup": _create, "CreateLogStream": _fill, "PutLogEvents": _fill}
