"""The emulated AWS: moto and ministack behind one loopback address, as one account.

Needs only the standard library. Begin with `start`."""

from __future__ import annotations

from local_aws.control import is_running, start, status, stop
from local_aws.coverage import FORGOTTEN, UNCOVERED, UNPROVEN
from local_aws.endpoint import Endpoint, images_folder
from local_aws.environment import REMOVED, endpoint_variables, redirect_variables
from local_aws.errors import LocalAwsError

__all__ = [
    "FORGOTTEN",
    "REMOVED",
    "UNCOVERED",
    "UNPROVEN",
    "Endpoint",
    "LocalAwsError",
    "endpoint_variables",
    "images_folder",
    "is_running",
    "redirect_variables",
    "start",
    "status",
    "stop",
]
