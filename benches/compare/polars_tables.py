"""The tables by Polars, written as Parquet.

Money is whole cents in 64 bits from the scan on, and decimal again in the files: with decimals of 128 bits
`customer_day` takes a fifth longer. Customers are whole numbers from `customer_day` on, numbered in the order
of their ids, and have their ids again in the files.

The streaming engine runs all queries: over all rows and days it is faster than the one in memory, and it
makes no difference over customers. What else was tried is said where it was tried, with the seconds of one
core that it took for 4 million rows.
"""

from __future__ import annotations

import os
from datetime import date, timedelta

import job

TASK = job.read()
# Polars reads this once, when it is imported.
os.environ["POLARS_MAX_THREADS"] = str(TASK.threads)

import polars as pl  # noqa: E402
from polars import col  # noqa: E402

BINS = 5
LOST_AFTER_DAYS = 180
COOLING_AFTER, AT_RISK_AFTER, LOST_AFTER = 1.5, 3.0, 6.0
MIN_GAP_DAYS = 7.0
STATUSES = ("active", "cooling", "at_risk", "lost")

AS_OF = pl.lit(TASK.as_of)
AS_OF_MONTH = TASK.as_of.replace(day=1)


def streamed(frame: pl.LazyFrame) -> pl.DataFrame:
    return frame.collect(engine="streaming")


def months_back(month: date, months: int) -> date:
    index = month.year * 12 + month.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def months_to_as_of(first: pl.Expr) -> pl.Expr:
    return pl.date_ranges(first, pl.lit(AS_OF_MONTH), "1mo")


def over(month: pl.Expr) -> pl.Expr:
    """Whether a month is over at the as-of date."""
    return month.dt.month_end() <= AS_OF


