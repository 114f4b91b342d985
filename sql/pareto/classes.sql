-- Grain: one row per basis and class A, B, C.
--
-- basis             key
-- kind              customers, products
-- class             A: the fewest best members who together reach 80 % of the amount, and all with the same amount as the
--                   last of them; B: likewise to 95 %; C: the rest. Without an amount above zero all are in C
-- members           in the class
-- member_share      share of all members
-- amount            money
-- amount_share      share of the whole; NULL where that is not above zero
-- members_year_ago, amount_year_ago  the same a year ago, by the bounds of then; NULL where history does not reach
--
-- Parameters: none.
with classed as (
    select
        pareto_members.basis,
        pareto_members.amount,
        pareto_members.amount_year_ago,
        case
            when pareto_members.amount >= pareto.least_a then 'A'
            when pareto_members.amount >= pareto.least_b then 'B'
            when pareto_members.amount is not null then 'C'
        end as class,
        case
            when pareto.members_year_ago is null then null
            when pareto_members.amount_year_ago >= pareto.least_a_year_ago then 'A'
            when pareto_members.amount_year_ago >= pareto.least_b_year_ago then 'B'
            when pareto_members.amount_year_ago is not null then 'C'
        end as class_year_ago
    from pareto_members
    inner join pareto on pareto_members.basis = pareto.basis
),

now as (
    select basis, class, count(*) as members, sum(amount) as amount
    from classed
    where class is not null
    group by basis, class
),

before as (
    select basis, class_year_ago as class, count(*) as members, sum(amount_year_ago) as amount
    from classed
    where class_year_ago is not null
    group by basis, class_year_ago
),

classes as (
    select pareto.*, c.class
    from pareto
    cross join (values ('A'), ('B'), ('C')) as c (class)
)

select
    classes.basis,
    classes.kind,
    classes.class,
    coalesce(now.members, 0) as members,
    cast(coalesce(now.members, 0) as double) / cast(classes.members as double) as member_share,
    cast(coalesce(now.amount, 0) as decimal(38, 6)) as amount,
    case
        when classes.amount > 0 then cast(coalesce(now.amount, 0) as double) / cast(classes.amount as double)
    end as amount_share,
    case when classes.members_year_ago is not null then coalesce(before.members, 0) end as members_year_ago,
    case
        when classes.members_year_ago is not null then cast(coalesce(before.amount, 0) as decimal(38, 6))
    end as amount_year_ago
from classes
left join now on classes.basis = now.basis and classes.class = now.class
left join before on classes.basis = before.basis and classes.class = before.class
order by classes.basis_order, classes.class
