"""Departments come, get other names and places, and go; people are placed in them, and limited to parts of the company."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import Department, DepartmentLimit, Membership, RegionLimit, User
from keceng.desk.people.queries import require_duty
from keceng.desk.people.tree import departments_below
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text

LONGEST_DEPARTMENT = 60
DEEPEST = 12


def create_department(name: str, above: Department | None, *, signed: Signature) -> Department:
    """A new department, below another or at the top.

    Raises:
        KecengError: no name, a name that is taken, too deep a tree, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        _check_name(name, None)
        _check_depth(above)
        made = Department.objects.create(name=name, above=above)
        _tell("department.made", made, signed, new={"name": name, "above": _name(above)})
    return made


def rename_department(department: Department, name: str, *, signed: Signature) -> None:
    """Give a department another name.

    Raises:
        KecengError: no name, a name that is taken, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        _check_name(name, department)
        old, department.name = department.name, name
        department.save(update_fields=["name"])
        _tell("department.renamed", department, signed, old={"name": old}, new={"name": name})


def move_department(department: Department, above: Department | None, *, signed: Signature) -> None:
    """Put a department, with everything below it, under another or at the top.

    Raises:
        KecengError: it would stand below itself or too deep, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        # Two moves at once could each be sound and together make a ring.
        list(Department.objects.select_for_update())
        if above is not None and above.pk in departments_below([department.pk]):
            raise KecengError.of(
                "department_ring", "部门不能放到自己下面", "a department cannot stand below itself"
            )
        _check_depth(above)
        old, department.above = _name(department.above), above
        department.save(update_fields=["above"])
        _tell("department.moved", department, signed, old={"above": old}, new={"above": _name(above)})


def remove_department(department: Department, *, signed: Signature) -> None:
    """Take away a department in which nobody is, below which none stands and to which nobody is limited.

    Raises:
        KecengError: somebody or something is in it still, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        held = (
            Membership.objects.filter(department=department).exists()
            or Department.objects.filter(above=department).exists()
            or DepartmentLimit.objects.filter(department=department).exists()
        )
        if held:
            raise KecengError.of(
                "department_in_use",
                f"「{department.name}」还有成员、下级部门或以它为范围的人",
                f"“{department.name}” still has people, departments below it, or people limited to it",
                remedy=Text("先把他们移到别处", "move them elsewhere first"),
            )
        _tell("department.removed", department, signed, old={"name": department.name})
        department.delete()


def place_user(user: User, department: Department | None, *, is_head: bool, signed: Signature) -> None:
    """Say to which department somebody belongs, and whether as its head; None for none.

    Raises:
        KecengError: `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        before = Membership.objects.select_related("department").filter(user=user).first()
        old: dict[str, object] = {}
        if before is not None:
            old = {"department": before.department.name, "is_head": before.is_head}
        new: dict[str, object] = {}
        if department is None:
            Membership.objects.filter(user=user).delete()
        else:
            Membership.objects.update_or_create(
                user=user, defaults={"department": department, "is_head": is_head}
            )
            new = {"department": department.name, "is_head": is_head}
        if old != new:
            record("user.placed", signed, about="user", about_id=user.username, old=old, new=new)


def limit_user(
    user: User, departments: Collection[Department], regions: Collection[str], *, signed: Signature
) -> None:
    """Limit what somebody sees to the customers of these departments, in these regions; none of either limits nothing.

    Raises:
        KecengError: `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        old = _limits(user)
        DepartmentLimit.objects.filter(user=user).delete()
        RegionLimit.objects.filter(user=user).delete()
        DepartmentLimit.objects.bulk_create(
            [DepartmentLimit(user=user, department=d) for d in {d.pk: d for d in departments}.values()]
        )
        RegionLimit.objects.bulk_create([RegionLimit(user=user, region=r) for r in sorted(set(regions))])
        new = _limits(user)
        if old != new:
            record("user.limited", signed, about="user", about_id=user.username, old=old, new=new)


def find_department(department_id: str) -> Department | None:
    """The department of a form's number; None for an empty one.

    Raises:
        KecengError: there is no such department.
    """
    if not department_id:
        return None
    found = Department.objects.filter(pk=department_id).first() if department_id.isdecimal() else None
    if found is None:
        raise KecengError.of("unknown_department", "没有这个部门", "there is no such department")
    return found


def _limits(user: User) -> dict[str, object]:
    names = DepartmentLimit.objects.filter(user=user).values_list("department__name", flat=True)
    regions = RegionLimit.objects.filter(user=user).values_list("region", flat=True)
    return {"departments": sorted(names), "regions": sorted(regions)}


def _check_name(name: str, department: Department | None) -> None:
    if not 0 < len(name) <= LONGEST_DEPARTMENT:
        raise KecengError.of(
            "bad_name",
            f"请填写部门名称，最多 {LONGEST_DEPARTMENT} 字",
            f"give the department a name of at most {LONGEST_DEPARTMENT} characters",
        )
    others = Department.objects.filter(name=name)
    if department is not None:
        others = others.exclude(pk=department.pk)
    if others.exists():
        raise KecengError.of(
            "department_exists", f"已有部门「{name}」", f"there is a department “{name}” already"
        )


def _check_depth(above: Department | None) -> None:
    depth = 0
    while above is not None:
        depth, above = depth + 1, above.above
    if depth >= DEEPEST:
        raise KecengError.of(
            "departments_too_deep", f"部门最多 {DEEPEST} 层", f"departments are at most {DEEPEST} levels deep"
        )


def _name(department: Department | None) -> str:
    return department.name if department else ""


def _tell(
    action: str,
    department: Department,
    signed: Signature,
    *,
    old: dict[str, object] | None = None,
    new: dict[str, object] | None = None,
) -> None:
    record(action, signed, about="department", about_id=department.pk, old=old, new=new)
