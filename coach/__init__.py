"""Coach: the working day of a retail-bank branch that looks after the customers it already has."""

__version__ = "0.1.0"
