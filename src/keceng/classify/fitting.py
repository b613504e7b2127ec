"""Which shipped standard fits a ledger that nobody has classified yet: told by who the customers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keceng.collect import CUSTOMERS, PERSONS
from keceng.lake import Snapshot, open_engine, sql
from keceng.standard import find_standard
from keceng.vocabulary import Text

_HALF, _THIRD = 0.5, 0.3
_ADMINISTRATION = "(局|厅|委员会|卫健委|发改委|政府|管委会|总队|支队|大队|法院|检察院|街道办事处)$"

_HEADS = """
with named as (
    select c.customer_key, max(c.kind) as kind, max(p.name) as name, max(c.government_system) as government_system
    from customers c left join persons p on p.customer_key = c.customer_key
    where not coalesce(c.is_bucket, false) and not coalesce(c.is_related_party, false)
        and not coalesce(c.is_supplier, false)
    group by c.customer_key
)
select count(*) as heads,
    count(*) filter (where kind = 'org') as organisations,
    count(*) filter (where government_system is not null or regexp_matches(name, :administration)) as administrations
from named
"""


@dataclass(frozen=True, slots=True)
class FittingStandard:
    """A shipped standard that a ledger can be classified by.

    Attributes:
        standard_id: as `find_standard` takes it.
        title: as the standard calls itself.
        why: what in the ledger speaks for it; None for those that are merely possible.
    """

    standard_id: str
    title: Text
    why: Text | None = None


def list_fitting_standards(snapshot: Snapshot) -> Sequence[FittingStandard]:
    """The shipped standards that fit the customers of a ledger, the proposed one first; none without customers."""
    engine = open_engine(snapshot, [CUSTOMERS, PERSONS])
    try:
        counted = engine.fetch(sql(_HEADS, administration=_ADMINISTRATION)).to_pylist()[0]
    finally:
        engine.close()
    heads, organisations, administrations = (
        int(counted[n]) for n in ("heads", "organisations", "administrations")
    )
    if not heads:
        return ()
    if administrations >= _HALF * heads:
        why = Text("{heads} 个客户里 {n} 个是政府部门", "{n} of {heads} customers are government departments")
        return _listed(why.fill(heads=f"{heads:,}", n=f"{administrations:,}"), "government", "b2b-start")
    if organisations >= _THIRD * heads:
        why = Text("{heads} 个客户里 {n} 个是单位", "{n} of {heads} customers are organisations")
        return _listed(
            why.fill(heads=f"{heads:,}", n=f"{organisations:,}"), "b2b-start", "b2b", "profit", "government"
        )
    why = Text("{heads} 个客户大多是个人", "most of the {heads} customers are persons")
    return _listed(why.fill(heads=f"{heads:,}"), "retail", "consumer", "education", "b2b-start")


def _listed(why: Text, proposed: str, *others: str) -> Sequence[FittingStandard]:
    first = FittingStandard(proposed, find_standard(proposed).title, why)
    return (first, *(FittingStandard(name, find_standard(name).title) for name in others))
