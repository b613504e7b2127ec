"""设置: people, roles, names in the books, the own password, the audit."""
