-- Grain: one row, the sentence of the section on the best customers.
--
-- place, word  where it stands, and its key in the words file
-- step         the table that its figures come from
-- shown        the customers that the section lists: the 20 best, or all if there are fewer
-- revenue      money that these brought in the last 365 days
-- share        their share of all revenue of these days; NULL where revenue is not above zero in total
-- newcomers    of these: not among the same number of best a period earlier
--
-- Parameters: none.
with listed as (
    select value_rank, rank_before, revenue_12m, revenue_share
    from top_customers
    where value_rank <= 20
),

counted as (
    select
        count(*) as shown,
        sum(revenue_12m) as revenue,
        sum(revenue_share) as share
    from listed
    having count(*) > 0
),

moved as (
    select count(*) as newcomers
    from listed
    cross join counted
    where listed.rank_before is null or listed.rank_before > counted.shown
),

history as (
    select count(rank_before) as known from top_customers
)

select
    'answer' as place,
    case
        when history.known = 0 then 'customers.answer.alone'
        when moved.newcomers = 0 then 'customers.answer.same'
        else 'customers.answer.moved'
    end as word,
    'top_customers' as step,
    counted.shown,
    counted.revenue,
    counted.share,
    moved.newcomers
from counted
cross join moved
cross join history
