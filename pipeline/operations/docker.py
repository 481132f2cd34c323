"""Build and push images with Docker, signed in only for as long as that takes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.source import BuildSource

# Docker's output is progress, and stdout is for results only.
STDERR = 2
PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}


def find_docker() -> Path:
    """Path of the docker client. Raises SitechatError (3) when it, its buildx plugin or its engine is missing."""
    found = shutil.which("docker")
    if found is None:
        raise SitechatError(
            "Docker is not on PATH, and images are built with it",
            hint="Install Docker with buildx (https://docs.docker.com/engine/install), or push from a machine that has "
            "it; every other command works without.",
            code=ExitCode.MISSING,
        )
    docker = Path(found)
    _require(
        docker, ("buildx", "version"), "Docker has no buildx plugin", "https://docs.docker.com/build/install-buildx"
    )
    _require(docker, ("version", "--format", "{{.Server.Version}}"), "the Docker engine does not answer", "Start it.")
    return docker


def _require(docker: Path, arguments: tuple[str, ...], message: str, hint: str) -> None:
    result = subprocess.run([docker, *arguments], capture_output=True, text=True, check=False)
    if result.returncode:
        said = result.stderr.strip().splitlines()
        raise SitechatError(f"{message}: {said[-1]}" if said else message, hint=hint, code=ExitCode.MISSING)


@contextmanager
def signed_in(docker: Path, registry: str, token: str, variables: Mapping[str, str]) -> Iterator[None]:
    """Sign Docker in to `registry` while inside. The token goes over stdin: other users can read command lines."""
    login = [str(docker), "login", "--username", "AWS", "--password-stdin", registry]
    result = subprocess.run(login, input=token, capture_output=True, text=True, env=dict(variables), check=False)
    if result.returncode:
        said = result.stderr.replace(token, "***").strip()
        raise SitechatError(f"Docker could not sign in to {registry}: {said}", code=ExitCode.FAILED)
    try:
        yield
    finally:
        # Without a credential helper, Docker stores the token in clear in its configuration.
        subprocess.run([docker, "logout", registry], capture_output=True, env=dict(variables), check=False)


def build_and_push(
    docker: Path, source: BuildSource, image: str, *, platform: str, variables: Mapping[str, str]
) -> None:
    """Build `source` for one platform and push it as `image`. Raises SitechatError (6) when Docker fails."""
    # With provenance, what is released would be an index of two manifests, and its digest none that a scan names.
    command = [str(docker), "buildx", "build", "--platform", platform, "--provenance=false", "--pull"]
    # Times of files as well, where BuildKit can: from 0.13 on, with a builder of its own or containerd's images.
    command += ["--output", "type=registry,rewrite-timestamp=true" if source.epoch else "type=registry"]
    if source.epoch:
        command += ["--build-arg", f"SOURCE_DATE_EPOCH={source.epoch}"]
    for name, folder in source.named.items():
        command += ["--build-context", f"{name}={folder}"]
    command += ["--tag", image, "--label", f"org.opencontainers.image.revision={source.revision}", str(source.context)]
    result = subprocess.run(command, stdout=STDERR, env=dict(variables), check=False)
    if result.returncode:
        raise SitechatError(
            f"Docker could not build and push {image} (exit {result.returncode}); what it said stands above",
            hint=f"`exec format error` means that this machine can't run {platform}: install QEMU for Docker, or set "
            "[service] architecture to that of this machine.",
            code=ExitCode.FAILED,
        )
