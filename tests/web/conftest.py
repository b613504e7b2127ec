"""A served workspace whose customers have owners, people of every role, and a browser's client for each."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from django.test import Client, override_settings

import tests.django_ready  # noqa: F401  models are imported below
from keceng.collect import CUSTOMERS
from keceng.desk.directory.actions import follow_published_run, give_owner_name
from keceng.desk.people.actions import create_user, grant_role
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.loop import Workspace, open_workspace
from keceng.measure import catalogue
from keceng.standard import load_standard
from tests.desk.cast import CUSTOMERS as HEADS
from tests.desk.cast import FEBRUARY, MARCH, NOW, PLAIN
from tests.desk.conftest import book, database, migrated  # noqa: F401  the desk's fixtures serve here too

OWN, OTHER = "王组", "李组"
ANONYMOUS = "anonymous"
MORE_PEOPLE = {"cai": Role.DATA_ANALYST, "kefu": Role.CUSTOMER_SERVICE}
USER_OF_ROLE = {
    Role.SALES_REP: "rui",
    Role.ACCOUNT_MANAGER: "an",
    Role.MARKETING_MANAGER: "mei",
    Role.SALES_DIRECTOR: "dong",
    Role.DATA_ANALYST: "cai",
    Role.CUSTOMER_SERVICE: "kefu",
    Role.ADMINISTRATOR: "root",
}
SignIn = Callable[[str], Client]


@pytest.fixture(scope="session")
def owned_book(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """Two published runs; odd customers belong to one owner, even ones to another, and 18 is a person."""
    directory = tmp_path_factory.mktemp("owned") / "workspace"
    shutil.copytree(book, directory)
    workspace, standard = open_workspace(directory), load_standard(PLAIN, catalogue())
    rows = [
        {
            "customer_key": key,
            "owner": OWN if key % 2 else OTHER,
            "region": "华东" if key % 3 else "华北",
            "kind": "person" if key == 18 else "org",
            "first_seen_on": dt.date(2026, 1, 1),
        }
        for key in range(1, HEADS + 1)
    ]
    with workspace.lake.unit_of_work("import") as work:
        work.merge(CUSTOMERS, pa.Table.from_pylist(rows, CUSTOMERS.arrow_schema))
    for day in (FEBRUARY, MARCH):
        workspace.classify(standard, day)
    return directory


@pytest.fixture
def served(owned_book: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The workspace as a workbench serves it; the rep and the account manager own the odd customers."""
    directory = tmp_path / "workspace"
    shutil.copytree(owned_book, directory)
    workspace = open_workspace(directory)
    with override_settings(WORKSPACE=directory):
        follow_published_run(workspace.lake, at=NOW)
        signed = Signature(User.objects.get(username="root"), NOW)
        for name, role in MORE_PEOPLE.items():
            grant_role(create_user(name, signed=signed), role, signed=signed)
        give_owner_name(User.objects.get(username="rui"), OWN, signed=signed)
        yield workspace


@pytest.fixture
def sign_in(served: Workspace) -> SignIn:
    """A client of somebody; of nobody for `ANONYMOUS`."""

    def made(name: str) -> Client:
        client = Client(headers={"accept-language": "zh-CN"})
        if name != ANONYMOUS:
            client.force_login(
                User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
            )
        return client

    return made
