"""The life of a standard: draft, in review, approved, in force from a date, retired. Its front: `actions`, `queries`, `simulation`."""
