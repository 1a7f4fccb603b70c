"""``coach kb search | build | check | add``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coach.cli.out import JsonOption, LangOption, call, plain_errors
from coach.domain.words import pick

app = typer.Typer(help="The playbook: search, index, check, add your own. 手册。", no_args_is_help=True)


@app.command("search")
@plain_errors
def search(
    query: Annotated[str, typer.Argument()],
    k: Annotated[int, typer.Option("-k", min=1, max=100)] = 5,
    topic: Annotated[str | None, typer.Option(help="Only this topic. 只看一个主题。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Search the playbook. 搜手册。"""
    from coach.services.knowledge import retriever

    now = call(as_json, lang)
    hits = retriever(now.ws).search(query, lang=now.lang, k=k, topics=[topic] if topic else None)
    value = {
        "query": query,
        "hits": [{"id": h.id, "topic": h.topic, "title": h.title, "text": h.text, "score": round(h.score, 4)} for h in hits],
    }
    now.answer(value, lambda: [line for h in hits for line in (f"{h.score:.2f} {h.id}  {h.title}", f"     {h.text}")])


@app.command("build")
@plain_errors
def build(as_json: JsonOption = False, lang: LangOption = None) -> None:
    """Build the index anew. 重建索引。"""
    from coach.services.knowledge import build as make

    now = call(as_json, lang)
    value = make(now.ws)
    now.answer(value, lambda: [pick(now.lang, f"索引已建：{value['passages']} 段", f"index built: {value['passages']} passages")])


@app.command("check")
@plain_errors
def check(as_json: JsonOption = False, lang: LangOption = None) -> None:
    """Check every card and rule. 检查全部卡片与规则。"""
    from coach.services.knowledge import check as examine

    now = call(as_json, lang)
    told = examine()
    now.answer(
        told,
        lambda: [
            *(f"{p['file']}:{p['line'] or ''} {p['text']}" for p in told["problems"]),
            pick(
                now.lang,
                f"卡片 {told['cards']}，每种语言段落 {told['passages']}，规则 {told['rules']}，问题 {len(told['problems'])}",
                f"{told['cards']} cards, {told['passages']} passages a language, {told['rules']} rules, {len(told['problems'])} problems",
            ),
        ],
    )
    if told["problems"]:
        raise typer.Exit(1)


@app.command("add")
@plain_errors
def add(files: Annotated[list[Path], typer.Argument()], as_json: JsonOption = False, lang: LangOption = None) -> None:
    """Add your branch's own Markdown, text, DOCX or PDF to what is searched and cited. 加入网点自己的资料。"""
    from coach.services.knowledge import add as bring

    now = call(as_json, lang)
    value = bring(now.ws, files)
    now.answer(value, lambda: [pick(now.lang, f"{v['file']}：{v['passages']} 段", f"{v['file']}: {v['passages']} passages") for v in value])
