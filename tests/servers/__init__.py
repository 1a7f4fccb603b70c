"""Real servers for the tests, started from packages: nothing has to be installed by hand."""
