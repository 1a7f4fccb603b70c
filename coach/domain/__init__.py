"""Pure rules: no I/O, no clock, no globals. Everything here is a function of its arguments."""
