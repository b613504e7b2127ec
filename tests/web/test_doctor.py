"""`keceng doctor` on a workspace in order, and on one that is broken in each way that it knows."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import connection

from keceng.collect import CUSTOMERS
from keceng.desk.audit.actions import seal_rows
from keceng.desk.audit.models import AuditRow
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.presence import FOLDER, show
from keceng.desk.jobs.states import JobKind
from keceng.desk.outbox.models import OutboxRow
from keceng.desk.people.models import RoleGrant, User
from keceng.loop import Workspace
from keceng.settings import SETTINGS_FILE
from keceng.web.doctor import doctor

Found = dict[str, dict[str, str]]
BACKUP = ".backup-made"


def examined(workspace: Workspace, language: str = "en") -> tuple[int, Found]:
    done = CliRunner().invoke(doctor, ["--workspace", str(workspace.directory), "--json"], obj=language)
    return done.exit_code, {found["code"]: found for found in json.loads(done.stdout)["findings"]}


@pytest.fixture
def sound(served: Workspace) -> Workspace:
    """Everything in order: a worker shows itself, a backup was made."""
    now = dt.datetime.now(dt.UTC)
    show(served.directory, "here:1")
    seal_rows(served.directory, at=now)
    (served.directory / BACKUP).write_text(now.isoformat(), encoding="utf-8")
    return served


def test_everything_in_order_is_said_line_by_line_in_the_reader_s_language(sound: Workspace) -> None:
    code, found = examined(sound)
    assert code == 0, found
    assert {finding["level"] for finding in found.values()} == {"good"}
    assert len(found) >= 15
    for language, words in (
        ("zh", ["✓ 数据: 第 ", "✓ 审计链", "一切正常"]),
        ("en", ["✓ Data: version ", "all is well"]),
    ):
        said = CliRunner().invoke(doctor, ["--workspace", str(sound.directory)], obj=language).stdout
        assert all(word in said for word in words), said


def unknown_setting(workspace: Workspace) -> None:
    (workspace.directory / SETTINGS_FILE).write_text('colour = "red"\n', encoding="utf-8")


def lost_file(workspace: Workspace) -> None:
    Path(workspace.lake.snapshot().files(CUSTOMERS)[0]).unlink()


def changed_run(workspace: Workspace) -> None:
    record = workspace.lake.snapshot().run_directory() / "run.json"
    record.write_text(record.read_text("utf-8") + " ", encoding="utf-8")


def open_key(workspace: Workspace) -> None:
    file = workspace.directory / ".desk-key"
    file.write_text("secret", encoding="utf-8")
    file.chmod(0o644)


def changed_audit(_workspace: Workspace) -> None:
    AuditRow.objects.filter(pk=AuditRow.objects.order_by("pk").first().pk).update(by="nobody")  # type: ignore[union-attr]


def dead_worker(workspace: Workspace) -> None:
    for file in (workspace.directory / FOLDER).iterdir():
        file.unlink()


def old_backup(workspace: Workspace) -> None:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=9)
    (workspace.directory / BACKUP).write_text(at.isoformat(), encoding="utf-8")


def late_job(_workspace: Workspace) -> None:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    enqueue(JobKind.DIRECTORY, {}, by=User.objects.get(username="root"), at=at)


def refused_decision(_workspace: Workspace) -> None:
    now = dt.datetime.now(dt.UTC)
    OutboxRow.objects.create(decision_id="d", decision={}, posted_at=now, attempts=1)


def no_administrator(_workspace: Workspace) -> None:
    RoleGrant.objects.update(revoked_at=dt.datetime.now(dt.UTC))


def missed_migration(_workspace: Workspace) -> None:
    _say("delete from django_migrations where app = 'visits'")


def newer_migration(_workspace: Workspace) -> None:
    _say(
        "insert into django_migrations (app, name, applied) values ('visits', '0999_later', current_timestamp)"
    )


def _say(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("break_it", "code", "level"),
    [
        (unknown_setting, "settings", "broken"),
        (lost_file, "lake", "broken"),
        (changed_run, "lake", "broken"),
        (open_key, "key", "warning"),
        (changed_audit, "audit", "broken"),
        (dead_worker, "worker", "warning"),
        (old_backup, "backup", "warning"),
        (late_job, "jobs", "warning"),
        (refused_decision, "outbox", "broken"),
        (no_administrator, "people", "warning"),
        (missed_migration, "tables", "broken"),
        (newer_migration, "tables", "broken"),
    ],
)
def test_each_fault_is_found_and_says_what_to_do(
    break_it: Callable[[Workspace], None], code: str, level: str, sound: Workspace
) -> None:
    break_it(sound)
    status, found = examined(sound)
    assert (found[code]["level"], status) == (level, {"warning": 1, "broken": 2}[level])
    assert found[code]["remedy"], "it says what to do"
    others = {name: finding["level"] for name, finding in found.items() if name != code}
    assert set(others.values()) == {"good"}, others


@pytest.mark.parametrize(
    ("hosts", "https", "level"),
    [("crm.example.com", "", "warning"), ("crm.example.com", "1", "good"), ("*", "1", "broken")],
)
def test_an_address_outside_wants_tls(
    hosts: str, https: str, level: str, sound: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KECENG_HOSTS", hosts)
    monkeypatch.setenv("KECENG_HTTPS", https)
    assert examined(sound)[1]["address"]["level"] == level


def test_a_place_that_is_no_workspace_is_said_and_nothing_is_made_there(
    tmp_path: Path, served: Workspace
) -> None:
    done = CliRunner().invoke(doctor, ["--workspace", str(tmp_path / "no"), "--json"], obj="zh")
    found = {finding["code"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert (done.exit_code, found["settings"]["level"]) == (2, "broken")
    assert not (tmp_path / "no").exists()
