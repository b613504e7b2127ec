"""Work that takes longer than a page: rows with a lease, done in child processes of a worker, once each."""
