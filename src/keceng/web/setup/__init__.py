"""The first visit: the administrator is made."""
