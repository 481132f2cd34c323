"""Try every flip and rewrite docs/security-flips.md: `python -m tools.assurance.flips [--seed NUMBER] [--refresh]`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline.session import terraform_variables
from pipeline.terraform import tools
from pipeline.work import Work, repo_root
from tools.assurance.flips import document, schema
from tools.assurance.flips.flip import SEED
from tools.assurance.flips.survey import FlippedEnvironment, flips, outcomes, survivors, synthesised


def main() -> int:
    """Exit status 1 when something survives that the list doesn't know, or the other way round."""
    parser = argparse.ArgumentParser(prog="python -m tools.assurance.flips", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="draw other places; prints alone")
    parser.add_argument("--refresh", action="store_true", help="take schema.txt from the provider first")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subjects = synthesised(Path(folder))
        if options.refresh:
            schema.write(provided(subjects, Path(folder)))
        found = []
        chosen = flips(subjects, schema.read(), options.seed)
        for number, outcome in enumerate(outcomes(chosen), start=1):
            print(f"\r{number} of {len(chosen)}", end="", file=sys.stderr, flush=True)
            found.append(outcome)
    print("\r" + document.summary(found))
    surviving = {each.flip.id for each in found if not each.caught}
    for each in sorted(surviving ^ set(survivors())):
        print(f"{each}: {'survives' if each in surviving else 'is caught, but listed in survivors.toml'}")
    if options.seed == SEED:
        document.path().write_text(document.document(found, survivors()), encoding="utf-8")
    return int(surviving != set(survivors()))


def provided(subjects: list[FlippedEnvironment], folder: Path) -> list[schema.Argument]:
    """What the installed provider says of the subjects' resource types. Raises SitechatError (3) without Terraform."""
    terraform, variables = tools.find_terraform(), terraform_variables(os.environ, Work(repo_root()))
    work = folder / "provider"
    work.mkdir()
    providers = subjects[0].configs["infrastructure"]["terraform"]["required_providers"]
    (work / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": providers}}))
    init = [str(terraform), "init", "-backend=false", "-input=false"]
    subprocess.run(init, cwd=work, env=variables, check=True, stdout=subprocess.DEVNULL)
    kinds = {kind for each in subjects for config in each.configs.values() for kind in config["resource"]}
    return list(schema.select(schema.ask(terraform, work, variables), kinds))


if __name__ == "__main__":
    sys.exit(main())
