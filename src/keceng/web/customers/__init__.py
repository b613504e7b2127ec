"""客户: the list, its filters and saved views."""
