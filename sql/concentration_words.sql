-- Grain: one row per sentence of the section on concentration.
--
-- place, position   where it stands, and in what order
-- word              its key in the words file
-- step              the table that its figures come from
-- share, top, customers, revenue    the best fifth's share of the revenue of the last 12 months, how many they are, of how many
--                                   customers of these months, and all revenue of these
-- change, before    the change of that share on the year before, and what it was then; NULL where history does not reach
-- top1_share, top10_share           of the largest customer, and of the ten largest
-- to_date           the best fifth's share of all revenue to date
-- negative, zero    customers with revenue below zero, and exactly zero
--
-- Parameters: none.
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'concentration.no_revenue'),
    ('answer', 2, 'concentration.answer.more'),
    ('answer', 2, 'concentration.answer.less'),
    ('answer', 2, 'concentration.answer.same'),
    ('answer', 2, 'concentration.answer.alone'),
    ('note', 3, 'concentration.dependence'),
    ('note', 4, 'concentration.to_date'),
    ('note', 5, 'concentration.below_zero'),
    ('note', 6, 'concentration.at_zero')
),

-- Of what is printed: a change that rounds to nothing is none.
compared as (
    select
        measured as share,
        a_year_ago as before,
        to_date,
        cast(round(1000 * measured) - round(1000 * a_year_ago) as double) / 1000 as change
    from concentration_measures
    where measure = 'top20'
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case when sentences.word = 'concentration.to_date' then 'concentration_measures' else 'concentration' end as step,
    compared.share,
    compared.before,
    compared.change,
    compared.to_date,
    concentration.top20_customers as top,
    concentration.customers,
    concentration.revenue,
    concentration.top1_share,
    concentration.top10_share,
    concentration.customers_negative as negative,
    concentration.customers_zero as zero
from concentration
cross join compared
cross join sentences
where
    case sentences.word
        -- Shares of a revenue that is not above zero have no meaning.
        when 'concentration.no_revenue' then compared.share is null
        when 'concentration.answer.more' then compared.change > 0
        when 'concentration.answer.less' then compared.change < 0
        when 'concentration.answer.same' then compared.change = 0
        when 'concentration.answer.alone' then compared.share is not null and compared.change is null
        when 'concentration.dependence' then concentration.top1_share is not null
        -- Where history is not longer than 12 months, both shares are one.
        when 'concentration.to_date'
            then compared.to_date is not null
                and (compared.share is null or round(1000 * compared.to_date) <> round(1000 * compared.share))
        when 'concentration.below_zero' then concentration.customers_negative > 0
        else concentration.customers_negative = 0 and concentration.customers_zero > 0
    end
order by sentences.position
