-- Grain: one row per sentence of the section on concentration.
--
-- place, position   where it stands, and in what order
-- word              its key in the words file
-- step              the table that its figures come from
-- share, top, customers, revenue    the best fifth's share of revenue, how many they are, of how many, and all revenue
-- top1_share, top10_share           of the largest customer, and of the ten largest
-- negative, zero    customers with revenue below zero, and exactly zero
--
-- Parameters: none.
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'concentration.no_revenue'),
    ('answer', 2, 'concentration.answer'),
    ('note', 3, 'concentration.dependence'),
    ('note', 4, 'concentration.below_zero'),
    ('note', 5, 'concentration.at_zero')
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    'concentration' as step,
    concentration.top20_share as share,
    concentration.top20_customers as top,
    concentration.customers,
    concentration.revenue,
    concentration.top1_share,
    concentration.top10_share,
    concentration.customers_negative as negative,
    concentration.customers_zero as zero
from concentration
cross join sentences
where
    case sentences.word
        -- Shares of a revenue that is not above zero have no meaning.
        when 'concentration.no_revenue' then concentration.top20_share is null
        when 'concentration.answer' then concentration.top20_share is not null
        when 'concentration.dependence' then concentration.top1_share is not null
        when 'concentration.below_zero' then concentration.customers_negative > 0
        else concentration.customers_negative = 0 and concentration.customers_zero > 0
    end
order by sentences.position
