"""The sets of bindings that the project is to move to, and what they say of themselves in a synthesis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.next.compare import Expected

ROOT = Path(__file__).resolve().parents[2]
SYNTHESISE = "tools.next.synthesise"
# What the product's own bindings say.
PROVIDER, FRAMEWORK = "5.100.0", "0.21.0"


@dataclass(frozen=True)
class Bindings:
    """A set of bindings: its name, which is also that of its environment, and the versions that a synthesis names.

    `source` is how it names the provider; `module` starts Python's program, before which an alias may have to be set.
    """

    name: str
    provider: str
    framework: str
    source: str
    module: tuple[str, ...] = (SYNTHESISE,)

    @property
    def python(self) -> Path:
        """Python of its environment."""
        return ROOT / ".venv-next" / self.name / "bin" / "python"

    def differences(self, layers: Iterable[str]) -> Expected:
        """All that may differ from the product's synthesis of the same environment."""
        expected: dict[str, tuple[str, str]] = {}
        for layer in layers:
            aws = f"{layer}/terraform/required_providers/aws"
            expected[f"{aws}/version"] = PROVIDER, self.provider
            expected[f"{aws}/source"] = "aws", self.source
            expected[f"{layer}////metadata/version"] = FRAMEWORK, self.framework
        expected["manifest/version"] = FRAMEWORK, self.framework
        return {place: (before, after) for place, (before, after) in expected.items() if before != after}


PRODUCT = Path(".venv") / "bin" / "python"
NEXT = (
    Bindings("cdktf", "6.25.0", FRAMEWORK, "aws"),
    Bindings("cdktn", "6.69.1", "0.24.0", "hashicorp/aws", ("tools.next.cdktn", SYNTHESISE)),
)
