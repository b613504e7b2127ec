"""The books: the database and its tables, the audit, the workers, and what waits for the lake."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from keceng.desk.health.findings import Check, Outcome, broken, good, warning
from keceng.vocabulary import Text

_LONG_WAIT = dt.timedelta(minutes=10)
_NEEDS = ("database", "tables")


def book_checks(directory: Path, *, at: dt.datetime) -> list[Check]:
    """What is looked at in the books of the workspace in `directory`; Django is set up for it."""
    return [
        Check("database", Text("数据库", "Database"), _database),
        Check("tables", Text("数据库结构", "Tables"), _tables, needs=("database",)),
        Check("people", Text("管理员", "Administrator"), _people, needs=_NEEDS),
        Check("audit", Text("审计链", "Audit chain"), lambda: _audit(directory), needs=_NEEDS),
        Check("worker", Text("后台进程", "Workers"), lambda: _workers(directory, at), needs=_NEEDS),
        Check("jobs", Text("任务", "Tasks"), lambda: _jobs(at), needs=_NEEDS),
        Check("outbox", Text("待写入数据的决定与拜访", "Decisions and visits on their way"), lambda: _outbox(at), needs=_NEEDS),
    ]  # fmt: skip


def _database() -> Outcome:
    entry = settings.DATABASES["default"]
    is_file = str(entry["ENGINE"]).endswith("sqlite3")
    name = "SQLite" if is_file else "PostgreSQL"
    if is_file and not Path(str(entry["NAME"])).exists():
        return broken(
            "还没有建立", "there is none yet", Text("运行一次 keceng serve", "run keceng serve once")
        )
    try:
        connection.ensure_connection()
        if is_file:
            return _file_is_sound()
    except ImproperlyConfigured:
        install = "pip install 'keceng[postgres]'"
        return broken("缺少 PostgreSQL 组件", "PostgreSQL's client is missing", Text(install, install))
    except DatabaseError:
        return broken(
            f"{name} 连接不上",
            f"{name} cannot be reached",
            Text("检查 DATABASE_URL、口令，以及数据库是否在运行", "check DATABASE_URL, its password, and whether the server runs"),
        )  # fmt: skip
    return good(name, name)


def _file_is_sound() -> Outcome:
    with connection.cursor() as cursor:
        cursor.execute("pragma quick_check(1)")
        [said] = cursor.fetchone()
    if said != "ok":
        return broken(
            "SQLite 文件损坏",
            "the SQLite file is damaged",
            Text("停止服务，从最近的备份恢复", "stop the service and restore the last backup"),
        )
    return good("SQLite", "SQLite")


def _tables() -> Outcome:
    executor = MigrationExecutor(connection)
    known = set(executor.loader.disk_migrations)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    newer = {
        (app, name)
        for app, name in executor.loader.applied_migrations
        if app in executor.loader.migrated_apps
    }
    if newer - known:
        return broken(
            "比这个版本的程序新",
            "newer than this version of Keceng",
            Text(
                "装回原来的版本，或恢复升级前的备份",
                "install the newer version again, or restore the backup from before",
            ),
        )
    if waiting:
        return broken(
            f"还差 {len(waiting)} 步升级",
            f"{len(waiting)} steps behind this version",
            Text(
                "先备份，再重启 keceng serve，它会自动升级",
                "back up, then restart keceng serve, which brings them up to date",
            ),
        )
    return good("与程序一致", "as this version has them")


def _people() -> Outcome:
    from keceng.desk.people.duties import Role  # noqa: PLC0415  models load after Django is set up
    from keceng.desk.people.models import RoleGrant  # noqa: PLC0415

    held = RoleGrant.objects.filter(
        role=Role.ADMINISTRATOR.value, revoked_at=None, user__is_active=True
    ).count()
    if held:
        return good(f"{held} 位", f"{held}")
    return warning(
        "还没有",
        "there is none",
        Text("打开工作台，用首次设置链接建立", "open the workbench by its set-up link"),
    )


def _audit(directory: Path) -> Outcome:
    from keceng.desk.audit.queries import check_chain, count_sealed  # noqa: PLC0415

    faults = check_chain(directory)
    if not faults:
        links = count_sealed()
        return good(f"{links} 环，完整", f"{links} links, whole")
    first = faults[0]
    return broken(
        f"{len(faults)} 处不对，第一处在第 {first.position} 环: {first.told.zh}",
        f"{len(faults)} faults, the first at link {first.position}: {first.told.en}",
        Text("有人绕过程序改过数据库：保留现场，与备份对照", "somebody changed the database by hand: keep it as it is and compare it with a backup"),
    )  # fmt: skip


def _workers(directory: Path, at: dt.datetime) -> Outcome:
    from keceng.desk.jobs.presence import list_workers  # noqa: PLC0415

    seen = list_workers(directory, at=at)
    alive = [worker for worker in seen if worker.is_alive(at)]
    if alive:
        return good(f"{len(alive)} 个在工作", f"{len(alive)} at work")
    start = Text("启动 keceng serve 或 keceng worker", "start keceng serve or keceng worker")
    if not seen:
        return warning("没有在运行", "none is running", start)
    minutes = int((at - seen[0].seen_at).total_seconds() // 60)
    return warning(f"{minutes} 分钟没有动静", f"none was heard of for {minutes} minutes", start)


def _jobs(at: dt.datetime) -> Outcome:
    from keceng.desk.jobs.models import Job  # noqa: PLC0415
    from keceng.desk.jobs.states import JobState  # noqa: PLC0415

    waiting = Job.objects.filter(state=JobState.QUEUED.value)
    late = waiting.filter(not_before__lt=at - _LONG_WAIT).count()
    under_way = Job.objects.filter(state=JobState.RUNNING.value)
    lost = under_way.filter(lease_until__lt=at - _LONG_WAIT).count()
    if late or lost:
        return warning(
            f"{late} 项等了十分钟以上，{lost} 项中断后没人接手",
            f"{late} have waited for more than ten minutes, {lost} were interrupted and not taken up again",
            Text(
                "检查后台进程；运行时间长的任务在前面时会等",
                "look at the workers; long tasks before them make them wait",
            ),
        )
    return good(
        f"{under_way.count()} 项进行中，{waiting.count()} 项排队",
        f"{under_way.count()} under way, {waiting.count()} waiting",
    )


def _outbox(at: dt.datetime) -> Outcome:
    from keceng.desk.outbox.models import OutboxRow  # noqa: PLC0415
    from keceng.desk.visits.models import Visit  # noqa: PLC0415

    decisions = OutboxRow.objects.filter(done_at=None)
    visits = Visit.objects.filter(delivered_at=None)
    refused = decisions.filter(attempts__gt=0).count()
    late = (
        decisions.filter(posted_at__lt=at - _LONG_WAIT).count()
        + visits.filter(logged_at__lt=at - _LONG_WAIT).count()
    )
    if refused:
        return broken(
            f"{refused} 项决定被数据一方拒绝",
            f"{refused} decisions were refused by the lake",
            Text("worker.log 里有原因代码", "worker.log has the codes of the reasons"),
        )
    if late:
        return warning(
            f"{late} 项等了十分钟以上",
            f"{late} have waited for more than ten minutes",
            Text("检查后台进程和写入锁", "look at the workers and the writer lock"),
        )
    return good(
        f"{decisions.count() + visits.count()} 项在路上", f"{decisions.count() + visits.count()} on their way"
    )
