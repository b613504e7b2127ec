"""Who asked, who approved, and what became of it: what people decide, kept in the desk's own database.

The apps: `people` (users and what they may do), `standards` (the life of a standard), `runs` (runs, the monthly review,
appeals, overrides, nominations), `outbox` (decisions on their way to the lake),
`jobs` (work that takes longer than a page, schedules, uploaded files), `directory` (customers as lists show them),
`visits` (the day of a rep, contacts logged), `tokens` (programs that act for people), `audit` (who did what, sealed into a chain). In each, `actions` writes and `queries`
reads; those two modules are its front. Every change is a row in the same transaction: who, why, old, new, when.

A decision that changes a result is also a row of the lake, written through the outbox; that row is the truth.
"""
