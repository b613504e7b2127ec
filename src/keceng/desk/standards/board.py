"""策略板: what is done for each grade in each state, and how many of the customers somebody may see stand there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from keceng.desk.directory.listing import group_of
from keceng.desk.directory.scope import current_edition, visible_entries
from keceng.desk.directory.tiers import read_standard_of as read_ruler
from keceng.desk.directory.tiers import read_states
from keceng.desk.people.models import RoleGrant, User
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import list_in_force, read_standard_of
from keceng.standard import OWNER_ROLES, Standard, Strategy, service_title
from keceng.vocabulary import Text

_ALL = Text("全部客户", "All customers")
_UNKNOWN = Text("状态未知", "State unknown")
_Heads = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Cell:
    """A grade in a state.

    Attributes:
        strategy: what is done there; None is a gap.
        is_own: whether it is written for this very state, not for the whole grade.
        service: the title of its service package.
        owner: the role that looks after its customers; None: whoever the books name for each.
        heads: customers in the directory.
        is_unattended: customers stand here and nobody at the desk has that role.
    """

    state: str
    state_title: Text
    strategy: Strategy | None
    is_own: bool
    service: Text | None
    owner: Text | None
    heads: int
    is_unattended: bool

    @property
    def is_gap(self) -> bool:
        """Customers stand here and nothing says what to do for them."""
        return self.strategy is None and self.heads > 0


@dataclass(frozen=True, slots=True)
class Row:
    """A grade across all states."""

    grade: str
    title: Text
    heads: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Board:
    """The strategies of one standard.

    Attributes:
        standard: whose.
        revision: its row at the desk; None where the ruler of the published run came from elsewhere.
        is_counted: whether the heads are of this standard's own classes: the published run used it.
        states: the columns.
        gaps: customers in cells without a strategy.
    """

    standard: Standard
    revision: StandardRevision | None
    is_counted: bool
    states: Sequence[tuple[str, Text]]
    rows: Sequence[Row]
    gaps: int


def read_board(user: User, today: dt.date, revision: StandardRevision | None = None) -> Board | None:
    """The board of `revision`, else of what is in force, else of the published run; None where there is none of them.

    Raises:
        KecengError: the faults of a document that declares no standard.
    """
    edition = current_edition()
    row = revision or _in_force(today, edition.standard_id if edition else "")
    if row is not None:
        standard = read_standard_of(row)
    elif edition is not None:
        standard = read_ruler(edition)
    else:
        return None
    ruler = read_ruler(edition) if edition else None
    same_states = ruler is not None and ruler.strategy_by == standard.strategy_by
    heads = _count(user, by_state=same_states)
    states = read_states(edition) if edition and same_states and standard.strategy_by else {}
    columns = _columns(standard, states, heads, _UNKNOWN if same_states else _ALL)
    titles = {c.id: c.title for c in standard.grade.classes}
    grades = [*titles, *sorted({grade for grade, _ in heads} - set(titles))]
    roles = _held_roles()
    rows = [
        _row(standard, grade, titles.get(grade, Text(grade, grade)), columns, heads, roles)
        for grade in grades
    ]
    return Board(
        standard=standard,
        revision=row,
        is_counted=ruler is not None and ruler.id == standard.id,
        states=columns,
        rows=rows,
        gaps=sum(cell.heads for found in rows for cell in found.cells if cell.is_gap),
    )


def _in_force(today: dt.date, standard_id: str) -> StandardRevision | None:
    rows = list_in_force(today)
    return next((row for row in rows if row.standard_id == standard_id), rows[0] if rows else None)


def _count(user: User, *, by_state: bool) -> _Heads:
    graded = group_of(visible_entries(user)).lacks_word("grade", "")
    if by_state:
        return {(grade, state): heads for (grade, state), heads in graded.count_by("grade", "state").items()}
    return {(grade, ""): heads for (grade,), heads in graded.count_by("grade").items()}


def _columns(
    standard: Standard, states: Mapping[str, Text], heads: _Heads, stateless: Text
) -> list[tuple[str, Text]]:
    if standard.strategy_by and not states:
        states = {c.id: c.title for c in standard.dimension(standard.strategy_by).classes}
    if not standard.strategy_by:
        return [("", _ALL)]
    lively = {state for _, state in heads} | {s.state for s in standard.strategy}
    columns = [(state, title) for state, title in states.items() if state in lively]
    return [*columns, ("", stateless)] if ("" in lively or not columns) else columns


def _held_roles() -> frozenset[str]:
    held = RoleGrant.objects.filter(revoked_at=None, user__is_active=True).values_list("role", flat=True)
    return frozenset(held)


def _row(
    standard: Standard,
    grade: str,
    title: Text,
    columns: Sequence[tuple[str, Text]],
    heads: _Heads,
    roles: Collection[str],
) -> Row:
    # Without states of their own all customers of a grade stand in its one cell.
    own = {s for g, s in heads if g == grade}
    merged = {"": sum(n for (g, _), n in heads.items() if g == grade)} if len(columns) == 1 else {}
    cells = [
        _cell(standard, grade, state, state_title, merged.get(state, heads.get((grade, state), 0)), roles)
        for state, state_title in columns
    ]
    return Row(grade, title, sum(heads[grade, state] for state in own), cells)


def _cell(
    standard: Standard, grade: str, state: str, state_title: Text, heads: int, roles: Collection[str]
) -> Cell:
    try:
        strategy = standard.strategy_for(grade, state or None)
    except KeyError:
        return Cell(state, state_title, None, False, None, None, heads, False)
    whole = standard.strategy_for(grade)
    package = strategy.service or whole.service
    role = standard.owner_role_for(grade, state or None)
    return Cell(
        state=state,
        state_title=state_title,
        strategy=strategy,
        is_own=strategy.state is not None,
        service=service_title(package) if package else None,
        owner=OWNER_ROLES[role] if role else None,
        heads=heads,
        is_unattended=role is not None and heads > 0 and role not in roles,
    )
