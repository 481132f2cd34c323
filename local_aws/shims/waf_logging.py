"""WAFv2 logging configurations, which ministack lacks; the web ACLs themselves are ministack's."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Shim, ShimError


class WafLogging(Shim):
    """Configurations by the ARN of the web ACL, which holds scope and region."""

    service = "wafv2"

    def __init__(self) -> None:
        super().__init__()
        self._configurations: dict[str, Item] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "PutLoggingConfiguration": self._put,
            "GetLoggingConfiguration": self._get,
            "DeleteLoggingConfiguration": self._delete,
            "ListLoggingConfigurations": self._list,
        }

    def _put(self, request: Request, body: Item) -> Item:
        configuration = body["LoggingConfiguration"]
        for destination in configuration["LogDestinationConfigs"]:
            name = str(destination).split(":")[6 if ":log-group:" in destination else 5].rpartition("/")[2]
            if not name.startswith("aws-waf-logs-"):
                raise ShimError("WAFInvalidParameterException", f"{name}: a name must start with aws-waf-logs-")
        self._configurations[configuration["ResourceArn"]] = configuration
        return {"LoggingConfiguration": configuration}

    def _get(self, request: Request, body: Item) -> Item:
        return {"LoggingConfiguration": self._known(body["ResourceArn"])}

    def _delete(self, request: Request, body: Item) -> Item:
        self._known(body["ResourceArn"])
        del self._configurations[body["ResourceArn"]]
        return {}

    def _list(self, request: Request, body: Item) -> Item:
        scope = ":global/" if body["Scope"] == "CLOUDFRONT" else ":regional/"
        return {"LoggingConfigurations": [found for arn, found in self._configurations.items() if scope in arn]}

    def _known(self, arn: str) -> Item:
        if arn not in self._configurations:
            raise ShimError("WAFNonexistentItemException", f"no logging configuration for {arn}")
        return self._configurations[arn]
