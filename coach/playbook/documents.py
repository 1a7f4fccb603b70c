"""A branch's own documents: read, cut into passages, kept in the workspace, searched and cited.

Markdown, text (UTF-8 or GB18030), DOCX and PDF. What stands in them is data to be quoted, never an
instruction to the program or to a model. Each becomes one JSON file in ``<workspace>/documents/``; the
index is built from these, so an original may move or go.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from coach.domain.words import TOPICS, Lang
from coach.playbook.index import IndexOptions, build_index
from coach.playbook.retrieve import PlaybookRetriever

MAX_BYTES = 30_000_000
MAX_UNPACKED = 100_000_000
"""A DOCX that unpacks to more is refused: it is no letter, it is a bomb."""
MAX_CHARACTERS = 2_000_000
MAX_PAGES = 2_000
TARGET: dict[Lang, tuple[int, int]] = {"zh": (150, 300), "en": (350, 700)}
"""A passage has about this many characters, at least and at most; an English word takes more of them."""
KINDS = {".md": "Markdown", ".markdown": "Markdown", ".txt": "text", ".docx": "DOCX", ".pdf": "PDF"}

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_TOPIC = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[。！？；!?])|(?<=[.!?])\s+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class DocumentError(Exception):
    """A document that cannot be taken: one line with the file, what is wrong and what to do."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as it stands in a file: under which heading, on which page."""

    text: str
    heading: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage of a document."""

    id: str
    lang: Lang
    topic: str
    title: str
    text: str
    heading: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file."""

    file: str
    state: Literal["added", "changed", "unchanged"]
    passages: int
    ids: tuple[str, ...]
    topics: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "ids": list(self.ids), "topics": list(self.topics)}


def add_documents(files: Sequence[Path], options: IndexOptions) -> list[Added]:
    """Add files to what is searched. The same file again changes nothing; a changed one replaces its passages.

    A file is known by its name. All are read before any is kept, so one bad file leaves the workspace as it was:
    raises :class:`DocumentError`. The index is brought up to date at the end.
    """
    read = [(Path(file), *_read(Path(file))) for file in files]
    options.documents.mkdir(parents=True, exist_ok=True)
    retriever = PlaybookRetriever(options)
    results = []
    for path, digest, blocks, topic in read:
        target, stem, before = _place(path, options.documents)
        if before and before.get("sha256") == digest:
            results.append(_added(path, "unchanged", [Piece(**p) for p in before["passages"]]))
            continue
        pieces = _pieces(path, stem, blocks, topic, lambda text, lang: _nearest(retriever, text, lang))
        body = {"file": path.name, "sha256": digest, "passages": [asdict(p) for p in pieces]}
        part = target.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(part, target)
        results.append(_added(path, "changed" if before else "added", pieces))
    build_index(options)
    return results


def _added(path: Path, state: Literal["added", "changed", "unchanged"], pieces: list[Piece]) -> Added:
    return Added(str(path), state, len(pieces), tuple(p.id for p in pieces), tuple(dict.fromkeys(p.topic for p in pieces)))


def _place(path: Path, folder: Path) -> tuple[Path, str, dict[str, object]]:
    """Where a document is kept, its name in ids, and what is kept of it now; two files of one stem do not collide."""
    stem = re.sub(r"[^\w.-]+", "-", path.stem).strip("-.") or "document"
    number = 1
    while True:
        name = stem if number == 1 else f"{stem}-{number}"
        target = folder / f"{name}.json"
        if not target.exists():
            return target, name, {}
        try:
            kept = json.loads(target.read_text(encoding="utf-8"))
            if kept["file"] == path.name:
                return target, name, kept
        except (ValueError, KeyError, TypeError):  # cut off or foreign: this document takes the place
            return target, name, {}
        number += 1


