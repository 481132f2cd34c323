"""The role of the function that finishes the domain. It exists before the domain, whose administrator it is."""

from __future__ import annotations

from constructs import Construct

from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.needs import declare
from constructs_lib.search.access import configure_needs, configure_statement


class BootstrapRole(FunctionRole):
    """Role that configures `domain_arn` from inside the VPC."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        domain_arn: str,
        surroundings: FunctionSurroundings,
    ) -> None:
        super().__init__(
            scope,
            id_,
            names=names,
            description="Finishes the OpenSearch domain from inside the VPC",
            surroundings=surroundings,
            statements=(configure_statement(domain_arn),),
            in_vpc=True,
        )
        declare(self, *configure_needs(self.arn, domain_arn))
