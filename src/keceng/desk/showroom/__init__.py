"""The demo company's people and what lies on their desks, so that every screen has something true on it."""
