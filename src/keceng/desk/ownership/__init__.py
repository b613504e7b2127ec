"""Customers come to another owner, one or many at a time. Its front: `actions`, `choosing`, `queries`."""
