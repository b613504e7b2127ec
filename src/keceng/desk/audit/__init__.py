"""Who did what to whom, old and new: rows that are only ever added, sealed into a chain. Its front: `actions`, `queries`."""
