"""What a report says, as plain records: amounts in whole cents, shares as fractions of one, words in two languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keceng.classify import RunSummary
from keceng.standard import Standard, Strategy, service_title
from keceng.vocabulary import Place, Text

if TYPE_CHECKING:
    from keceng.report.movement import MoveFigures
    from keceng.report.steadiness import SteadinessFigures
    from keceng.report.value import ValueFigures


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class of the grade.

    Attributes:
        positive_cents: sales of its customers whose own sales are above zero; the numerator of `sales_share`.
        sales_share: of the positive sales of everyone classified; 0 when there are none.
    """

    class_id: str
    title: Text
    public_title: Text | None
    rule: Text | None
    heads: int
    head_share: float
    sales_cents: int
    positive_cents: int
    sales_share: float
    average_cents: int


@dataclass(frozen=True, slots=True)
class ExcludedFigures:
    """Customers listed with one reason instead of judged."""

    code: str
    title: Text
    heads: int


@dataclass(frozen=True, slots=True)
class GridCell:
    """One grade in one state; `strategy` is None where the ruler has none, `is_own` says it was written for the pair."""

    heads: int
    strategy: Strategy | None
    is_own: bool

    @property
    def service(self) -> Text | None:
        """The service package of its strategy, by its title."""
        code = self.strategy.service if self.strategy else None
        return service_title(code) if code else None


@dataclass(frozen=True, slots=True)
class StrategyGrid:
    """Every grade against every state; a ruler without states has one row, id None."""

    title: Text
    states: tuple[tuple[str | None, Text], ...]
    cells: Mapping[tuple[str, str | None], GridCell]

    @property
    def gaps(self) -> int:
        """Customers who stand in a cell without a strategy."""
        return sum(c.heads for c in self.cells.values() if c.strategy is None)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The best `head_share` of the customers bring `sales_share` of the sales."""

    head_share: float
    sales_share: float


@dataclass(frozen=True, slots=True)
class CurveMark:
    """Where the customers of the classes down to this one stand, all together; `title` names them as `A–B`."""

    class_id: str
    title: Text
    point: CurvePoint


@dataclass(frozen=True, slots=True)
class SalesCurve:
    """The Pareto curve over the classified customers, best first; None shares mean there are no sales."""

    points: tuple[CurvePoint, ...]
    marks: tuple[CurveMark, ...]
    top_fifth_share: float | None
    heads_for_80: int | None


@dataclass(frozen=True, slots=True)
class RfmCell:
    """Customers with one pair of scores."""

    r_score: int
    f_score: int
    heads: int
    average_cents: int


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One row of a table by class, place or product group; `best_heads` counts the best grade."""

    title: Text
    heads: int
    sales_cents: int
    sales_share: float
    best_heads: int = 0


@dataclass(frozen=True, slots=True)
class RfmFigures:
    """The heat map and the eight classes, over customers with a purchase in the window."""

    cells: tuple[RfmCell, ...]
    classes: tuple[GroupFigures, ...]

    @property
    def heads(self) -> int:
        """Customers with scores."""
        return sum(c.heads for c in self.cells)


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Customers by province, or by region where no province is known."""

    title: Text
    rows: tuple[GroupFigures, ...]
    unknown_heads: int
    other_places: int


@dataclass(frozen=True, slots=True)
class ProductFigures:
    """Gross sales of known customers in the window by category, product line and product."""

    categories: tuple[GroupFigures, ...]
    product_lines: tuple[GroupFigures, ...]
    products: tuple[GroupFigures, ...]


@dataclass(frozen=True, slots=True)
class Leader:
    """One of the customers with the greatest sales in the window."""

    customer_id: str
    customer_name: str | None
    class_id: str
    state: Text | None
    provisional: bool
    sales_cents: int
    last_purchase_on: dt.date | None
    reason: Text


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A source row that was not taken, with what is wrong and what to do in one sentence."""

    place: Place
    content: str
    reason: Text


@dataclass(frozen=True, slots=True)
class RejectedCode:
    """How many rows were rejected for one reason."""

    code: str
    reason: Text
    row_count: int


@dataclass(frozen=True, slots=True)
class RejectedFigures:
    """Rejected rows by reason, and the first of them."""

    codes: tuple[RejectedCode, ...]
    rows: tuple[RejectedRow, ...]
    row_count: int


@dataclass(frozen=True, slots=True)
class CutFigures:
    """A number that separated two classes in this run."""

    dimension: Text
    class_title: Text
    peer_group: str | None
    measure: Text
    number: Text


@dataclass(frozen=True, slots=True)
class Definition:
    """A measure as the report explains it."""

    name: str
    title: Text
    definition: Text
    source: str


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything the page says, computed once, free of any language.

    `rfm` and `value` are None under a ruler that does not read purchases, `value` also for a run that did not measure it. `moves`
    is None without an earlier run, `steadiness` without a grade held or given.
    """

    summary: RunSummary
    standard: Standard
    assumed: tuple[Text, ...]
    warnings: tuple[Text, ...]
    classes: tuple[ClassFigures, ...]
    excluded: tuple[ExcludedFigures, ...]
    grid: StrategyGrid
    curve: SalesCurve
    rfm: RfmFigures | None
    places: PlaceFigures
    products: ProductFigures
    leaders: tuple[Leader, ...]
    rejected: RejectedFigures
    definitions: tuple[Definition, ...]
    cuts: tuple[CutFigures, ...]
    value: ValueFigures | None = None
    moves: MoveFigures | None = None
    steadiness: SteadinessFigures | None = None

    @property
    def left_out(self) -> frozenset[str]:
        """The sections that say nothing of this run."""
        silent = {
            "warnings": not self.warnings,
            "moves": self.moves is None,
            "steadiness": self.steadiness is None,
            "rfm": self.rfm is None,
            "value": self.value is None,
        }
        if self.rfm is None:
            silent |= {"curve": not self.curve.points, "products": True}
        return frozenset(key for key, is_silent in silent.items() if is_silent)

    @property
    def sales_cents(self) -> int:
        """Sales in the window of everyone classified, returns deducted."""
        return sum(c.sales_cents for c in self.classes)
