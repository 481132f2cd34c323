"""The small site that the demo ingests: `examples/garden`, served on loopback for as long as the emulated AWS runs.

usage: python -m pipeline.demo.site [PORT RUN_ID WORK_DIR]

Without arguments it is served by a process in the background, where `local` expects it, and its address is printed.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import local_aws
from pipeline.cli import exit_with_code
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import load_environment
from pipeline.work import Work, repo_root

if TYPE_CHECKING:
    from config import Environment

FOLDER = repo_root() / "examples" / "garden"
HOST = "127.0.0.1"
# Where the site tells whose it is; no page has this name.
IDENTITY_PATH = "/.demo-site"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".txt": "text/plain; charset=utf-8"}
SITEMAP_PATH, SITEMAP_TYPE = "/sitemap.xml", "application/xml"
START_SECONDS = 30.0
_LOOK_SECONDS = 0.5
_HOST_HEADER = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?")


def serve_garden(port: int, work_dir: Path | None = None) -> str:
    """Address of the garden on `port` of loopback, which is served from now on unless it is already.

    A process of its own serves it, and ends with the run of the emulated AWS of `work_dir` (default: this checkout's).
    Raises SitechatError (3) when no emulated AWS runs, or somebody else uses the port.
    """
    folder = (work_dir or Work(repo_root()).local).resolve()
    endpoint = local_aws.status(folder)
    if endpoint is None:
        raise SitechatError(
            "the demo's site lives as long as the emulated AWS, which is not running",
            hint="Start it with `sitechat local up`.",
            code=ExitCode.MISSING,
        )
    log = folder / "demo-site.log"
    process: subprocess.Popen[bytes] | None = None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        run = _run_of(port)
        if run == endpoint.run_id:
            return f"http://{HOST}:{port}"
        # One of an earlier run is about to end.
        if run is None and (process is None or process.poll() is not None):
            process = _start(port, endpoint.run_id, folder, log)
        time.sleep(0.1)
    if process is not None:
        process.terminate()
    raise SitechatError(
        f"the demo's site does not start on port {port}", hint=f"Its log is {log}.", code=ExitCode.MISSING
    )


def garden_port(env: Environment) -> int:
    """Port of loopback where the environment's source expects the garden."""
    (source,) = env.ingestion.sources
    port = urlsplit(source.address or "").port
    assert port is not None
    return port


def _start(port: int, run_id: str, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.demo.site", str(port), run_id, str(folder)],
            cwd=repo_root(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it outlives the command
        )
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _run_of(port: int) -> str | None:
    """Run of the garden on this port; None where nobody listens, empty where an answer is cut off, as by one that ends.

    Raises SitechatError (3) for somebody else.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", IDENTITY_PATH)
        answer = connection.getresponse()
        content = answer.read(1000)
        if answer.length and len(content) < 1000:
            return ""
        told = json.loads(content)
        if told["folder"] == str(FOLDER):
            return str(told["run"])
    except ConnectionRefusedError:
        return None
    except ConnectionError:
        return ""
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError):
        pass
    finally:
        connection.close()
    raise SitechatError(
        f"port {port} of {HOST} is used by another program",
        hint=f"End it (`lsof -i :{port}` names it), or choose another port in [ingestion] of the environment.",
        code=ExitCode.MISSING,
    )


class Garden(BaseHTTPRequestHandler):
    """Files of the folder by their names, and a sitemap whose addresses begin with the host that was asked for."""

    run_id = ""

    def do_GET(self) -> None:
        """Answer with a page, a file beside it, or the sitemap."""
        path = self.path.partition("?")[0]
        host = self.headers.get("Host", "")
        if path == IDENTITY_PATH:
            self._send(200, "application/json", json.dumps({"run": self.run_id, "folder": str(FOLDER)}).encode())
        elif path == SITEMAP_PATH and _HOST_HEADER.fullmatch(host):
            self._send(200, SITEMAP_TYPE, sitemap(host).encode())
        elif (file := _file(path)) is not None:
            self._send(200, TYPES[file.suffix], file.read_bytes())
        else:
            self._send(404, TYPES[".txt"], b"not found\n")

    def do_HEAD(self) -> None:
        """Answer as to a GET, without the body."""
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _send(self, status: int, type_: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _file(path: str) -> Path | None:
    """File of a path: only those that lie in the folder itself, and only of a known type."""
    name = path.removeprefix("/") or "index.html"
    return next((each for each in FOLDER.iterdir() if each.name == name and each.suffix in TYPES), None)


def sitemap(host: str) -> str:
    """A sitemap of all pages (sitemaps.org), on this host."""
    pages = sorted(each.name for each in FOLDER.glob("*.html"))
    locations = "".join(f"  <url><loc>{escape(f'http://{host}/{name}')}</loc></url>\n" for name in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{locations}</urlset>\n"
    )


def _end_with_the_run(run_id: str, folder: Path) -> None:
    while local_aws.is_running(folder, run_id):
        time.sleep(_LOOK_SECONDS)
    os._exit(0)


def main(port: int, run_id: str, folder: Path) -> None:
    """Serve until the run ends."""
    Garden.run_id = run_id
    with ThreadingHTTPServer((HOST, port), Garden) as server:
        threading.Thread(target=_end_with_the_run, args=(run_id, folder), daemon=True).start()
        server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        exit_with_code(lambda: print(serve_garden(garden_port(load_environment("local")))))
    else:
        main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
