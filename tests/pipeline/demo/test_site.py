"""The demo's site: served by a process of its own, met again, never in somebody else's place, gone with the run."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest

import local_aws
from pipeline.demo import site as demo_site
from pipeline.demo.site import FOLDER, IDENTITY_PATH, serve_garden
from pipeline.errors import ExitCode, SitechatError
from tests.pipeline.ingestion.conftest import unused_port as unused_port

PAGES = sorted(each.name for each in FOLDER.glob("*.html"))


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of a run of the emulated AWS."""
    folder = tmp_path_factory.mktemp("local")
    local_aws.start(folder)
    yield folder
    local_aws.stop(folder)


@pytest.fixture(scope="module")
def address(run_folder: Path) -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    return serve_garden(port, run_folder)


def asked(address: str, path: str, *, method: str = "GET", host: str | None = None) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()
    finally:
        connection.close()


def test_the_sitemap_names_every_page_on_the_host_that_was_asked_for(address: str) -> None:
    status, kind, body = asked(address, "/sitemap.xml", host="garden.example:81")
    assert (status, kind) == (200, "application/xml")
    found = [each.text for each in ElementTree.fromstring(body).iter() if each.tag.endswith("loc")]
    assert found == [f"http://garden.example:81/{name}" for name in PAGES]
    assert len(found) >= 8


@pytest.mark.parametrize("host", ["a<b", "a b", "x/y", "[::1]:80"])
def test_a_host_that_is_none_gets_no_sitemap(address: str, host: str) -> None:
    assert asked(address, "/sitemap.xml", host=host)[0] == 404


@pytest.mark.parametrize("name", [*PAGES, "style.css", "robots.txt"])
def test_files_are_served_as_they_are(address: str, name: str) -> None:
    status, kind, body = asked(address, f"/{name}")
    assert (status, body) == (200, (FOLDER / name).read_bytes())
    assert kind.startswith({"html": "text/html", "css": "text/css", "txt": "text/plain"}[name.rpartition(".")[2]])


def test_the_root_is_the_index_and_a_head_has_no_body(address: str) -> None:
    assert asked(address, "/")[2] == (FOLDER / "index.html").read_bytes()
    assert asked(address, "/", method="HEAD") == (200, "text/html; charset=utf-8", b"")


@pytest.mark.parametrize("path", ["/README.md", "/../../pyproject.toml", "/%2e%2e/x", "//etc/passwd", "/intern/"])
def test_nothing_else_is_served(address: str, path: str) -> None:
    assert asked(address, path)[0] == 404


def process_of(address: str) -> int:
    """Process that listens at the address."""
    port = address.rpartition(":")[2]
    listed = subprocess.run(["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True).stdout
    (found,) = (line for line in listed.splitlines() if f"pipeline.demo.site {port} " in line)
    return int(found.split()[0])


def test_a_garden_that_is_served_already_is_met(address: str, run_folder: Path) -> None:
    before = process_of(address)
    assert serve_garden(int(address.rpartition(":")[2]), run_folder) == address
    assert process_of(address) == before


def test_it_outlives_the_command_in_a_session_of_its_own(address: str) -> None:
    assert os.getsid(process_of(address)) != os.getsid(0)


class _Other(BaseHTTPRequestHandler):
    answer = b"<html>"

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)


@pytest.mark.parametrize(
    "answer", [b"<html>", b"{}", b"[]", json.dumps({"run": "r", "folder": "/another/checkout"}).encode()]
)
def test_a_port_that_somebody_else_uses_is_refused(
    run_folder: Path, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Other, "answer", answer)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(SitechatError, match=f"port {server.server_port} of 127.0.0.1 is used") as caught:
            serve_garden(server.server_port, run_folder)
        server.shutdown()
    assert caught.value.code is ExitCode.MISSING


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 81\r\n\r\n"])
def test_an_answer_that_is_cut_off_says_nothing(beginning: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def cut_off() -> None:
            caller, _ = listener.accept()
            caller.recv(1000)
            caller.sendall(beginning)
            caller.close()

        thread = threading.Thread(target=cut_off)
        thread.start()
        assert demo_site._run_of(listener.getsockname()[1]) == ""
        thread.join()


def test_without_an_emulated_aws_there_is_no_site(tmp_path: Path, unused_port: int) -> None:
    with pytest.raises(SitechatError, match="not running") as caught:
        serve_garden(unused_port, tmp_path)
    assert caught.value.code is ExitCode.MISSING


def test_a_site_that_does_not_start_names_its_log(
    run_folder: Path, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_site, "START_SECONDS", 0.5)
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(SitechatError, match="does not start") as caught:
        serve_garden(unused_port, run_folder)
    assert "demo-site.log" in caught.value.hint


def test_it_ends_with_the_run_and_another_run_gets_its_own(tmp_path: Path, unused_port: int) -> None:
    first = local_aws.start(tmp_path)
    address = serve_garden(unused_port, tmp_path)
    assert json.loads(asked(address, IDENTITY_PATH)[2])["run"] == first.run_id
    pid = process_of(address)
    local_aws.stop(tmp_path)
    second = local_aws.start(tmp_path)
    try:
        # The one before may still be there for a moment: it is waited for.
        assert serve_garden(unused_port, tmp_path) == address
        assert json.loads(asked(address, IDENTITY_PATH)[2])["run"] == second.run_id
        assert process_of(address) != pid
    finally:
        local_aws.stop(tmp_path)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            asked(address, IDENTITY_PATH)
        except ConnectionRefusedError:
            break
        except (ConnectionError, http.client.IncompleteRead):
            pass  # it ends in the middle of an answer
        time.sleep(0.1)
    with pytest.raises(ConnectionRefusedError):
        asked(address, IDENTITY_PATH)
