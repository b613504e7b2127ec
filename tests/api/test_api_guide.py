"""Every shell block of the API's page runs as it stands, with the real curl, against a served workspace."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application

from keceng.loop import Workspace
from tests.api.conftest import issue

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="the page is about curl"),
]
PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_told: object) -> None:
        return


@pytest.fixture
def address(served: Workspace) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, get_wsgi_application(), _Server, _Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_page_does_what_it_shows(address: str, tmp_path: Path) -> None:
    assert len(BLOCKS) >= 5
    known = {
        **os.environ,
        "KECENG": address,
        "TOKEN": issue("dong"),
        "CUSTOMER": "3",
        "NO_PROXY": "127.0.0.1",
    }
    for block in BLOCKS:
        done = subprocess.run(
            ["bash", "-e", "-c", block], env=known, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (block, done.stderr)
        decoder, rest, answers = json.JSONDecoder(), done.stdout, 0
        while rest.strip():
            answer, end = decoder.raw_decode(rest.lstrip())
            assert answer, block
            rest, answers = rest.lstrip()[end:], answers + 1
        assert answers == block.count("curl ")
