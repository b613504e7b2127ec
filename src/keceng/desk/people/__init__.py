"""Users of the desk and what each may do. Its front: `duties`, `actions`, `queries`."""
