"""Tables of the audit, as they came to be."""
