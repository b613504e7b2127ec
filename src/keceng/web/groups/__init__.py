"""客户组: conditions under a name, built in a form or written as text, with whom they hold while one edits."""
