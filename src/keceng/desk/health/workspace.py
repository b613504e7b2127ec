"""The workspace: its settings, its lake, who writes to it, and the last copy of it."""

from __future__ import annotations

import datetime as dt
import os
import stat
from pathlib import Path

from keceng.desk.backups import last_backup
from keceng.desk.health.findings import Check, Outcome, broken, good, warning
from keceng.desk.health.taking import taking_check
from keceng.lake import Lake, check_lake, is_being_written
from keceng.loop import open_workspace
from keceng.vocabulary import Text

_NAMED = 3
_OLD_BACKUP = dt.timedelta(days=7)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def workspace_checks(directory: Path, *, at: dt.datetime) -> list[Check]:
    """What is looked at in the workspace in `directory`."""
    return [
        Check("settings", Text("工作区设置", "Settings"), lambda: _settings(directory)),
        Check("lake", Text("数据", "Data"), lambda: _lake(directory), needs=("settings",)),
        taking_check(directory),
        Check("writer", Text("写入锁", "Writer lock"), lambda: _writer(directory), needs=("settings",)),
        Check("key", Text("密钥", "Secret key"), lambda: _key(directory)),
        Check("backup", Text("备份", "Backup"), lambda: _backup(directory, at)),
    ]


def _settings(directory: Path) -> Outcome:
    found = open_workspace(directory)
    return good(f"标准 {found.settings.standard}", f"standard {found.settings.standard}")


def _lake(directory: Path) -> Outcome:
    lake = Lake.open(directory / "lake")
    entry, faults = lake.snapshot().entry, check_lake(lake)
    serious = [fault for fault in faults if not fault.heals]
    if not faults:
        return good(
            f"第 {entry.snapshot_id} 版，{len(entry.tables)} 张表，{len(entry.runs)} 次运行",
            f"version {entry.snapshot_id}, {len(entry.tables)} tables, {len(entry.runs)} runs",
        )
    told = serious or faults
    named = Text(
        "；".join(f"{fault.subject}: {fault.told.zh}" for fault in told[:_NAMED]),
        "; ".join(f"{fault.subject}: {fault.told.en}" for fault in told[:_NAMED]),
    )
    if serious:
        return broken(
            named.zh,
            named.en,
            Text(
                "停止服务，从最近的备份恢复 lake 目录",
                "stop the service and restore the lake from the last backup",
            ),
        )
    return warning(named.zh, named.en, Text("不用处理", "nothing has to be done"))


def _writer(directory: Path) -> Outcome:
    try:
        is_busy = is_being_written(Lake.open(directory / "lake"))
    except OSError:
        return broken(
            "工作区目录不可写",
            "the workspace cannot be written",
            Text("用运行服务的账号检查目录权限", "check the folder's rights for the account that serves"),
        )
    return good("有任务正在写入", "somebody is writing just now") if is_busy else good("空闲", "free")


def _key(directory: Path) -> Outcome:
    if os.environ.get("KECENG_SECRET_KEY"):
        return good("来自 KECENG_SECRET_KEY", "from KECENG_SECRET_KEY")
    file = directory / ".desk-key"
    if not file.exists():
        return good("首次启动服务时生成", "made when the service first starts")
    if not file.read_text("utf-8").strip():
        return broken(
            "密钥文件是空的",
            "its file is empty",
            Text("删除 .desk-key 后重启", "delete .desk-key and restart"),
        )
    if file.stat().st_mode & _OTHERS:
        return warning(
            ".desk-key 别人也能读",
            "others can read .desk-key",
            Text("chmod 600 .desk-key", "chmod 600 .desk-key"),
        )
    return good("只有本账号能读", "readable by this account alone")


def _backup(directory: Path, at: dt.datetime) -> Outcome:
    made_at = last_backup(directory)
    remedy = Text("运行 keceng backup，并存到另一台机器", "run keceng backup, and keep it on another machine")
    if made_at is None:
        return warning("没有用 keceng backup 备份过", "keceng backup was never run here", remedy)
    days = (at - made_at).days
    told = f"{days} 天前", f"{days} days ago"
    return warning(*told, remedy) if at - made_at > _OLD_BACKUP else good(*told)
