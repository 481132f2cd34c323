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
from tools.assurance.flips.survey import FlippedEnvironment, flips, outcomes, survivors, synthesise_environments


def main() -> int:
    """Try all flips; exit status 1 when the survivors differ from those listed in survivors.toml."""
    parser = argparse.ArgumentParser(prog="python -m tools.assurance.flips", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="draw other places; prints alone")
    parser.add_argument("--refresh", action="store_true", help="take schema.txt from the provider first")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subjects = synthesise_environments(Path(folder))
        if options.refresh:
            schema.write_schema(provider_arguments(subjects, Path(folder)))
        found = []
        chosen = flips(subjects, schema.read_schema(), options.seed)
        for number, outcome in enumerate(outcomes(chosen), start=1):
            print(f"\r{number} of {len(chosen)}", end="", file=sys.stderr, flush=True)
            found.append(outcome)
    print("\r" + document.figures_line(found))
    surviving = {each.flip.id for each in found if not each.caught}
    for each in sorted(surviving ^ set(survivors())):
        print(f"{each}: {'survives' if each in surviving else 'is caught, but listed in survivors.toml'}")
    if options.seed == SEED:
        document.flips_page().write_text(document.flips_markdown(found, survivors()), encoding="utf-8")
    return int(surviving != set(survivors()))


def provider_arguments(subjects: list[FlippedEnvironment], folder: Path) -> list[schema.Argument]:
    """Arguments of the environments' resource types, as the provider has them. SitechatError (3) without Terraform."""
    terraform, variables = tools.find_terraform(), terraform_variables(os.environ, Work(repo_root()))
    work = folder / "provider"
    work.mkdir()
    providers = subjects[0].configs["infrastructure"]["terraform"]["required_providers"]
    (work / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": providers}}))
    init = [str(terraform), "init", "-backend=false", "-input=false"]
    subprocess.run(init, cwd=work, env=variables, check=True, stdout=subprocess.DEVNULL)
    kinds = {kind for each in subjects for config in each.configs.values() for kind in config["resource"]}
    return list(schema.select(schema.installed_schemas(terraform, work, variables), kinds))


if __name__ == "__main__":
    sys.exit(main())
