"""What somebody has to do today, and what came of it: contacts logged, and put off. Its front: `actions`, `day`."""
