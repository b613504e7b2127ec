"""Which money settled which receivable and when: by invoice number, else oldest due first.

One piece is a part of a receivable that one receipt settled, or that is still open. Money beyond an invoice, money for an
invoice nobody knows and credit notes join the customer's pool; a refund undoes the latest receipts.
"""

from __future__ import annotations

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.frame import Frame
from keceng.vocabulary import Text


def settlement_steps(frame: Frame) -> list[Step]:
    """`claims` (one row per receivable) and `settlements` (one per piece, `settled_on` NULL while open); needs `units`."""
    return [
        Step("claims", _claims(frame), Text("截止日可见的应收", "receivables seen at the as-of date")),
        Step("named_pieces", _named_pieces(frame), Text("按应收单号核销", "matched by invoice number")),
        Step("pooled_receipts", _pooled_receipts(frame), Text("待分配的回款", "receipts without an invoice")),
        Step("queued_pieces", _QUEUED_PIECES.copy(), Text("先到期先核销", "matched oldest due first")),
        Step("settlements", _SETTLEMENTS.copy(), Text("逐笔核销", "receivables piece by piece")),
    ]


# Without a due date the contract's terms stand in; without either nobody can say that it is late.
def _claims(frame: Frame) -> exp.Expr:
    return sql(
        """
        with terms as (
          select customer_key, contract_id, max(payment_terms_days) as terms_days from contracts
          where signed_on <= :as_of group by customer_key, contract_id
        )
        select row_number() over (order by coalesce(due_on, issued_on + cast(terms_days as integer), issued_on), issued_on, source, invoice_id) as claim_no,
          unit_key as customer_key, source, invoice_id, amount, issued_on,
          coalesce(due_on, issued_on + cast(terms_days as integer)) as due_on,
          coalesce(is_disputed, false) as is_disputed, coalesce(written_off_on <= :as_of, false) as is_written_off
        from invoices join units using (customer_key) left join terms using (customer_key, contract_id)
        where issued_on <= :as_of and amount > 0
        """,
        as_of=frame.as_of,
    )


# The least running sum from a receipt on is what is left of it after the refunds that follow.
def _named_pieces(frame: Frame) -> exp.Expr:
    return sql(
        """
        with runs as (
          select c.claim_no, c.customer_key, c.amount as claimed, p.received_on, p.payment_id,
            sum(p.amount) over (partition by c.claim_no order by p.received_on, p.payment_id
              rows between unbounded preceding and current row) as running
          from payments as p join claims as c on c.source = p.source and c.invoice_id = p.invoice_id
          where p.received_on <= :as_of
        ),
        kept as (
          select *, greatest(min(running) over (partition by claim_no order by received_on, payment_id
              rows between current row and unbounded following), 0) as upto
          from runs
        ),
        steps as (
          select *, coalesce(lag(upto) over (partition by claim_no order by received_on, payment_id), 0) as since from kept
        )
        select claim_no, customer_key, received_on, payment_id,
          cast(least(upto, claimed) - least(since, claimed) as bigint) as amount,
          cast(upto - since - (least(upto, claimed) - least(since, claimed)) as bigint) as surplus
        from steps
        """,
        as_of=frame.as_of,
    )


def _pooled_receipts(frame: Frame) -> exp.Expr:
    return sql(
        """
        with receipts as (
          select unit_key as customer_key, received_on, payment_id as receipt_id, amount
          from payments as p join units using (customer_key)
          where received_on <= :as_of
            and not exists (select 1 from claims as c where c.source = p.source and c.invoice_id = p.invoice_id)
          union all
          select unit_key, issued_on, invoice_id, -amount from invoices join units using (customer_key)
          where issued_on <= :as_of and amount < 0
          union all
          select customer_key, received_on, payment_id, surplus from named_pieces where surplus > 0
        ),
        runs as (
          select *, sum(amount) over (partition by customer_key order by received_on, receipt_id
            rows between unbounded preceding and current row) as running
          from receipts
        )
        select customer_key, received_on, greatest(min(running) over (partition by customer_key order by received_on, receipt_id
          rows between current row and unbounded following), 0) as upto
        from runs
        """,
        as_of=frame.as_of,
    )


# Claims and receipts lie end to end on one line of money; between two cuts stands one claim and one receipt, and both
# are the next that ends. This is a sort, where pairing them would be a product.
_QUEUED_PIECES = sql(
    """
    with settled as (
      select claim_no, sum(amount) as amount from named_pieces group by claim_no
    ),
    queue as (
      select c.customer_key, c.claim_no, sum(c.amount - coalesce(s.amount, 0)) over (partition by c.customer_key order by c.claim_no
        rows between unbounded preceding and current row) as upto
      from claims as c left join settled as s using (claim_no)
      where c.amount > coalesce(s.amount, 0)
    ),
    cuts as (
      select customer_key, upto, claim_no, cast(null as date) as received_on from queue
      union all
      select customer_key, upto, null, received_on from pooled_receipts
    ),
    pieces as (
      select customer_key,
        cast(upto - coalesce(lag(upto) over (partition by customer_key order by upto, claim_no nulls last, received_on), 0) as bigint) as amount,
        min(claim_no) over (partition by customer_key order by upto, claim_no nulls last, received_on
          rows between current row and unbounded following) as claim_no,
        min(received_on) over (partition by customer_key order by upto, claim_no nulls last, received_on
          rows between current row and unbounded following) as received_on
      from cuts
    )
    select claim_no, amount, received_on from pieces where amount > 0 and claim_no is not null
    """
)

# Money that came before the invoice settles it on the day it is issued.
_SETTLEMENTS = sql(
    """
    with pieces as (
      select claim_no, amount, received_on from named_pieces where amount > 0
      union all
      select claim_no, amount, received_on from queued_pieces
    )
    select c.customer_key, c.claim_no, c.issued_on, c.due_on, c.is_disputed, p.amount,
      case when p.received_on is not null then greatest(p.received_on, c.issued_on) end as settled_on
    from pieces as p join claims as c using (claim_no)
    """
)
