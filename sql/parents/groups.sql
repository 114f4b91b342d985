-- Grain: one row per group of two or more customers with an order or money in the last 365 days, the most revenue first.
--
-- place             rank among all groups, single customers included; ties by id
-- group_id          text: the top of the chain of parents
-- customers         of the group, with an order or money in these days
-- revenue           money of these days
-- revenue_share     share of all revenue; NULL where that is not above zero
-- revenue_year_ago  money of the 365 days up to a year ago; NULL where history does not reach
-- largest_share     share of the group's revenue of its largest customer; NULL where it is not above zero
-- profit            money: profit on goods; NULL where no cost is known
--
-- Parameters: none.
with reached as (
    select amount, members_year_ago is not null as is_reached from pareto where basis = 'revenue'
),

placed as (
    select *, row_number() over (order by revenue desc, group_id) as place
    from parents_amounts
    where revenue is not null
)

select
    cast(placed.place as bigint) as place,
    placed.group_id,
    placed.customers,
    cast(placed.revenue as decimal(38, 6)) as revenue,
    case when reached.amount > 0 then cast(placed.revenue as double) / cast(reached.amount as double) end as revenue_share,
    case
        when reached.is_reached then cast(coalesce(placed.revenue_year_ago, 0) as decimal(38, 6))
    end as revenue_year_ago,
    case when placed.revenue > 0 then cast(placed.largest as double) / cast(placed.revenue as double) end as largest_share,
    cast(placed.profit as decimal(38, 6)) as profit
from placed
cross join reached
where placed.customers >= 2
order by place
