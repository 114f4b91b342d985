-- Grain: one row; none without an answer of the last $wallet_valid_days.
--
-- customers    customers with an answer that counts
-- answers      answers that count, one per customer and category
-- spend_here, spend_all, elsewhere  money: their sums
-- share        spend_here / spend_all: of all money; NULL without an answer that counts
-- mean_share   the mean of the customers' own shares; NULL likewise
-- understated  answers below what was bought here: they count as all here
-- left_out     answers that do not count (wallet_answers)
-- bought       customers with an order or money in the last 12 months, for comparison
--
-- Parameters: none.
with people as (
    select
        count(*) as customers,
        sum(spend_here) as spend_here,
        sum(spend_all) as spend_all,
        sum(elsewhere) as elsewhere,
        avg(share) as mean_share
    from wallet_customers
),

answers as (
    select
        count(*) filter (where left_out is null) as answers,
        count(*) filter (where left_out is null and spend_here > stated) as understated,
        count(*) filter (where left_out is not null) as left_out
    from wallet_answers
    having count(*) > 0
),

bought as (
    select count(*) as bought from customer_rank
)

select
    people.customers,
    answers.answers,
    coalesce(people.spend_here, 0) as spend_here,
    coalesce(people.spend_all, 0) as spend_all,
    coalesce(people.elsewhere, 0) as elsewhere,
    cast(people.spend_here as double) / cast(people.spend_all as double) as share,
    people.mean_share,
    answers.understated,
    answers.left_out,
    bought.bought
from answers
cross join people
cross join bought
