"""What no rule about one resource can say: the proofs of policies/proof, as findings of the gate.

They cost some twenty milliseconds: checkov has read the authorisation data of AWS already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.scan.model import Finding
from terraform_json.merged import Merged

if TYPE_CHECKING:
    from config import Environment
    from policies.proof.catalogue import Broken


def find_unproven(merged: Merged, env: Environment) -> tuple[list[Finding], list[str], frozenset[str]]:
    """Findings, problems, and the check ids that can occur. A proof that can't be made is a problem, never a pass."""
    from policies.proof.account import Configuration
    from policies.proof.catalogue import PROOFS, check_id, prove

    groups: dict[tuple[str, str], list[Broken]] = {}
    problems: list[str] = []
    try:
        for broken in prove(Configuration(merged), env):
            groups.setdefault((broken.rule, broken.address), []).append(broken)
    except Exception as error:  # whatever stops a proof has to turn the gate red
        problems.append(f"the proofs could not be made: {error!r}")
    findings = [
        Finding(
            address,
            check_id(rule),
            PROOFS[rule].title,
            PROOFS[rule].fix,
            tuple(sorted({each.attribute for each in group if each.attribute})),
            detail="; ".join(each.detail for each in group),
        )
        for (rule, address), group in groups.items()
    ]
    return findings, problems, frozenset(map(check_id, PROOFS))
