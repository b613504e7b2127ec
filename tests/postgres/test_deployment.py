"""What docs/deploy.md says is done as it says: backup and restore, the check-up, and an address behind TLS."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import closing, suppress
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest

from keceng.collect import ORDERS
from keceng.desk.database import read_database_url
from keceng.loop import create_workspace, open_workspace
from tests.desk_databases import PostgresDesk, SqliteDesk
from tests.kill.conftest import Opened, opened, prepared  # noqa: F401  the offices of those tests serve here too
from tests.kill.working import ROOT, Office
from tests.postgres.server import find_programs, shared_server

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
PORT = 8496


def written(name: str) -> str:
    """The commands of the page under this name."""
    found = re.search(rf"^```sh {name}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


def follow(
    name: str, folder: Path, workspace: str = "company", **surroundings: str
) -> subprocess.CompletedProcess[str]:
    """Do what the page says there, as a person in `folder` would, with their own `workspace`."""
    programs = find_programs()
    paths = [str(Path(sys.executable).parent), *([str(programs)] if programs else []), os.environ["PATH"]]
    return subprocess.run(
        ["bash", "-euc", written(name).replace("--workspace company", f"--workspace {workspace}")],
        cwd=folder,
        env={**os.environ, "KECENG_LANG": "en", **surroundings, "PATH": ":".join(paths)},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_backup_made_while_people_work_is_restored_whole(
    database: str,
    opened: Opened,  # noqa: F811
    tmp_path: Path,
) -> None:
    office = opened(database)
    waiting = office.ask("export:0")
    office.directory.rename(tmp_path / "company")
    where = {"DATABASE_URL": office.database.url}
    if isinstance(office.database, SqliteDesk):
        where = {}
    made = follow("backup", tmp_path, **where)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "company.tar").stat().st_mode & 0o077 == 0, "for its owner alone"
    assert follow("restore", tmp_path).returncode == 0
    restored = Office(tmp_path / "restored", SqliteDesk(tmp_path / "restored" / "desk.sqlite3"))
    if isinstance(office.database, PostgresDesk):
        server = shared_server()
        place = read_database_url(server.url("postgres"))
        server.drop("keceng_restored")
        done = follow("restore-postgresql", tmp_path, PGHOST=str(place["HOST"]), PGUSER=str(place["USER"]))
        assert done.returncode == 0, done.stderr
        restored = Office(tmp_path / "restored", PostgresDesk(server, "keceng_restored"))
    before = open_workspace(tmp_path / "company").lake.snapshot()
    after = restored.workspace.lake.snapshot()
    assert (after.entry, after.read(ORDERS)) == (before.entry, before.read(ORDERS))
    with restored.worker():
        restored.until(lambda seen: seen[waiting[0]].state == "done", waiting)
        where = {"DATABASE_URL": restored.database.url} if database == "postgresql" else {}
        said = follow("doctor", tmp_path, "restored", **where)
    assert said.returncode in {0, 1}, said.stdout
    assert "✗" not in said.stdout
    assert re.search(r"✓ Audit chain: \d+ links, whole", said.stdout), said.stdout
    restored.database.drop()
    office.database.drop()


def test_a_database_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path) -> None:
    create_workspace(tmp_path / "company")
    said = follow("doctor", tmp_path, DATABASE_URL="postgresql://desk:verysecret@127.0.0.1:1/keceng")
    assert said.returncode == 2
    assert "✗ Database: PostgreSQL cannot be reached" in said.stdout
    assert "verysecret" not in said.stdout + said.stderr


def test_behind_tls_cookies_are_safe_and_plain_requests_are_sent_away(tmp_path: Path) -> None:
    create_workspace(tmp_path / "company")
    command = [sys.executable, "-c", "from keceng.cli import main; main()", "serve", "--port", str(PORT)]
    surroundings = {**os.environ, "KECENG_HOSTS": "crm.example.com", "KECENG_HTTPS": "1"}
    with (tmp_path / "log").open("ab") as log:
        serving = subprocess.Popen(
            [*command, "--workspace", str(tmp_path / "company")], env=surroundings, stdout=log, stderr=log
        )
    try:
        status, told = asked({"Host": "crm.example.com"})
        assert (status, told["Location"]) == (301, "https://crm.example.com/")
        status, told = asked(
            {"Host": "crm.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        )
        assert status == 200
        assert "max-age=31536000" in told["Strict-Transport-Security"]
        cookies = told.get_all("Set-Cookie", [])
        assert cookies
        assert all("Secure" in cookie for cookie in cookies), cookies
        assert asked({"Host": "another.example.com", "X-Forwarded-Proto": "https"})[0] == 400
    finally:
        serving.terminate()
        assert serving.wait(60) == 0


def asked(headers: dict[str, str]) -> tuple[int, Message]:
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        with suppress(ConnectionRefusedError), closing(HTTPConnection("127.0.0.1", PORT, timeout=60)) as one:
            one.request("GET", "/", headers=headers)
            answer = one.getresponse()
            answer.read()
            return answer.status, answer.headers
        time.sleep(0.2)
    raise AssertionError("nobody serves")


def test_every_finding_can_be_read_by_a_program(tmp_path: Path) -> None:
    create_workspace(tmp_path / "company")
    command = [sys.executable, "-c", "from keceng.cli import main; main()", "doctor", "--json"]
    done = subprocess.run(
        [*command, "--workspace", str(tmp_path / "company")], capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["level"]) == (2, "broken"), "there is no database yet"
    assert {"python", "lake", "database"} <= {found["code"] for found in told["findings"]}
