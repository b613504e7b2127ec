"""Whom somebody sees: for any tree of departments, places, limits and books, exactly those of the definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keceng.desk.directory.models import CurrentEdition, Edition, Entry, OwnerName
from keceng.desk.directory.queries import Wanted, count_classes, distinct, narrow
from keceng.desk.directory.scope import find_entry, sees_everybody, visible_entries
from keceng.desk.people.duties import HOLDERS, OF_HEADS, WHOLE_COMPANY, Duty, Role
from keceng.desk.people.models import Department, DepartmentLimit, Membership, RegionLimit, RoleGrant, User
from keceng.desk.people.queries import duties_of, may, roles_of
from tests.desk.cast import MARCH, NOW

REGIONS = ("", "华东", "华北", "华南")
CLASSES = ("A", "B", "C")
WIDE = {Role.SALES_DIRECTOR, Role.MARKETING_MANAGER, Role.DATA_ANALYST, Role.CUSTOMER_SERVICE}
SELLING = {Role.SALES_REP, Role.ACCOUNT_MANAGER}


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody drawn: what they are, where they stand, how they are limited; places are numbers in the company."""

    roles: frozenset[Role]
    department: int | None
    is_head: bool
    names: int
    only_departments: frozenset[int]
    only_regions: frozenset[str]
    has_left: bool


@dataclass(frozen=True, slots=True)
class Company:
    """A company drawn: per department the number of the one above, its people, and (owner, region, class) per customer."""

    above: Sequence[int | None]
    workers: Sequence[Worker]
    customers: Sequence[tuple[str, str, str]]

    def chain(self, department: int | None) -> set[int]:
        """A department and all above it."""
        found: set[int] = set()
        while department is not None:
            found.add(department)
            department = self.above[department]
        return found

    def worker_of(self, owner: str) -> int | None:
        """Whose name in the books this is."""
        return next((n for n, w in enumerate(self.workers) if owner in names_of(n, w)), None)

    def sees(self, number: int, customer: tuple[str, str, str]) -> bool:
        """The definition, spelled out for one worker and one customer."""
        viewer, (owner, region, _) = self.workers[number], customer
        if viewer.has_left or not viewer.roles & (WIDE | SELLING):
            return False
        if viewer.only_regions and region not in viewer.only_regions:
            return False
        if viewer.roles & WIDE and not viewer.only_departments:
            return True
        by = self.worker_of(owner)
        if by is None:
            return False
        places = self.chain(self.workers[by].department)
        is_below = viewer.is_head and viewer.department in places
        is_in_limit = bool(viewer.roles & WIDE and viewer.only_departments & places)
        return by == number or is_below or is_in_limit


def names_of(number: int, worker: Worker) -> list[str]:
    return [f"业务{number}-{n}" for n in range(worker.names)]


@st.composite
def companies(draw: st.DrawFn) -> Company:
    size = draw(st.integers(1, 6))
    above = [None if n == 0 else draw(st.one_of(st.none(), st.integers(0, n - 1))) for n in range(size)]
    places = st.integers(0, size - 1)
    workers = draw(
        st.lists(
            st.builds(
                Worker,
                roles=st.frozensets(st.sampled_from(list(Role)), max_size=2),
                department=st.one_of(st.none(), places),
                is_head=st.booleans(),
                names=st.integers(0, 2),
                only_departments=st.frozensets(places, max_size=2),
                only_regions=st.frozensets(st.sampled_from(REGIONS[1:]), max_size=2),
                has_left=st.sampled_from([False, False, False, True]),
            ),
            min_size=1,
            max_size=6,
        )
    )
    owners = ["", "无人认领", *(name for n, w in enumerate(workers) for name in names_of(n, w))]
    customers = st.tuples(st.sampled_from(owners), st.sampled_from(REGIONS), st.sampled_from(CLASSES))
    return Company(above, workers, draw(st.lists(customers, max_size=25)))


def found(company: Company) -> list[User]:
    """The company at the desk; its people in their order."""
    departments: list[Department] = []
    for number, above in enumerate(company.above):
        departments.append(
            Department.objects.create(
                name=f"部门{number}", above=None if above is None else departments[above]
            )
        )
    users = []
    for number, worker in enumerate(company.workers):
        user = User.objects.create(username=f"w{number}", is_active=not worker.has_left)
        RoleGrant.objects.bulk_create(
            RoleGrant(user=user, role=r.value, granted_at=NOW) for r in worker.roles
        )
        if worker.department is not None:
            Membership.objects.create(
                user=user, department=departments[worker.department], is_head=worker.is_head
            )
        OwnerName.objects.bulk_create(OwnerName(user=user, owner=name) for name in names_of(number, worker))
        DepartmentLimit.objects.bulk_create(
            DepartmentLimit(user=user, department=departments[d]) for d in worker.only_departments
        )
        RegionLimit.objects.bulk_create(RegionLimit(user=user, region=r) for r in worker.only_regions)
        users.append(user)
    edition = Edition.objects.create(
        run_id="r", standard_id="s", revision=1, as_of=MARCH, written_at=NOW, customers=len(company.customers),
        classified=len(company.customers), provisional=0, insufficient=0,
    )  # fmt: skip
    Entry.objects.bulk_create(
        Entry(edition=edition, customer_key=key, owner=owner, region=region, grade=grade, spend=key * 100)
        for key, (owner, region, grade) in enumerate(company.customers)
    )
    CurrentEdition.objects.update_or_create(pk=1, defaults={"edition": edition})
    return users


@settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(company=companies())
def test_everybody_sees_exactly_whom_the_definition_says_and_no_count_holds_another(company: Company) -> None:
    with transaction.atomic():
        for number, user in enumerate(found(company)):
            told = {k: c for k, c in enumerate(company.customers) if company.sees(number, c)}
            seen = visible_entries(user)
            assert {e.customer_key for e in seen} == set(told)
            assert seen.count() == len(told)
            counts = {c.class_id: (c.heads, c.spend) for c in count_classes(seen, CLASSES)}
            for grade in CLASSES:
                keys = [k for k, (_, _, g) in told.items() if g == grade]
                assert counts[grade] == (len(keys), sum(keys) * 100)
            assert set(distinct(seen, "owner")) == {owner for owner, _, _ in told.values()} - {""}
            assert set(distinct(seen, "region")) == {region for _, region, _ in told.values()} - {""}
            for key, (owner, region, _) in enumerate(company.customers):
                assert (find_entry(user, key) is not None) == (key in told)
                narrowed = narrow(seen, Wanted(owner=owner, region=region), CLASSES)
                assert (key in set(narrowed.values_list("customer_key", flat=True))) == (key in told)
            if sees_everybody(user):
                assert len(told) == len(company.customers)
        transaction.set_rollback(True)


@settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(company=companies())
def test_somebody_limited_does_nothing_about_the_whole_company_by_a_role_that_is_limited(
    company: Company,
) -> None:
    with transaction.atomic():
        for worker, user in zip(company.workers, found(company), strict=True):
            is_limited = bool(worker.only_departments or worker.only_regions)
            for duty in Duty:
                roles = set() if worker.has_left else worker.roles & HOLDERS[duty]
                if is_limited and duty in WHOLE_COMPANY:
                    roles = roles - WIDE
                heads = worker.department is not None and worker.is_head and not worker.has_left
                is_head = duty in OF_HEADS and heads and bool(worker.roles & (WIDE | SELLING))
                assert may(user, duty) == bool(roles or is_head), duty
            assert duties_of(user, roles_of(user)) == {duty for duty in Duty if may(user, duty)}
        transaction.set_rollback(True)
