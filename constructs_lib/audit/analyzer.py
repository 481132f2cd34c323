"""IAM Access Analyzer: who outside the account can reach what is inside."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.accessanalyzer_analyzer import AccessanalyzerAnalyzer
from constructs import Construct


class Analyzer(Construct):
    """Access from outside the account, region by region. The kind that finds unused access is priced by role."""

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        AccessanalyzerAnalyzer(self, "analyzer", analyzer_name=name, type="ACCOUNT")
