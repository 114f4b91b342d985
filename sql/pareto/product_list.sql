-- Grain: one row per product with a row in the last 365 days, the most revenue first.
--
-- product_id        its id; `-`: the source names none
-- name              its name, or its id where none is known
-- class             A, B, C, as in pareto_classes
-- revenue           money of the last 365 days
-- profit            profit on goods of these days, where the cost is known; NULL where it is not
-- profit_class      A, B, C by profit; NULL likewise
-- cumulative_share  share of all revenue of this product and of all with more; NULL where that is not above zero
-- revenue_year_ago  money of the 365 days up to a year ago; NULL where history does not reach, or without a row in these
--
-- Parameters: none.
with names as (
    select product_id, min(name) as name from goods_names group by product_id
),

profits as (
    select
        pareto_members.member as product_id,
        pareto_members.amount as profit,
        case
            when pareto_members.amount >= pareto.least_a then 'A'
            when pareto_members.amount >= pareto.least_b then 'B'
            else 'C'
        end as class
    from pareto_members
    inner join pareto on pareto_members.basis = pareto.basis
    where pareto_members.basis = 'product_profit' and pareto_members.amount is not null
)

select
    pareto_members.member as product_id,
    coalesce(names.name, pareto_members.member) as name,
    case
        when pareto_members.amount >= pareto.least_a then 'A'
        when pareto_members.amount >= pareto.least_b then 'B'
        else 'C'
    end as class,
    pareto_members.amount as revenue,
    case
        when pareto.amount > 0
            then cast(
                sum(pareto_members.amount) over (
                    order by pareto_members.amount desc, pareto_members.member rows unbounded preceding
                ) as double
            ) / cast(pareto.amount as double)
    end as cumulative_share,
    case when pareto.members_year_ago is not null then pareto_members.amount_year_ago end as revenue_year_ago,
    profits.profit,
    profits.class as profit_class
from pareto_members
inner join pareto on pareto_members.basis = pareto.basis
left join profits on pareto_members.member = profits.product_id
left join names on pareto_members.member = names.product_id
where pareto_members.basis = 'products' and pareto_members.amount is not null
order by pareto_members.amount desc, pareto_members.member
