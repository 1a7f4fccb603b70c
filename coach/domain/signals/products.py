"""Signals of what is held and could be: expected large money, a product's portrait, one product type only."""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from coach.domain.policy import Product
from coach.domain.signals.context import Context, by_amount, found

_OWED = ("loan", "card")


def windfall(ctx: Context) -> pl.DataFrame:
    """Tagged with expected large money (A39): the first of the policy's tags that stands among the client's."""
    tag = pl.lit(None, dtype=pl.String)
    for word in reversed(ctx.policy.signals.windfall_tags):
        tag = pl.when(pl.col("tags").str.contains(_tag(word))).then(pl.lit(word)).otherwise(tag)
    rows = ctx.clients.with_columns(tag=tag).filter(pl.col("tag").is_not_null())
    return found(rows, "windfall", on=pl.col("known_on"), extra=by_amount(pl.col("assets_fen")), evidence={"tag": pl.col("tag")})


def _tag(word: str) -> str:
    """A tag that is the word, or ends in it («预计拆迁»), or is it with a usual ending («拆迁户»); «上市公司员工» is not «上市»."""
    if word.isascii():
        return rf"(?i)\b{re.escape(word)}\b"
    edge = r"[;；,，、|/\s]"
    return rf"(?:^|{edge})[^;；,，、|/\s]{{0,6}}{re.escape(word)}(?:户|款|补偿|补偿款|预期|中|在即)?(?:$|{edge})"


def single_product(ctx: Context) -> pl.DataFrame:
    """Holds one product type only (A41), and of it ``single_amount`` or more; what is owed is no product to build on."""
    rows = (
        ctx.held.group_by("client_no").agg(
            types=pl.col("product_type").n_unique(), product_type=pl.col("product_type").first(),
            amount_fen=pl.col("amount_fen").sum(), newest=pl.col("start_on").max(),
        )
        .filter((pl.col("types") == 1) & ~pl.col("product_type").is_in(_OWED) & (pl.col("amount_fen") >= ctx.policy.signals.single_amount))
        .join(ctx.clients.select("client_no", "known_on"), on="client_no")
    )
    return found(
        rows, "single_product", on=pl.coalesce("newest", "known_on"), extra=by_amount(pl.col("amount_fen")),
        evidence={"product_type": pl.col("product_type"), "amount_fen": pl.col("amount_fen")},
    )


def product_fit(ctx: Context) -> pl.DataFrame:
    """Matches a listed product's portrait (A40), holds none of it, and may be offered its risk: the first in the list.

    Holds none: not the product by name, and nothing of its type unless the portrait itself asks for holders
    of that type (a five-year deposit is for people who already keep deposits). The risk assessment must be
    in force, and the product's R not above the client's C.
    """
    products = ctx.policy.products
    if not products:
        return found(ctx.clients.clear(), "product_fit", on=pl.col("known_on"), extra=pl.lit(0), evidence={"product_id": pl.lit("")})
    rows = _judged(ctx)
    pick, risk = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.String)
    for product in reversed(products):
        fits = _fits(product)
        pick, risk = pl.when(fits).then(pl.lit(product.id)).otherwise(pick), pl.when(fits).then(pl.lit(product.risk)).otherwise(risk)
    rows = rows.with_columns(product_id=pick, risk=risk).filter(pl.col("product_id").is_not_null())
    return found(
        rows, "product_fit", on=pl.min_horizontal(pl.max_horizontal("risk_assessed_on", "newest"), pl.lit(ctx.today)),
        extra=by_amount(pl.col("assets_fen")), evidence={"product_id": pl.col("product_id"), "risk": pl.col("risk")},
    )


def _judged(ctx: Context) -> pl.DataFrame:
    """The clients who may be offered something at all, with what the portraits ask about."""
    expires = pl.col("risk_assessed_on").dt.offset_by(f"{ctx.policy.compliance.assessment_months}mo")
    rows = ctx.clients.filter(
        (pl.col("assets_fen") >= ctx.policy.signals.fit_amount) & (expires > ctx.today) & (pl.col("risk_assessed_on") <= ctx.today)
    ).with_columns(
        level=pl.col("risk_level").str.extract(r"^\s*[Cc]([1-5])\s*$", 1).cast(pl.Int64),
        age=_age(ctx.today), work=pl.concat_str("occupation", "employer", separator=" ", ignore_nulls=True).str.to_lowercase(),
        kin=pl.col("family").fill_null("").str.strip_chars().str.len_chars() > 0,
    )
    terms = sorted({p.portrait.deposit_term_months for p in ctx.policy.products if p.portrait.deposit_term_months})
    held = ctx.held.group_by("client_no").agg(
        types=pl.col("product_type").unique().sort(), newest=pl.col("start_on").max(),
        demand_fen=pl.col("amount_fen").filter(pl.col("product_type") == "demand").sum(),
        **{f"has_{p.id}": _named(p).any() for p in ctx.policy.products},
    )
    kept = ctx.frames.holdings.filter(pl.col("product_type") == "deposit").group_by("client_no").agg(
        pl.lit(0).alias("_"),
        **{f"term_{m}": (pl.col("matures_on") >= pl.col("start_on").dt.offset_by(f"{m}mo")).any() for m in terms},
    )
    return rows.join(held, on="client_no", how="left").join(kept, on="client_no", how="left").with_columns(
        pl.col("types").fill_null(pl.lit([], dtype=pl.List(pl.String))), pl.col("demand_fen").fill_null(0)
    )


def _age(today: date) -> pl.Expr:
    born = pl.col("birthday")
    later = (born.dt.month() > today.month) | ((born.dt.month() == today.month) & (born.dt.day() > today.day))
    return today.year - born.dt.year() - later.cast(pl.Int32)


def _named(product: Product) -> pl.Expr:
    name = pl.col("product").str.strip_chars().str.to_lowercase()
    return name.is_in([n.lower() for n in (product.id, product.name, product.name_en) if n]).fill_null(False)


def _fits(product: Product) -> pl.Expr:
    want = product.portrait
    asks_holders = product.type in want.holds or (product.type == "deposit" and want.deposit_term_months is not None)
    conditions = [
        pl.col("level") >= int(product.risk[1]),
        pl.col("assets_fen") >= want.min_assets,
        pl.col("demand_fen") >= want.min_demand,
        ~pl.col(f"has_{product.id}").fill_null(False),
        *([] if asks_holders else [~pl.col("types").list.contains(pl.lit(product.type.value))]),
        *(pl.col("types").list.contains(pl.lit(kind.value)) for kind in want.holds),
        *([pl.col("age") >= want.min_age] if want.min_age is not None else []),
        *([pl.col("age") <= want.max_age] if want.max_age is not None else []),
        *([pl.col(f"term_{want.deposit_term_months}")] if want.deposit_term_months else []),
        *([pl.col("work").str.contains_any([word.lower() for word in want.occupations])] if want.occupations else []),
        *([pl.col("kin") == want.family] if want.family is not None else []),
    ]
    return pl.all_horizontal(*conditions).fill_null(False)
