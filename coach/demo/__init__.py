"""The demo branch: invented clients whose lives hang together, made from a seed and written as a branch's own files."""

from coach.demo.generate import KINDS, generate
from coach.demo.write import write_files

__all__ = ["KINDS", "generate", "write_files"]
