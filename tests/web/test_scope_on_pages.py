"""Every page holds to what its reader may see: no other customer is named, linked or counted, whatever limits them."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from keceng.desk.directory.actions import give_owner_name
from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import visible_entries
from keceng.desk.jobs.exporting import export_path
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.working import carry_out_next
from keceng.desk.people.actions import create_user, grant_role
from keceng.desk.people.departments import create_department, limit_user, place_user
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.runs.actions import open_appeal, open_review
from keceng.desk.signature import Signature
from keceng.loop import Workspace
from tests.desk.cast import FALLEN, FALLING, FALLING_TOO, NOW, RISING
from tests.web.conftest import OTHER, SignIn

pytestmark = pytest.mark.slow
LISTS = (
    "/customers/", "/customers/?best=1", "/customers/?moved=down", "/customers/?order=silence&page=2",
    "/customers/?region=华北", f"/customers/?owner={OTHER}", "/customers/?grade=C", "/customers/?q=1",
    "/", "/day/", "/reviews/", "/waiting/", "/strategy/", "/customers/groups/", "/customers/views/", "/standards/", "/exports/", "/settings/", "/handover/",
    f"/handover/new/?owner={OTHER}", "/handover/new/?keys=1&keys=2&keys=3&keys=4",
)  # fmt: skip
MOVED = frozenset({RISING, FALLING, FALLING_TOO, FALLEN})
VIEWERS = ("head", "limited_director", "limited_analyst", "limited_rep", "both", "nobody")


def user(name: str) -> User:
    return User.objects.get(username=name)


@pytest.fixture
def company(served: Workspace, sign_in: SignIn) -> Workspace:
    """A department with a head, people limited every way, an open review and two appeals."""
    root = Signature(user("root"), NOW)
    roles = {
        "head": [Role.ACCOUNT_MANAGER],
        "limited_director": [Role.SALES_DIRECTOR],
        "limited_analyst": [Role.DATA_ANALYST],
        "limited_rep": [Role.SALES_REP],
        "both": [Role.SALES_DIRECTOR, Role.SALES_REP],
        "nobody": [],
    }
    for name, held in roles.items():
        made = create_user(name, signed=root)
        for role in held:
            grant_role(made, role, signed=root)
    give_owner_name(user("limited_rep"), OTHER, signed=root)
    top = create_department("销售部", None, signed=root)
    below = create_department("一组", top, signed=root)
    place_user(user("head"), top, is_head=True, signed=root)
    place_user(user("rui"), below, is_head=False, signed=root)
    limit_user(user("limited_director"), [], ["华北"], signed=root)
    limit_user(user("limited_analyst"), [top], [], signed=root)
    limit_user(user("limited_rep"), [], ["华东"], signed=root)
    limit_user(user("both"), [below], ["华东"], signed=root)
    open_review(due_on=NOW.date(), signed=Signature(user("dong"), NOW), lake=served.lake)
    for key in (3, 4):
        open_appeal(key, signed=Signature(user("dong"), NOW, "请再看"), lake=served.lake)
    return served


def expected(name: str) -> set[int]:
    """The definition, spelled out for this company: odd keys are the rep's, multiples of three lie in the north."""
    told: dict[str, Callable[[int], bool]] = {
        "head": lambda key: key % 2 == 1,
        "limited_director": lambda key: key % 3 == 0,
        "limited_analyst": lambda key: key % 2 == 1,
        "limited_rep": lambda key: key % 2 == 0 and key % 3 != 0,
        "both": lambda key: key % 2 == 1 and key % 3 != 0,
        "nobody": lambda _key: False,
    }
    return {key for key in range(1, 21) if told[name](key)}


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code in {200, 403}, address
    return answer.content.decode()


@pytest.mark.parametrize("name", VIEWERS)
def test_no_page_names_links_or_counts_a_customer_out_of_sight(
    name: str, company: Workspace, sign_in: SignIn
) -> None:
    mine, client = expected(name), sign_in(name)
    assert set(visible_entries(user(name)).values_list("customer_key", flat=True)) == mine
    others = {e.customer_key: e for e in Entry.objects.exclude(customer_key__in=mine)}
    review = re.search(r"/reviews/(\d+)/", text_of(sign_in("dong"), "/reviews/"))
    assert review is not None
    for address in (*LISTS, review[0], f"{review[0]}?pile=down", f"{review[0]}?undecided=1"):
        told = text_of(client, address)
        for key, entry in others.items():
            assert f"/customers/{key}/" not in told, (address, key)
            assert not re.search(rf"(?<!\w){re.escape(entry.customer_id)}(?!\w)", told), (address, key)
    for key in others:
        for part in ("", "letter/", "sources/"):
            assert client.get(f"/customers/{key}/{part}").status_code == 404
    check_counts(client, mine, review[0])


def check_counts(client: Client, mine: set[int], review: str) -> None:
    assert f"{len(mine)} 家，共 {len(mine)} 家" in text_of(client, "/customers/")
    listed = Entry.objects.filter(edition__currentedition__isnull=False, customer_key__in=mine)
    grades = Counter(listed.values_list("grade", flat=True))
    facets = re.findall(r'<option value="([ABC])"[^>]*>\w \((\d+)\)', text_of(client, "/customers/"))
    assert {grade: int(n) for grade, n in facets} == {g: grades[g] for g in "ABC"}
    overview = text_of(client, "/")
    reconciled = [
        int(n) for n in re.findall(r"<b>(\d+)</b>", overview.split('class="reconciled"')[1].split("</p>")[0])
    ]
    assert reconciled[0] == len(mine) == sum(reconciled[1:])
    if mine:
        assert str(len(mine)) in overview
    items = re.findall(r'class="num"[^>]*>(\d+)<', text_of(client, "/reviews/"))
    assert int(items[0]) == len(mine & MOVED)
    waiting = text_of(client, "/waiting/")
    assert len(set(re.findall(r"/customers/(\d+)/", waiting))) == len(mine & {3, 4})
    heads = re.findall(r"(\d+) 家</small></h2>", text_of(client, "/strategy/"))
    assert sum(map(int, heads)) == sum(grades.values())
    assert client.get(review).status_code == 200


@pytest.mark.parametrize("name", ["head", "limited_director"])
def test_files_hold_whom_their_asker_sees_when_they_are_written(
    name: str, company: Workspace, sign_in: SignIn
) -> None:
    mine, client = expected(name), sign_in(name)
    assert client.post("/exports/", {"format": "csv"}).status_code == 302
    limit_user(user(name), [], ["华北"], signed=Signature(user("root"), NOW))
    mine = mine & {key for key in range(1, 21) if key % 3 == 0}
    done = carry_out_next(company, owner="test", clock=timezone.now)
    assert done is not None
    rows = export_path(company.directory, Job.objects.get(pk=done.pk)).read_text("utf-8-sig").splitlines()
    assert len(rows) - 1 == len(mine) == done.result["customers"]
    review = re.search(r"/reviews/(\d+)/", text_of(client, "/reviews/"))
    assert review is not None
    answer = client.get(f"{review[0]}minutes.xlsx")
    if answer.status_code == 200:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        said = " ".join(
            str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
        )
        listed = {e.customer_id: e.customer_key for e in Entry.objects.all()}
        named = {
            key for number, key in listed.items() if re.search(rf"(?<!\w){re.escape(number)}(?!\w)", said)
        }
        assert named & MOVED <= mine
