-- Grain: one row per label of the rows and label of the columns that at least one customer has. Customers with a label of one
-- scheme only have NULL for the other. None where either scheme has no customer.
--
-- from_label, from_order, from_words  label of the rows, its order, and the group of the words file with its name
-- to_label, to_order, to_words        of the columns
-- customers         with both
-- from_share        share of the customers of the row
-- revenue_12m       money of the last 365 days of these
--
-- Parameters: $crossing_columns.
with columns_now as (
    select customer_id, label, label_order, words from crossing_labels where scheme = $crossing_columns
),

crossed as (
    select
        coalesce(r.customer_id, c.customer_id) as customer_id,
        r.label as from_label,
        r.label_order as from_order,
        r.words as from_words,
        c.label as to_label,
        c.label_order as to_order,
        c.words as to_words
    from crossing_from as r
    full join columns_now as c on r.customer_id = c.customer_id
    where (select count(*) from crossing_from) > 0 and (select count(*) from columns_now) > 0
),

cells as (
    select
        crossed.from_label,
        crossed.from_order,
        crossed.from_words,
        crossed.to_label,
        crossed.to_order,
        crossed.to_words,
        count(*) as customers,
        sum(customer_summary.revenue_12m) as revenue_12m
    from crossed
    inner join customer_summary on crossed.customer_id = customer_summary.customer_id
    group by
        crossed.from_label, crossed.from_order, crossed.from_words, crossed.to_label, crossed.to_order, crossed.to_words
)

select
    from_label,
    from_order,
    from_words,
    to_label,
    to_order,
    to_words,
    customers,
    cast(customers as double) / cast(sum(customers) over (partition by from_label) as double) as from_share,
    revenue_12m
from cells
order by from_order nulls last, to_order nulls last, from_label, to_label
