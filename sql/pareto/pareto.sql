-- Grain: one row per basis that somebody has an amount of: revenue, profit, value (of customers), products (by revenue) and
-- product_profit (of products).
-- Formulas are those of concentration.sql.
--
-- basis, basis_order  key, and its place
-- kind              what is counted: customers, products
-- members           with an amount
-- negative, zero    of these, with an amount below zero, and of exactly zero
-- losses            money: the sum of the amounts below zero, as a positive figure
-- amount            money: all amounts
-- top20             the best fifth of members, rounded up
-- top20_amount      money of these
-- top20_share       top20_amount / amount
-- gini, hhi         as in concentration.sql; above 1 is possible if amounts are below zero
-- for80, for80_share  fewest members who reach 80 % of amount, and their share of members
-- peak_share        the highest share on the curve: 1 where no amount is below zero; else what the members above zero
--                   bring, over the amount
-- top1_amount, top5_amount, top10_amount  sums of the best 1, 5 and 10
-- least_a, least_b  the smallest amount of class A, and of class B
-- top20_change      top20_share less that of a year ago, as both are printed: to a tenth of a point
-- *_year_ago        the same of a year ago; NULL where history does not cover the 365 days of then
--
-- Shares, gini, hhi, for80 are NULL where amount is not above zero: they would have no meaning.
--
-- Parameters: none.
with bases (basis, basis_order, kind) as (
    values
    ('revenue', 1, 'customers'),
    ('profit', 2, 'customers'),
    ('value', 3, 'customers'),
    ('products', 4, 'products'),
    ('product_profit', 5, 'products')
),

covered as (
    select count(*) > 0 as reached from year_ago.periods where history_days >= 365
),

reached as (
    -- A distribution of NULLs is NULL, and so are all figures of it.
    select
        pareto_members.basis,
        pareto_members.amount,
        case when covered.reached then pareto_members.amount_year_ago end as amount_year_ago
    from pareto_members
    cross join covered
),

gathered as (
    select
        basis,
        distribution(amount) as amounts,
        count(*) filter (where amount < 0) as negative,
        count(*) filter (where amount = 0) as zero,
        -sum(amount) filter (where amount < 0) as losses,
        distribution(amount_year_ago) as earlier,
        count(amount_year_ago) as members_year_ago,
        count(*) filter (where amount_year_ago < 0) as negative_year_ago,
        -sum(amount_year_ago) filter (where amount_year_ago < 0) as losses_year_ago
    from reached
    group by basis
    having count(amount) > 0
),

spans as (
    select
        basis,
        amounts,
        negative,
        zero,
        cast(coalesce(losses, 0) as decimal(38, 6)) as losses,
        earlier,
        case when members_year_ago > 0 then negative_year_ago end as negative_year_ago,
        case when members_year_ago > 0 then cast(coalesce(losses_year_ago, 0) as decimal(38, 6)) end as losses_year_ago
    from gathered
)

select
    spans.basis,
    bases.basis_order,
    bases.kind,
    spans.amounts['count'] as members,
    spans.negative,
    spans.zero,
    spans.losses,
    spans.amounts['total'] as amount,
    (spans.amounts['count'] + 4) / 5 as top20,
    top_sum(spans.amounts, (spans.amounts['count'] + 4) / 5) as top20_amount,
    top_share(spans.amounts, 0.2) as top20_share,
    gini(spans.amounts) as gini,
    hhi(spans.amounts) as hhi,
    top_count(spans.amounts, 0.8) as for80,
    cast(top_count(spans.amounts, 0.8) as double) / cast(spans.amounts['count'] as double) as for80_share,
    case
        when spans.amounts['total'] > 0
            then cast(spans.amounts['total'] + spans.losses as double) / cast(spans.amounts['total'] as double)
    end as peak_share,
    top_sum(spans.amounts, 1) as top1_amount,
    top_sum(spans.amounts, 5) as top5_amount,
    top_sum(spans.amounts, 10) as top10_amount,
    top_sum(spans.amounts, top_count(spans.amounts, 0.8))
        - top_sum(spans.amounts, top_count(spans.amounts, 0.8) - 1) as least_a,
    top_sum(spans.amounts, top_count(spans.amounts, 0.95))
        - top_sum(spans.amounts, top_count(spans.amounts, 0.95) - 1) as least_b,
    spans.earlier['count'] as members_year_ago,
    spans.negative_year_ago,
    spans.losses_year_ago,
    spans.earlier['total'] as amount_year_ago,
    (spans.earlier['count'] + 4) / 5 as top20_year_ago,
    top_sum(spans.earlier, (spans.earlier['count'] + 4) / 5) as top20_amount_year_ago,
    top_share(spans.earlier, 0.2) as top20_share_year_ago,
    gini(spans.earlier) as gini_year_ago,
    hhi(spans.earlier) as hhi_year_ago,
    cast(top_count(spans.earlier, 0.8) as double) / cast(spans.earlier['count'] as double) as for80_share_year_ago,
    top_sum(spans.earlier, 1) as top1_amount_year_ago,
    top_sum(spans.earlier, 5) as top5_amount_year_ago,
    top_sum(spans.earlier, 10) as top10_amount_year_ago,
    top_sum(spans.earlier, top_count(spans.earlier, 0.8))
        - top_sum(spans.earlier, top_count(spans.earlier, 0.8) - 1) as least_a_year_ago,
    top_sum(spans.earlier, top_count(spans.earlier, 0.95))
        - top_sum(spans.earlier, top_count(spans.earlier, 0.95) - 1) as least_b_year_ago,
    cast(
        round(1000 * top_share(spans.amounts, 0.2)) - round(1000 * top_share(spans.earlier, 0.2)) as double
    ) / 1000 as top20_change,
    case when bases.basis in ('revenue', 'profit', 'products', 'product_profit') then 'rule' end as rule_of_thumb
from spans
inner join bases on spans.basis = bases.basis
order by bases.basis_order