def _read(path: Path) -> tuple[str, list[Block], str | None]:
    """A file's digest, paragraphs, and the topic it names. Raises :class:`DocumentError`."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise DocumentError(path, f"{path.suffix or 'a file without ending'} cannot be read; save it as {', '.join(sorted(KINDS))}")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(path, f"larger than {MAX_BYTES // 1_000_000} MB; split it")
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(path, f"cannot be opened ({error.strerror}); check the name and your rights") from None
    if not data.strip():
        raise DocumentError(path, "the file is empty; add the one that holds the text")
    topic: str | None = None
    if kind == "PDF":
        blocks = _pdf(path)
    elif kind == "DOCX":
        blocks = _docx(path)
    else:
        text, topic = _front(path, _decode(path, data))
        blocks = _markdown(text) if kind == "Markdown" else [Block(p) for p in re.split(r"\n\s*\n", text)]
    blocks = [Block(clean, b.heading, b.page) for b in blocks if (clean := _tidy(b.text))]
    if not any(re.search(r"\w", b.text) for b in blocks):
        remedy = "it may be a scan: run text recognition first" if kind == "PDF" else "add the one that holds the text"
        raise DocumentError(path, f"no text in it; {remedy}")
    if sum(len(b.text) for b in blocks) > MAX_CHARACTERS:
        raise DocumentError(path, f"more than {MAX_CHARACTERS:,} characters; split it")
    return hashlib.sha256(data).hexdigest(), blocks, topic


def _decode(path: Path, data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_CONTROL.findall(text)) <= len(text) // 200:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise DocumentError(path, "not a text file (neither UTF-8 nor GB18030); save it as UTF-8 text")


def _front(path: Path, text: str) -> tuple[str, str | None]:
    """The text without its front matter, and the ``topic:`` that stands there."""
    match = _TOPIC.match(text)
    if not match:
        return text, None
    found = re.search(r"^topic:\s*[\"']?([\w.]+)[\"']?\s*$", match.group(1), re.MULTILINE)
    topic = found.group(1) if found else None
    if topic is not None and topic not in TOPICS:
        raise DocumentError(path, f"topic {topic!r} is not one of the playbook's; see: coach kb check, or leave the line out")
    return text[match.end() :], topic


def _markdown(text: str) -> list[Block]:
    heading, blocks, lines = "", [], []

    def close() -> None:
        if lines:
            blocks.append(Block("\n".join(lines), heading))
            lines.clear()

    for line in text.split("\n"):
        if match := _HEADING.match(line):
            close()
            heading = match.group(2)
        elif line.strip():
            lines.append(line)
        else:
            close()
    close()
    return blocks


def _docx(path: Path) -> list[Block]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise DocumentError(path, f"unpacks to more than {MAX_UNPACKED // 1_000_000} MB; do not open it")
            if "word/document.xml" not in archive.namelist():
                raise DocumentError(path, "not a Word document, whatever its name; save it as .docx again")
    except zipfile.BadZipFile:
        raise DocumentError(path, "not a DOCX file, or protected by a password; save it without one as .docx") from None
    import docx

    try:
        document = docx.Document(str(path))
        heading, blocks = "", []
        for part in document.iter_inner_content():
            if hasattr(part, "rows"):
                for row in part.rows:
                    blocks.append(Block("；".join(dict.fromkeys(c.text.strip() for c in row.cells if c.text.strip())), heading))
            elif (part.style and (part.style.name or "").lower().startswith(("heading", "title", "标题"))) and part.text.strip():
                heading = part.text.strip()
            else:
                blocks.append(Block(part.text, heading))
    except Exception as error:  # python-docx raises what its XML reader raises
        raise DocumentError(path, f"damaged ({type(error).__name__}); open it in Word and save it again") from None
    return blocks


def _pdf(path: Path) -> list[Block]:
    import logging

    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(str(path))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError(path, "protected by a password; save it without one and add it again")
        if len(reader.pages) > MAX_PAGES:
            raise DocumentError(path, f"more than {MAX_PAGES} pages; split it")
        blocks, total = [], 0
        for number, page in enumerate(reader.pages, 1):
            text = page.extract_text() or ""
            total += len(text)
            if total > MAX_CHARACTERS:
                raise DocumentError(path, f"more than {MAX_CHARACTERS:,} characters; split it")
            blocks += [Block(p, page=number) for p in re.split(r"\n\s*\n", text)]
    except DocumentError:
        raise
    except Exception as error:  # pypdf raises many kinds on damaged files
        raise DocumentError(path, f"not a PDF that can be read ({type(error).__name__}); print it to PDF again") from None
    return blocks


def _tidy(text: str) -> str:
    """One line of text: no control characters, Chinese lines joined without a gap, others with one."""
    lines = [line.strip() for line in _CONTROL.sub("", text).split("\n")]
    out = ""
    for line in filter(None, lines):
        gap = "" if not out or (_HAN.match(line) and _HAN.search(out[-1])) else " "
        out += gap + line
    return re.sub(r"[ \t\u3000]+", " ", out).strip()


def language(text: str) -> Lang:
    """Chinese where a fifth of the letters are Chinese characters."""
    han = len(_HAN.findall(text))
    return "zh" if han * 4 >= len(re.findall(r"[A-Za-z]+", text)) and han else "en"


def _cut(blocks: Iterable[Block]) -> list[Block]:
    """Passages of the aimed size: short paragraphs of one heading together, long ones cut between sentences."""
    out: list[Block] = []
    for block in blocks:
        lang = language(block.text)
        least, most = TARGET[lang]
        for part in _sentences(block.text, most):
            last = out[-1] if out else None
            if last and last.heading == block.heading and last.page == block.page and language(last.text) == lang \
                    and len(last.text) < least and len(last.text) + len(part) <= most:
                out[-1] = Block(f"{last.text}{'' if lang == 'zh' else ' '}{part}", last.heading, last.page)
            else:
                out.append(Block(part, block.heading, block.page))
    return [b for b in out if re.search(r"\w", b.text)]


def _sentences(text: str, most: int) -> list[str]:
    """A paragraph in parts of at most ``most`` characters, cut between sentences where there are any."""
    if len(text) <= most:
        return [text]
    parts, now = [], ""
    short = (s[i : i + most] for s in _SENTENCE.split(text) for i in range(0, len(s), most))
    for sentence in short:
        gap = " " if now and not _HAN.search(now[-1] + sentence[:1]) and now[-1].isascii() else ""
        if now and len(now) + len(gap) + len(sentence) > most:
            parts, now = [*parts, now], sentence
        else:
            now += gap + sentence
    return [part for part in [*parts, now] if part.strip()]


def _pieces(path: Path, stem: str, blocks: list[Block], topic: str | None, nearest: Callable[[str, Lang], str]) -> list[Piece]:
    pieces = []
    for number, block in enumerate(_cut(blocks), 1):
        lang = language(block.text)
        where = block.heading or (f"第 {block.page} 页" if lang == "zh" else f"page {block.page}") if block.heading or block.page else ""
        title = f"{path.stem} · {where}" if where else path.stem
        pieces.append(Piece(f"branch/{stem}#{number}", lang, topic or nearest(f"{block.heading} {block.text}", lang), title,
                            block.text, block.heading, block.page))
    return pieces


def _nearest(retriever: PlaybookRetriever, text: str, lang: Lang) -> str:
    """The topic that the playbook's passages nearest to a text carry, nearer ones counting more."""
    votes: Counter[str] = Counter()
    for rank, hit in enumerate(h for h in retriever.search(text[:400], lang=lang, k=12) if h.source == "playbook"):
        votes[hit.topic] += round(1000 * hit.score) // (rank + 1) + 1
    return votes.most_common(1)[0][0] if votes else TOPICS[0]
