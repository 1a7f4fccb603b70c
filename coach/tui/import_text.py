"""The files chosen, and what became of each, as readable lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coach.domain.words import Lang
from coach.tui.widgets.prose import Doc
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.store.importing import ImportResult


def results_doc(files: Sequence[str], mapping: Path | None, results: Sequence[ImportResult], phase: str, lang: Lang) -> Doc:
    """What stands beside the tree."""
    doc = Doc()
    if not files:
        doc.add((say("import.hint", lang), "$text-muted"))
    if phase in ("checked", "done"):
        doc.add((say(f"import.{phase}", lang), "bold $text-success")).gap()
    by_file = {result.file: result for result in results}
    for file in files:
        result = by_file.get(file)
        doc.add((Path(file).name, "bold"), f"  {say(f'kind.{result.kind}', lang)}" if result else "", hang=2)
        if result:
            _result(doc, result, phase, lang)
    if mapping:
        doc.add((say("import.map", lang, name=mapping.name), "$text-accent"))
    return doc


def _result(doc: Doc, result: ImportResult, phase: str, lang: Lang) -> None:
    doc.add("  ", say("import.counts", lang, added=result.added, changed=result.changed, same=result.unchanged), hang=2)
    if result.rejected:
        doc.add("  ", (say("import.rejected", lang, n=result.rejected), "$text-error"), hang=2)
        if result.rejected_file:
            doc.add("  ", (say("import.rejected_file", lang, file=result.rejected_file), "$text-error"), hang=2)
        elif phase == "checked":
            doc.add("  ", (say("import.rejected_later", lang), "$text-muted"), hang=2)
    if result.unmatched_columns:
        names = say("today.and", "zh").join(result.unmatched_columns) if lang == "zh" else ", ".join(result.unmatched_columns)
        doc.add("  ", (say("import.unmatched", lang, names=names), "$text-warning"), hang=2)
    for note in result.notes:
        doc.add("  ", (note, "$text-muted"), hang=2)
