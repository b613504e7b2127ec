"""A person in full, for whoever may see them: a button on the customer page, and what it shows."""
