"""The tree of departments: who is in it, who heads what, and to which parts somebody is limited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from keceng.desk.people.models import Department, DepartmentLimit, Membership, RegionLimit, User
from keceng.desk.remembering import remembered


@dataclass(frozen=True, slots=True)
class Limits:
    """To which departments (their numbers, those below not listed) and regions somebody is limited; empty limits nothing."""

    departments: frozenset[int]
    regions: frozenset[str]

    @property
    def is_any(self) -> bool:
        """Whether there is a limit at all."""
        return bool(self.departments or self.regions)


@dataclass(frozen=True, slots=True)
class Branch:
    """A department in its place of the tree: how deep (0 at the top), who is in it, its heads first."""

    department: Department
    depth: int
    members: Sequence[Membership]

    @property
    def indent(self) -> str:
        """Room before its name in a list that knows no levels."""
        return "\u3000" * self.depth


def limits_of(user: User) -> Limits:
    """To which parts of the company `user` is limited."""
    return remembered(("limits", user.pk), lambda: _read_limits(user))


def _read_limits(user: User) -> Limits:
    departments = DepartmentLimit.objects.filter(user=user).values_list("department_id", flat=True)
    regions = RegionLimit.objects.filter(user=user).values_list("region", flat=True)
    return Limits(frozenset(departments), frozenset(regions))


def is_limited(user: User) -> bool:
    """Whether `user` is limited to parts of the company."""
    limits = limits_of(user)
    return bool(limits.departments or limits.regions)


def headed_by(user: User) -> frozenset[int]:
    """The department that `user` heads, by number; empty for somebody who heads none."""
    headed = Membership.objects.filter(user=user, is_head=True).values_list("department_id", flat=True)
    return remembered(("headed", user.pk), lambda: frozenset(headed))


def departments_below(roots: Collection[int]) -> frozenset[int]:
    """These departments and everything below them, by number."""
    below = _children(Department.objects.values_list("pk", "above_id"))
    found, waiting = set[int](), list(roots)
    while waiting:
        if (number := waiting.pop()) not in found:
            found.add(number)
            waiting += below[number]
    return frozenset(found)


def members_below(roots: Collection[int]) -> frozenset[int]:
    """The numbers of the people of these departments and of all below them, those who have left included."""
    if not roots:
        return frozenset()
    within = Membership.objects.filter(department__in=departments_below(roots))
    return frozenset(within.values_list("user_id", flat=True))


def list_branches() -> Sequence[Branch]:
    """Every department with its people, each followed by those below it."""
    departments = {d.pk: d for d in Department.objects.order_by("name")}
    below = _children((d.pk, d.above_id) for d in departments.values())
    members: dict[int, list[Membership]] = defaultdict(list)
    for row in Membership.objects.select_related("user").order_by("-is_head", "user__username"):
        members[row.department_id].append(row)
    return list(_walk(None, 0, departments, below, members))


def _children(
    pairs: Collection[tuple[int, int | None]] | Iterator[tuple[int, int | None]],
) -> Mapping[int | None, list[int]]:
    below: dict[int | None, list[int]] = defaultdict(list)
    for number, above in pairs:
        below[above].append(number)
    return below


def _walk(
    above: int | None,
    depth: int,
    departments: Mapping[int, Department],
    below: Mapping[int | None, list[int]],
    members: Mapping[int, list[Membership]],
) -> Iterator[Branch]:
    for number in below.get(above, []):
        yield Branch(departments[number], depth, members.get(number, []))
        yield from _walk(number, depth + 1, departments, below, members)
