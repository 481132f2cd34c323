"""Makes a container: its command, variables, folder, ports and user, out of image and task definition."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_aws.images import ImageSettings, StoredImage
from local_aws.traffic.clock import Clock
from local_aws.traffic.tasks.addresses import Addresses, free_port
from local_aws.traffic.tasks.api import EngineError
from local_aws.traffic.tasks.container import Container
from local_aws.traffic.tasks.deployed import DeployedContainer
from local_aws.traffic.tasks.environment import Surroundings, environment_of, in_tree
from local_aws.traffic.tasks.process import Launch
from local_aws.traffic.tasks.roles import TaskRoles
from local_aws.traffic.tasks.users import Account, account_of

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


class Creation:
    """Makes containers, each with a folder of its own in `folder`.

    `gateway` is the address of the emulated AWS, `certificate` a PEM file that tasks trust.
    """

    def __init__(
        self,
        folder: Path,
        addresses: Addresses,
        roles: TaskRoles,
        clock: Clock,
        *,
        gateway: str,
        certificate: Path | None,
    ) -> None:
        self._folder, self._addresses, self._roles, self._clock = folder, addresses, roles, clock
        self._gateway, self._certificate = gateway, certificate
        self._noted: set[str] = set()

    def container(
        self, name: str, told: Mapping[str, Any], image: StoredImage, deployed: DeployedContainer
    ) -> Container:
        """A container as a body of the Engine API tells it.

        Raises EngineError: 400 where nothing says what to execute, 500 without a free address.
        """
        command = _command(image, deployed, told.get("Cmd") or ())
        if not command:
            raise EngineError(400, "no command specified")
        try:
            address = self._addresses.take(deployed.subnets)
        except LookupError as problem:
            raise EngineError(500, f"RESOURCE:ENI: {problem}") from None
        folder = self._folder / secrets.token_hex(8)
        account = self._account(image, deployed)
        temporary = _made_folder(folder / "tmp", account)
        variables = dict(each.partition("=")[::2] for each in told.get("Env") or ())
        ports = {port: free_port() for port in deployed.ports}
        around = Surroundings(
            ports,
            self._roles.enrol(deployed, folder.name, variables.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")),
            self._gateway,
            self._trusted(folder),
            temporary,
            f"ip-{address.ip.replace('.', '-')}.ec2.internal",
        )
        working = deployed.working_directory or image.settings.working_directory
        launch = Launch(
            tuple(in_tree(image, word) for word in command),
            environment_of(image, variables, around),
            Path(in_tree(image, working)) if working != "/" else image.tree,
            account.user if account else None,
            account.group if account else None,
        )
        return Container(
            name,
            told["Image"],
            told["Labels"],
            deployed,
            address,
            ports,
            launch,
            folder,
            image.settings.stop_signal,
            self._clock,
        )

    def _account(self, image: StoredImage, deployed: DeployedContainer) -> Account | None:
        wanted = deployed.user or image.settings.user
        account, note = account_of(wanted, (image.tree, image.interpreter, self._folder.parent))
        if note and note not in self._noted:
            self._noted.add(note)
            print(note, file=sys.stderr, flush=True)
        return account

    def _trusted(self, folder: Path) -> Path | None:
        """A file with the certificates alone: the run's own file holds its key too, and only its owner reads it."""
        if self._certificate is None:
            return None
        trusted = folder / "certificates.pem"
        found = _CERTIFICATE.findall(self._certificate.read_text(encoding="ascii"))
        trusted.write_text("".join(found), encoding="ascii")
        return trusted


def _made_folder(folder: Path, account: Account | None) -> Path:
    folder.mkdir(parents=True)
    if account is not None:
        os.chown(folder, account.user, account.group)
    return folder


def _command(image: StoredImage, deployed: DeployedContainer, command: Any) -> tuple[str, ...]:
    """Words of the process: a task definition's entry point takes the image's command away, as with Docker."""
    settings: ImageSettings = image.settings
    if deployed.entrypoint is not None:
        return (*deployed.entrypoint, *command)
    return (*settings.entrypoint, *(command or settings.command))
