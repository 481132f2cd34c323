"""Deployments that several files share, and the order in which workers take the files: what waits longest begins first.

With xdist (`--dist loadgroup`) a file stays on one worker, and so do all files that share a deployment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import production
from tests.e2e.checkout import checkout
from tests.e2e.deployed_site import SHIFTING, deploy_site
from tests.e2e.machines import Machine
from tests.e2e.site import Site

# Files whose tests look at one deployment of a production environment.
OF_PRODUCTION = ("test_every_type.py", "test_deployment_page.py")
# Files whose tests ask one site: those that only look at it before those that break it.
OF_SITE = ("test_chat_page.py", "test_traffic.py")
# Files whose tests release to one site by canaries, and then let Terraform forget it.
OF_SHIFTING = ("test_canary.py", "test_state_forgot_resources.py")
SHARED = {"production": OF_PRODUCTION, "site": OF_SITE, "shifting": OF_SHIFTING}
GROUPS = {name: group for group, names in SHARED.items() for name in names}
# Files that take longest, those that share a deployment together; the others follow, in the order of their names. Three
# deployments begin first, which mostly wait, and beside them what keeps a processor busy. A deployed site takes a tenth
# of a processor by itself, so that more of them at once take longer, one by one and together.
LONGEST = (
    "test_search_domain.py",
    *OF_PRODUCTION,
    *OF_SHIFTING,
    "../tools/moves/test_reviewed.py",
    *OF_SITE,
    "test_ci.py",
    "test_ingestion.py",
    "test_deployment.py",
    "test_flips.py",
    "test_signed_code.py",
    "test_stock_cdktf.py",
    "test_recovery_fuzz.py",
)
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups, also where files of this folder are named
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests by file, and those that share a deployment together; the longest groups come first."""
    place = {(HERE / name).resolve(): number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST) + (item.path.parent != HERE)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    if item.path.parent == HERE and item.path.name in GROUPS:
        return GROUPS[item.path.name]
    return item.path.relative_to(item.config.rootpath).with_suffix("").as_posix().replace("/", ".")


@pytest.fixture(scope="module", autouse=True)
def tiny_layers(request: pytest.FixtureRequest) -> Iterator[None]:
    """The layers of machines.py are no environment's: they wait in provisioners, under a provider of their own.

    So the lists that a plan of a whole environment is held to are left out for them; its checks run all the same.
    """
    with pytest.MonkeyPatch.context() as patch:
        if getattr(request.module, "Machine", None) is Machine:
            patch.setattr("pipeline.scan.plan.plan_shape_problems", lambda plan, layer, env: [])
            patch.setattr("pipeline.scan.plan.unvouched_plan", lambda plan, layer, env: ())
        yield


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[production.Lived]:
    """Deployment and destruction of a production environment, as docs/deployment.md says."""
    with checkout(tmp_path_factory.mktemp("production") / "sitechat") as made:
        yield production.live(made)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Site that answers from the pages of deployed_site.py. Each test leaves it as it found it.

    No alarm watches its releases: `tests.e2e.strategies` and tests/local_aws/releases/test_rolling.py are about those.
    """
    with checkout(tmp_path_factory.mktemp("site") / "sitechat") as made:
        unwatched = {"rollback_alarms": False}
        yield deploy_site(made, {"service": {"execute_command": True}, "deployment": unwatched})


@pytest.fixture(scope="session")
def shifting_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Site whose releases CodeDeploy shifts."""
    with checkout(tmp_path_factory.mktemp("shifting") / "sitechat") as made:
        yield deploy_site(made, SHIFTING)
