"""IAM Access Analyzer: access to the account's resources from outside."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.accessanalyzer_analyzer import AccessanalyzerAnalyzer
from constructs import Construct


class Analyzer(Construct):
    """An analyzer of access from outside the account, for one region. Unused access is another kind, priced by role."""

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        AccessanalyzerAnalyzer(self, "analyzer", analyzer_name=name, type="ACCOUNT")
