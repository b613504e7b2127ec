"""Programs that act for people: access tokens, what each may, and answers kept so that nothing is done twice. Its front: `scopes`, `actions`, `queries`, `once`."""
