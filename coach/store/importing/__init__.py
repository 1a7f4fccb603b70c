"""A branch's own files into the store: ``import_file`` is the whole of it."""

from coach.store.importing.messages import ImportFailed
from coach.store.importing.run import ImportResult, import_file, import_files

__all__ = ["ImportFailed", "ImportResult", "import_file", "import_files"]
