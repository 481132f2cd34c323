from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

import pytest

from constructs_lib.security.distributions import DistributionError, distribution_files

SITE_PACKAGES = "site-packages"


class Installed:
    """A folder of installed distributions, and the pins that go with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / SITE_PACKAGES
        self.folder.mkdir()
        self.constraints = folder / "constraints.txt"
        self.constraints.write_text("# pinned\n")

    def add(self, name: str, files: dict[str, bytes], *, version: str = "1.0", needs: str = "", pin: str = "") -> None:
        info = f"{name}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}".encode()
        record = []
        for path, content in {**files, f"{info}/METADATA": metadata}.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            record.append(f"{path},sha256={digest},{len(content)}")
        (self.folder / info / "RECORD").write_text("\n".join([*record, f"{info}/RECORD,,"]))
        with self.constraints.open("a") as file:
            file.write(f"{name}=={pin or version}\n")

    def files(self, *names: str) -> dict[str, bytes]:
        return dict(distribution_files(names, constraints=self.constraints))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    folder = Installed(tmp_path)
    monkeypatch.setattr(sys, "path", [str(folder.folder)])
    return folder


def test_modules_and_licenses(installed: Installed) -> None:
    license_file = "soup-1.0.dist-info/licenses/LICENSE"
    installed.add("soup", {"soup/__init__.py": b"A = 1\n", "soup/py.typed": b"", license_file: b"MIT"})
    assert installed.files("soup") == {"soup/__init__.py": b"A = 1\n", license_file: b"MIT"}


def test_another_version_than_the_pinned_one(installed: Installed) -> None:
    installed.add("soup", {"soup.py": b""}, version="1.0", pin="1.1")
    with pytest.raises(DistributionError, match=r"soup 1\.0 is installed, constraints\.txt has 1\.1"):
        installed.files("soup")


def test_a_file_that_was_changed(installed: Installed) -> None:
    installed.add("soup", {"soup.py": b"A = 1\n"})
    (installed.folder / "soup.py").write_bytes(b"A = 2\n")
    with pytest.raises(DistributionError, match=r"soup\.py is not what soup was released with"):
        installed.files("soup")


def test_a_file_without_a_hash(installed: Installed) -> None:
    installed.add("soup", {"soup.py": b""})
    record = installed.folder / "soup-1.0.dist-info" / "RECORD"
    record.write_text(record.read_text() + "\nplanted.py,,\n")
    (installed.folder / "planted.py").write_bytes(b"")
    with pytest.raises(DistributionError, match=r"planted\.py"):
        installed.files("soup")


def test_native_code(installed: Installed) -> None:
    installed.add("soup", {"soup.py": b"", "soup/_fast.cpython-313-aarch64-linux-gnu.so": b""})
    with pytest.raises(DistributionError, match="native code"):
        installed.files("soup")


def test_what_it_needs_comes_along(installed: Installed) -> None:
    installed.add("soup", {"soup.py": b""}, needs="Requires-Dist: Sieve_X>=1\nRequires-Dist: lxml; extra == 'lxml'\n")
    installed.add("sieve_x", {"sieve.py": b""})
    with pytest.raises(DistributionError, match="soup needs sieve-x"):
        installed.files("soup")
    assert set(installed.files("soup", "sieve_x")) == {"soup.py", "sieve.py"}


def test_what_is_not_installed(installed: Installed) -> None:
    with pytest.raises(DistributionError, match="soup is not installed"):
        installed.files("soup")


def test_commands_and_caches_stay_behind(installed: Installed) -> None:
    installed.add("soup", {"soup.py": b"", "../bin/soup.py": b"", "__pycache__/soup.cpython-313.py": b""})
    assert set(installed.files("soup")) == {"soup.py"}