def exact_quotient(cents: pl.Expr, number: pl.Expr) -> pl.Expr:
    """Cents by a whole number, in millionths of the unit, rounded half up by size; NULL for none."""
    some = pl.when(number != 0).then(number)
    return cents.sign() * ((cents.abs() * 20_000 + some) // (2 * some))


def money(frame: pl.LazyFrame, cents: list[str], *millionths: str) -> pl.LazyFrame:
    """Whole numbers as the decimals that they stand for."""
    decimals = [col(name).cast(pl.Decimal(38, 2)) / 100 for name in cents]
    decimals += [col(name).cast(pl.Decimal(38, 6)) / 1_000_000 for name in millionths]
    return frame.with_columns(decimals)


def kept_rows() -> pl.DataFrame:
    """The rows that only the rule `duplicate` can set aside, and that lie on or before the as-of date.

    The business day: Asia/Shanghai has been UTC+8 since 1991, so that adding 8 hours will do (0.6 s, scan
    included); `convert_time_zone` is right for any zone, and takes 0.8 s. The end of the as-of date is before
    2099 (`time_outside`), and a time that is NULL (`no_time`) is not before it.
    """
    sold_below_zero = (col("amount") < 0) & col("transaction_id").str.starts_with("T")
    rows = pl.scan_parquet(TASK.files).filter(
        col("customer_id").is_not_null(),
        col("occurred_at") < TASK.midnight,
        col("amount").is_not_null(),
        col("amount") != 0,
        ~sold_below_zero,
    )
    return streamed(
        rows.select(
            "customer_id",
            "transaction_id",
            "line_no",
            "occurred_at",
            (col("occurred_at").dt.replace_time_zone(None) + timedelta(hours=8)).dt.date().alias("day"),
            "quantity",
            # The digits of DECIMAL(12, 2): cents.
            col("amount").to_physical().cast(pl.Int64),
            col("transaction_id").hash().alias("hash"),
        )
    )


def per_transaction() -> pl.LazyFrame:
    """One row a customer, day and transaction, after the rule `duplicate`.

    Hardly any transaction has a second row. One that has none is neither a duplicate nor needs to be grouped:
    only the few others are treated as the rule and the query say. They are found by hashes of 8 bytes: two
    transactions that share one are among the few for nothing, and no result is wrong.

    Down to one row a customer and day: 2.2 s this way (2.8 s by the engine in memory), 2.7 s when the files
    are read twice instead of keeping the rows (and a fifth less memory), 4.3 s with the repeated keys found
    by text, 6.9 s with `sort` and `unique` over all rows. `is_duplicated` takes as long as grouping by the
    hash, or sorting it.
    """
    rows = kept_rows()
    rows = rows.with_columns(several=col("hash").is_duplicated())
    few = rows.filter("several").lazy()
    # Without the columns that only the few need, before more memory is asked for.
    rows = rows.select("customer_id", "day", "quantity", "amount", "several")
    below_zero = pl.when(col("amount") < 0).then(-col("amount")).otherwise(0)
    alone = (
        rows.lazy()
        .filter(~col("several"))
        .select(
            "customer_id",
            "day",
            orders=(col("amount") >= 0).cast(pl.Int32),
            units=col("quantity").cast(pl.Int64),
            revenue=col("amount"),
            returns=below_zero,
        )
    )
    grouped = (
        few.sort("customer_id", "occurred_at", "amount", "quantity")
        .unique(["transaction_id", "line_no"], keep="first", maintain_order=True)
        .group_by("customer_id", "day", "transaction_id")
        .agg(
            orders=(col("amount").max() >= 0).cast(pl.Int32),
            units=col("quantity").cast(pl.Int64).sum(),
            revenue=col("amount").sum(),
            returns=below_zero.sum(),
        )
        .drop("transaction_id")
    )
    return pl.concat([alone, grouped])


def customer_day() -> tuple[pl.DataFrame, pl.Series]:
    """The table in the order of `customer`, the place of the customer's id in the series beside it, and
    `day`.

    Gaps: a sort by one whole number made of customer and day, then `shift` over the days with an order: 2.0
    s, the numbering of customers included. A sort by id and day takes 1.7 s, but then everything that follows
    is grouped and joined by text. `shift().over(customer)` takes 1.5 s instead of 0.2 s. With customers as
    `Categorical` from the scan on, reading and grouping take 0.3 s more.
    """
    days = streamed(
        per_transaction()
        .group_by("customer_id", "day")
        .agg(
            transactions=pl.len().cast(pl.Int32),
            orders=col("orders").sum(),
            units=col("units").sum(),
            revenue=col("revenue").sum(),
            returns=col("returns").sum(),
        )
        .with_columns(sales=col("revenue") + col("returns"))
    )
    ids = streamed(days.lazy().select("customer_id").unique().sort("customer_id").with_row_index("customer"))
    days = streamed(
        days.lazy()
        .join(ids.lazy(), on="customer_id")
        .drop("customer_id")
        .with_columns(place=col("customer").cast(pl.Int64) * 1_000_000 + col("day").to_physical())
        .sort("place")
        .drop("place")
    )
    order_day = pl.when(col("orders") > 0).then(col("day"))
    order_customer = pl.when(col("orders") > 0).then(col("customer"))
    before = order_day.forward_fill().shift(1)
    before_customer = order_customer.forward_fill().shift(1)
    gap = pl.when((col("orders") > 0) & (before_customer == col("customer"))).then(
        (col("day") - before).dt.total_days()
    )
    return days.with_columns(gap_days=gap.cast(pl.Int32), customer=col("customer").set_sorted()), ids[
        "customer_id"
    ]


def gaps_by_place(days: pl.LazyFrame, counts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The median and the 90th percentile of the gaps of each customer, who has so many: picked by their place
    among all gaps, sorted by customer and length. In whole numbers, so that a tenth is a tenth: `late` turns
    on it.
    """
    place = col("customer").cast(pl.Int64) * 1_000_000 + col("gap_days")
    gaps = (
        streamed(days.filter(col("gap_days").is_not_null()).select(place=place).sort("place"))["place"]
        % 1_000_000
    )
    sizes = pl.DataFrame({"n": counts.cast(pl.Int64)}).with_columns(first=col("n").cum_sum() - col("n"))
    n, first = pl.when(col("n") > 0).then(col("n")), col("first")
    tenths = 9 * (n - 1)
    places = sizes.select(
        middle=first + (n - 1) // 2,
        next_to_middle=first + n // 2,
        below=first + tenths // 10,
        above=first + (tenths + 9) // 10,
        weight=tenths % 10,
    )
    at = {name: gaps.gather(places[name]) for name in ("middle", "next_to_middle", "below", "above")}
    median = (at["middle"] + at["next_to_middle"]) / 2
    return median, (at["below"] * (10 - places["weight"]) + at["above"] * places["weight"]) / 10


def customer_summary(days: pl.LazyFrame) -> pl.DataFrame:
    """In the order of `customer`. With gaps by place 0.7 s; with `median` and `quantile` in the grouping 1.2
    s, and in memory, where the grouping uses the order of rows, 1.4 s.
    """
    last_year = pl.when(col("day") > AS_OF - timedelta(days=365)).then(col("revenue"))
    per_customer = streamed(
        days.with_columns(
            order_day=pl.when(col("orders") > 0).then(col("day")),
            second_day=pl.when(col("gap_days").is_not_null() | (col("orders") >= 2)).then(col("day")),
            last_year=last_year,
            repeat_revenue=pl.when(col("gap_days").is_not_null()).then(col("revenue")),
        )
        .group_by("customer")
        .agg(
            first_day=col("order_day").min(),
            last_day=col("order_day").max(),
            second_day=col("second_day").min(),
            first_row=col("day").min(),
            last_row=col("day").max(),
            transactions=col("transactions").sum(),
            orders=col("orders").sum(),
            active_days=col("order_day").count(),
            revenue=col("revenue").sum(),
            sales=col("sales").sum(),
            returns=col("returns").sum(),
            repeat_days=col("gap_days").count(),
            repeat_revenue=col("repeat_revenue").sum(),
            revenue_12m=col("last_year").sum(),
        )
        .sort("customer")
    )
    median, p90 = gaps_by_place(days, per_customer["repeat_days"])
    first, last = pl.coalesce("first_day", "first_row"), pl.coalesce("last_day", "last_row")
    repeats = pl.when(col("repeat_days") > 0).then(col("repeat_days"))
    return per_customer.select(
        "customer",
        first_day=first,
        last_day=last,
        second_day=col("second_day"),
        **{name: col(name).cast(pl.Int64) for name in ("transactions", "orders", "active_days")},
        revenue=col("revenue"),
        sales=col("sales"),
        returns=col("returns"),
        average_order=exact_quotient(col("revenue"), col("orders")),
        tenure_days=(AS_OF - first).dt.total_days(),
        recency_days=(AS_OF - last).dt.total_days(),
        span_days=(last - first).dt.total_days(),
        repeat_days=col("repeat_days").cast(pl.Int64),
        mean_repeat_spend=exact_quotient(col("repeat_revenue"), repeats),
        median_gap_days=median,
        p90_gap_days=p90,
        revenue_12m=col("revenue_12m"),
    )


def customer_rank(summary: pl.LazyFrame) -> pl.LazyFrame:
    """In the order of rank; `customer` breaks ties as the id does."""
    total = col("revenue").sum()
    cumulative = col("revenue").cum_sum()
    # Of customers with equal revenue all are as good as the first of them.
    before = col("before").min().over("revenue")
    better = col("revenue").rank("min", descending=True).cast(pl.Int64) - 1
    worse = col("revenue").rank("min").cast(pl.Int64) - 1
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return (
        summary.select("customer", "revenue")
        .sort("revenue", "customer", descending=[True, False])
        .with_columns(before=cumulative - col("revenue"))
        .with_columns(
            value_rank=rank,
            cumulative_share=pl.when(total > 0).then(cumulative / total),
            **{
                "class": pl.when(total <= 0)
                .then(pl.lit("C"))
                .when(before * 100 < total * 80)
                .then(pl.lit("A"))
                .when(before * 100 < total * 95)
                .then(pl.lit("B"))
                .otherwise(pl.lit("C"))
            },
            decile=pl.when(better + worse == 0)
            .then(5)
            .otherwise(pl.max_horizontal(10 - 10 * worse // pl.max_horizontal(better + worse, 1), 1)),
        )
        .drop("before")
    )


def concentration(rank: pl.LazyFrame) -> pl.LazyFrame:
    """Squared shares are added in units of 1e-18, as decimals are."""
    n, revenue, place = pl.len().cast(pl.Int64), col("revenue"), col("value_rank")
    base = pl.when(revenue.sum() > 0).then(revenue.sum())
    best = {f"top{k}_revenue": revenue.filter(place <= k).sum() for k in (1, 5, 10)}
    squares = ((revenue / base) ** 2 * 1e18).round().cast(pl.Int64).sum()
    # Places times cents pass 64 bits with some million customers.
    places = ((n + 1 - place).cast(pl.Int128) * revenue.cast(pl.Int128)).sum().cast(pl.Float64)
    sums = rank.select(
        customers=n,
        customers_negative=(revenue < 0).sum().cast(pl.Int64),
        customers_zero=(revenue == 0).sum().cast(pl.Int64),
        revenue=revenue.sum(),
        base=base,
        top20_customers=(n + 4) // 5,
        top20_revenue=revenue.filter(place <= (n + 4) // 5).sum(),
        customers_for_80=pl.when(base.is_not_null()).then(
            ((revenue.cum_sum() - revenue) * 100 < revenue.sum() * 80).sum().cast(pl.Int64)
        ),
        hhi=squares / 1e18,
        places=places,
        **best,
    )
    count = col("customers").cast(pl.Float64)
    return sums.select(
        "customers",
        "customers_negative",
        "customers_zero",
        "revenue",
        "top20_customers",
        "top20_revenue",
        top20_share=col("top20_revenue") / col("base"),
        gini=2 * col("places") / (count * col("base")) - (count + 1) / count,
        hhi=col("hhi"),
        customers_for_80=col("customers_for_80"),
        customers_for_80_share=col("customers_for_80") / count,
        top1_share=col("top1_revenue") / col("base"),
        top5_share=col("top5_revenue") / col("base"),
        top10_share=col("top10_revenue") / col("base"),
    )


def lorenz(rank: pl.DataFrame) -> pl.LazyFrame:
    steps = pl.LazyFrame({"k": range(101)}, schema={"k": pl.Int64})
    place = (col("k") * rank.height + 99) // 100
    points = steps.with_columns(value_rank=place).join(
        rank.lazy().select("value_rank", "cumulative_share"),
        on="value_rank",
        how="left",
        maintain_order="left",
    )
    total = rank["revenue"].sum()
    share = (
        pl.when(pl.lit(total) <= 0)
        .then(None)
        .when(col("k") == 0)
        .then(0.0)
        .otherwise(col("cumulative_share"))
    )
    return points.select(customer_share=col("k") / 100, revenue_share=share)


def rfm(summary: pl.LazyFrame) -> pl.LazyFrame:
    """A score is 1 + floor(bins x worse / (worse + better)), bins at most, and the middle where all are alike.
    Every customer is ranked: to score each number of days and of orders once, and join that, takes as long.
    """

    def score(value: str, descending: bool = False) -> pl.Expr:
        worse = col(value).rank("min", descending=descending).cast(pl.Int64) - 1
        others = worse + col(value).rank("min", descending=not descending).cast(pl.Int64) - 1
        place = pl.when(others == 0).then(BINS // 2).otherwise(BINS * worse // pl.max_horizontal(others, 1))
        return pl.min_horizontal(1 + place, BINS)

    return summary.select(
        "customer",
        "recency_days",
        frequency=col("orders"),
        monetary=col("revenue"),
        r=score("recency_days", descending=True),
        f=score("orders"),
        m=score("revenue"),
    )


def rfm_bins(scores: pl.LazyFrame) -> pl.LazyFrame:
    def counted(measure: str, value: pl.Expr) -> pl.LazyFrame:
        bins = scores.group_by(score=measure).agg(
            customers=pl.len().cast(pl.Int64),
            lowest=value.min().cast(pl.Decimal(38, 6)),
            highest=value.max().cast(pl.Decimal(38, 6)),
        )
        grid = pl.LazyFrame({"score": range(1, BINS + 1)}, schema={"score": pl.Int64})
        return grid.join(bins, on="score", how="left", maintain_order="left").select(
            pl.lit(measure).alias("measure"), "score", col("customers").fill_null(0), "lowest", "highest"
        )

    return pl.concat(
        [
            counted("r", col("recency_days")),
            counted("f", col("frequency")),
            counted("m", col("monetary") / 100),
        ]
    )


def monthly(days: pl.LazyFrame, summary: pl.LazyFrame) -> pl.LazyFrame:
    customer_month = days.group_by("customer", month=col("day").dt.truncate("1mo")).agg(
        col("revenue", "sales", "returns", "orders").sum(),
        first_days=((col("orders") > 0) & col("gap_days").is_null()).sum(),
        longest_gap=col("gap_days").max(),
    )
    back = (col("first_days") == 0) & (col("longest_gap") >= LOST_AFTER_DAYS)
    activity = customer_month.group_by("month").agg(
        col("revenue", "sales", "returns").sum(),
        orders=col("orders").sum().cast(pl.Int64),
        active=(col("orders") > 0).sum().cast(pl.Int64),
        new=(col("first_days") > 0).sum().cast(pl.Int64),
        reactivated=back.sum().cast(pl.Int64),
    )
    late = pl.duration(days=col("gap_days") - LOST_AFTER_DAYS)
    ended = days.filter(col("gap_days") >= LOST_AFTER_DAYS).select(day=col("day") - late)
    silent = summary.filter(col("orders") > 0, col("recency_days") >= LOST_AFTER_DAYS)
    lasting = silent.select(day=col("last_day") + timedelta(days=LOST_AFTER_DAYS))
    losses = (
        pl.concat([ended, lasting])
        .group_by(month=col("day").dt.truncate("1mo"))
        .agg(fell_silent=pl.len().cast(pl.Int64))
    )
    months = (
        days.select(month=col("day").min().dt.truncate("1mo"))
        .select(months_to_as_of(col("month")))
        .explode("month")
    )
    counts = ["revenue", "sales", "returns", "orders", "active", "new", "returning", "reactivated", "fell_silent"]
    return (
        months.join(activity, on="month", how="left")
        .join(losses, on="month", how="left")
        .with_columns(
            complete=over(col("month")),
            returning=col("active") - col("new") - col("reactivated"),
            average_order=exact_quotient(col("revenue"), col("orders")),
        )
        .with_columns(col(counts).fill_null(0))
        .select("month", "complete", *counts, "average_order")
        .sort("month")
    )


def cohorts(days: pl.LazyFrame, summary: pl.LazyFrame) -> pl.LazyFrame:
    earliest = months_back(AS_OF_MONTH, 23)
    members = summary.filter(col("orders") > 0, col("first_day") >= earliest).select(
        "customer", cohort=col("first_day").dt.truncate("1mo")
    )
    activity = (
        days.join(members, on="customer")
        .group_by("cohort", "customer", month=pl.max_horizontal(col("day").dt.truncate("1mo"), col("cohort")))
        .agg(col("orders", "revenue").sum())
        .group_by("cohort", "month")
        .agg(active=(col("orders") > 0).sum().cast(pl.Int64), revenue=col("revenue").sum())
    )
    months = (
        members.group_by("cohort")
        .agg(size=pl.len().cast(pl.Int64))
        .with_columns(month=months_to_as_of(col("cohort")))
        .explode("month")
    )
    year, month = (
        col("month").dt.year() - col("cohort").dt.year(),
        col("month").dt.month() - col("cohort").dt.month(),
    )
    return (
        months.join(activity, on=["cohort", "month"], how="left")
        .with_columns(
            col("active", "revenue").fill_null(0), age=year.cast(pl.Int64) * 12 + month.cast(pl.Int64)
        )
        .sort("cohort", "age")
        .select(
            "cohort",
            "age",
            "size",
            "active",
            retention=col("active") / col("size"),
            complete=over(col("month")),
            revenue=col("revenue"),
            cumulative_revenue=exact_quotient(col("revenue").cum_sum().over("cohort"), col("size")),
        )
    )


def churn(summary: pl.LazyFrame) -> pl.LazyFrame:
    rhythmic = col("active_days") >= 3

    def floored(gap: str) -> pl.Expr:
        own = pl.when(rhythmic).then(col(gap))
        population = pl.coalesce(own.median(), col(gap).median())
        return pl.when(population.is_not_null()).then(
            pl.max_horizontal(pl.coalesce(own, population), MIN_GAP_DAYS)
        )

    lateness = col("lateness")
    order = (
        pl.when(lateness > LOST_AFTER)
        .then(4)
        .when(lateness > AT_RISK_AFTER)
        .then(3)
        .when(lateness > COOLING_AFTER)
        .then(2)
    ).otherwise(1)
    at_risk = (col("status_order") >= 3) & (col("revenue_12m") > 0)
    return (
        summary.select(
            "customer",
            "recency_days",
            gap_days=floored("median_gap_days"),
            limit=floored("p90_gap_days"),
            revenue_12m=col("revenue_12m"),
        )
        .with_columns(
            lateness=col("recency_days") / col("gap_days"),
            late=(col("recency_days") > col("limit")).fill_null(False),
        )
        .with_columns(status_order=order.cast(pl.Int64))
        .select(
            "customer",
            "recency_days",
            "gap_days",
            "lateness",
            "late",
            status=col("status_order").replace_strict([1, 2, 3, 4], list(STATUSES), return_dtype=pl.String),
            status_order=col("status_order"),
            revenue_12m=col("revenue_12m"),
            revenue_at_risk=pl.when(at_risk).then(col("revenue_12m")).otherwise(0),
        )
    )


def churn_summary(late: pl.LazyFrame, rank: pl.LazyFrame) -> pl.LazyFrame:
    counted = (
        late.join(rank.select("customer", "class"), on="customer")
        .group_by("class", "status_order")
        .agg(col("revenue_12m", "revenue_at_risk").sum(), customers=pl.len().cast(pl.Int64))
    )
    statuses = pl.LazyFrame(
        {"status": STATUSES, "status_order": range(1, 5)},
        schema={"status": pl.String, "status_order": pl.Int64},
    )
    sums = ["customers", "revenue_12m", "revenue_at_risk"]
    return (
        pl.LazyFrame({"class": ["A", "B", "C"]})
        .join(statuses, how="cross")
        .join(counted, on=["class", "status_order"], how="left")
        .select("class", "status", "status_order", col(sums).fill_null(0))
        .sort("class", "status_order")
    )


def cells(summary: pl.LazyFrame) -> pl.LazyFrame:
    """The distinct histories on which BG/NBD is fitted."""
    keys = {"x": "repeat_days", "t_x": "span_days", "t": "tenure_days"}
    customers = summary.filter(col("active_days") > 0)
    counted = customers.group_by([col(column).alias(key) for key, column in keys.items()]).agg(
        customers=pl.len().cast(pl.Int64)
    )
    return counted.sort(list(keys))


def write(table: str, frame: pl.LazyFrame) -> None:
    frame.sink_parquet(TASK.table(table), compression="zstd", compression_level=1, engine="streaming")


def main() -> None:
    days, ids = customer_day()
    TASK.done(days.height)
    summary = customer_summary(days.lazy())
    rank = streamed(customer_rank(summary.lazy()))
    scores = streamed(rfm(summary.lazy()))
    late = streamed(churn(summary.lazy()))

    def with_ids(frame: pl.DataFrame) -> pl.LazyFrame:
        """The id in the place of the number: the frame's row n is of the customer n."""
        return frame.drop("customer").insert_column(0, ids.alias("customer_id")).lazy()

    totals = ["revenue", "sales", "returns"]
    means = ["average_order", "mean_repeat_spend"]
    write("customer_summary", money(with_ids(summary), [*totals, "revenue_12m"], *means))
    write("customer_rank", money(with_ids(rank.sort("customer")), ["revenue"]))
    write("concentration", money(concentration(rank.lazy()), ["revenue", "top20_revenue"]))
    write("lorenz", lorenz(rank))
    write("rfm", money(with_ids(scores), ["monetary"]))
    write("rfm_bins", rfm_bins(scores.lazy()))
    write("monthly", money(monthly(days.lazy(), summary.lazy()), totals, "average_order"))
    write("cohorts", money(cohorts(days.lazy(), summary.lazy()), ["revenue"], "cumulative_revenue"))
    write("churn", money(with_ids(late), ["revenue_12m", "revenue_at_risk"]))
    write("churn_summary", money(churn_summary(late.lazy(), rank.lazy()), ["revenue_12m", "revenue_at_risk"]))
    write("cells", cells(summary.lazy()))


if __name__ == "__main__":
    main()
