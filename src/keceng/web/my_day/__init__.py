"""今日: what a rep does today, and what came of it."""
