"""转交: customers come to another owner, from the list or from one customer's page; taken back on the same day."""
