"""客户全景: one customer whole."""
