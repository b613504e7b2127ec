"""导入: files in, what was seen, what is asked, what would change, and then the change."""
