"""Start, find and stop the emulated AWS for the commands, with its errors converted to ours."""

from __future__ import annotations

import shutil

import local_aws
from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError
from pipeline.work import Work, repo_root


def start_emulated_aws(*, traffic: bool = True) -> local_aws.Endpoint:
    """Start the emulators, or find the running ones, and delete bundles and Terraform data of earlier runs.

    Only with `traffic` does what is deployed carry requests.
    """
    work = Work(repo_root())
    with step("start the emulated AWS") as progress:
        try:
            endpoint = local_aws.start(work.local, traffic=traffic, progress=progress.update)
        except local_aws.LocalAwsError as error:
            raise _ours(error) from None
    for folder in work.runs.glob("*"):
        if folder.name != endpoint.run_id:
            shutil.rmtree(folder, ignore_errors=True)
    return endpoint


def running_emulated_aws() -> local_aws.Endpoint | None:
    """Endpoint of the running emulated AWS, or None."""
    return local_aws.status(Work(repo_root()).local)


def emulated_site() -> str:
    """Address at which the deployed site of the running emulated AWS answers; empty without a data plane."""
    endpoint = running_emulated_aws()
    return endpoint.site if endpoint else ""


def stop_emulated_aws() -> bool:
    """Stop the emulators; False when none ran."""
    try:
        return local_aws.stop(Work(repo_root()).local)
    except local_aws.LocalAwsError as error:
        raise _ours(error) from None


def _ours(error: local_aws.LocalAwsError) -> SitechatError:
    return SitechatError(error.message, hint=error.hint, code=ExitCode.MISSING)
