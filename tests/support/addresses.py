"""Address list of each environment: `python -m tests.support.addresses` rewrites tests/addresses/*.txt."""

from __future__ import annotations

from tests.support.environments import NAMES, ROOT
from tests.support.run_folder import run_folder
from tests.support.shared import environment

FOLDER = ROOT / "tests" / "addresses"


def addresses(name: str) -> str:
    """Addresses of an environment, one `layer type.name` a line, sorted."""
    lines = sorted(
        f"{layer} {address}" for layer, template in environment(name).items() for address in template.addresses()
    )
    return "\n".join(lines) + "\n"


def write() -> None:
    """Rewrite every list."""
    FOLDER.mkdir(exist_ok=True)
    with run_folder():
        for name in NAMES:
            (FOLDER / f"{name}.txt").write_text(addresses(name))


if __name__ == "__main__":
    write()
