"""Images of an environment in the emulated AWS: a folder of this run stands for one, and no Docker is asked for."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import local_aws
from local_aws.images import PackingError, missing_requirements, pack
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.contents import put_blob, put_manifest
from pipeline.operations.manifests import stored_manifest
from pipeline.operations.registry import DeployedRepository
from pipeline.operations.source import BuildSource


def pack_and_push(repository: DeployedRepository, source: BuildSource, run_folder: Path) -> None:
    """Put the files of `source` into the run's folder and their manifest, with its tag, into the emulated registry.

    Tasks run them with the Python that runs this. Raises SitechatError: 2 for a Dockerfile that a process can't stand
    for, 3 when this Python lacks what requirements.txt names.
    """
    python = Path(sys.executable)
    _check_requirements(source.context, python)
    try:
        image = pack(source.context, local_aws.images_folder(run_folder), python, named=source.named)
    except PackingError as problem:
        raise SitechatError(
            f"{source.context}: {problem}",
            hint="The emulated AWS runs an image as a process: docs/emulation.md says what it takes from a Dockerfile.",
            code=ExitCode.USAGE,
        ) from None
    for note in image.notes:
        err.print(f"  {note}", markup=False)
    for digest, content in image.blobs.items():
        put_blob(repository, digest, io.BytesIO(content))
    put_manifest(repository, stored_manifest(image.manifest, image.digest), tag=source.tag)


def _check_requirements(context: Path, python: Path) -> None:
    absent, other = missing_requirements(context, python)
    if absent:
        raise SitechatError(
            f"{python} runs the image's tasks here, and lacks {', '.join(absent)} of its requirements.txt",
            hint="Install them there, or run this command with a Python that has them.",
            code=ExitCode.MISSING,
        )
    for each in other:
        err.print(f"  in other versions than requirements.txt says: {each}", markup=False)
