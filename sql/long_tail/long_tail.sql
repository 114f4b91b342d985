-- Grain: one row per basis (revenue of customers, revenue of products) and part of it. Parts overlap: those of class C are also
-- among the rest.
--
-- basis             revenue, products
-- part              top20: the best fifth, rounded up; rest: all others; class_c: those beyond the ones who bring 95 %
-- members           customers or products with a row in the last 365 days
-- amount            money of these days
-- amount_share      share of all; NULL where that is not above zero
-- members_year_ago, amount_year_ago, share_year_ago  the same a year ago, by the order of then; NULL where history does not
--                   reach
-- change            amount less that of a year ago
-- growth            change / amount_year_ago; NULL where that is not above zero
--
-- Parameters: none.
with wanted as (
    select * from pareto where basis in ('revenue', 'products')
),

parts as (
    select
        basis,
        basis_order,
        1 as part_order,
        'top20' as part,
        top20 as members,
        top20_amount as amount,
        top20_year_ago as members_year_ago,
        top20_amount_year_ago as amount_year_ago
    from wanted
    union all
    select
        basis,
        basis_order,
        2,
        'rest',
        members - top20,
        amount - top20_amount,
        members_year_ago - top20_year_ago,
        amount_year_ago - top20_amount_year_ago
    from wanted
    union all
    select
        wanted.basis,
        wanted.basis_order,
        3,
        'class_c',
        pareto_classes.members,
        pareto_classes.amount,
        pareto_classes.members_year_ago,
        pareto_classes.amount_year_ago
    from wanted
    inner join pareto_classes on wanted.basis = pareto_classes.basis and pareto_classes.class = 'C'
)

select
    parts.basis,
    parts.part,
    parts.members,
    cast(parts.amount as decimal(38, 6)) as amount,
    case when wanted.amount > 0 then cast(parts.amount as double) / cast(wanted.amount as double) end as amount_share,
    parts.members_year_ago,
    cast(parts.amount_year_ago as decimal(38, 6)) as amount_year_ago,
    case
        when wanted.amount_year_ago > 0
            then cast(parts.amount_year_ago as double) / cast(wanted.amount_year_ago as double)
    end as share_year_ago,
    cast(parts.amount - parts.amount_year_ago as decimal(38, 6)) as change,
    case
        when parts.amount_year_ago > 0
            then cast(parts.amount - parts.amount_year_ago as double) / cast(parts.amount_year_ago as double)
    end as growth
from parts
inner join wanted on parts.basis = wanted.basis
order by parts.basis_order, parts.part_order
