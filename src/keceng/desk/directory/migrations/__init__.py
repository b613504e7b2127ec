"""The directory's schema."""
