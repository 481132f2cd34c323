"""Before an apply: take alarms off the service that the apply is about to delete.

No document says what ECS does with the name of an alarm that doesn't exist, so the service never has one. What an apply
adds is named after it (`after_apply.py`), once it exists.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.console import err
from pipeline.errors import SitechatError
from pipeline.operations.releases.choosing import choose_strategy
from pipeline.operations.releases.rolling import ALARM, Rolling
from pipeline.operations.releases.service import deployed_service
from pipeline.session import Session
from terraform_json.blocks import Config, resources


def take_deleted_alarms_off(session: Session, config: Config) -> None:
    """Have the service of rolling releases name those alarms alone that its layer keeps; this begins no deployment.

    `config` is what is applied to the layer. A service that can't be asked is said, and stops no apply: this one may
    repair it.
    """
    try:
        _take_off(session, config)
    except SitechatError as error:
        err.print(f"  alarms that this apply deletes may stay named by the service: {error.message}", markup=False)


def _take_off(session: Session, config: Config) -> None:
    service = deployed_service(session)
    strategy = choose_strategy(session, service) if service is not None else None
    if not isinstance(strategy, Rolling):
        return
    configured = {block.body.get("alarm_name") for block in resources(config) if block.type == ALARM}
    kept = tuple(each for each in strategy.alarms if each in configured)
    if kept != strategy.alarms and replace(strategy, alarms=kept, alarms_now=None).restore_alarms():
        err.print("  alarms that this apply deletes take no release back any more", markup=False)
