"""The REST door: what the screens do, for programs. A program acts for somebody, by their token, with their rights and no others.

`door` puts it together; a module per part of the workbench holds its operations, the module of the same name with `_shapes`
what they take and give. Operations parse, ask the desk, and answer; whatever is decided is decided by the desk. Amounts are
whole cents, keys of customers are strings of digits (they have up to 19), days are `2026-12-31`, sentences stand in both
languages, and only refusals follow the language that the request asks for.
"""
