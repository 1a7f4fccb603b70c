"""The branch's records in a database. Knows no screen and no play."""
