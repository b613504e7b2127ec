"""Is everything in order: the machine, the workspace, the books; what an administrator is told, and what to do about it."""
