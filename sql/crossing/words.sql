-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- rows_scheme, columns_scheme  what is crossed
-- both                         customers with a label of either
-- from_label, to_label         the labels that most of them share; their groups of the words file beside them
-- from_words, to_words
-- customers, revenue_12m       customers with these two, and their money
-- moved                        customers whose label differs, where a scheme is crossed with its own earlier state
-- only_rows, only_columns      customers with a label of one scheme alone
-- since                        the day of the rows, where they are of one period earlier
--
-- Parameters: $crossing_rows, $crossing_columns, $crossing_when, $previous_as_of.
with whole as (
    select
        sum(customers) filter (where from_label is not null and to_label is not null) as both_schemes,
        coalesce(sum(customers) filter (where from_label <> to_label), 0) as moved,
        coalesce(sum(customers) filter (where to_label is null), 0) as only_rows,
        coalesce(sum(customers) filter (where from_label is null), 0) as only_columns
    from crossing
),

-- Where a scheme is crossed with its own earlier state, the largest move.
largest as (
    select from_label, from_words, to_label, to_words, customers, revenue_12m
    from crossing
    where
        from_label is not null
        and to_label is not null
        and not ($crossing_rows = $crossing_columns and from_label = to_label)
    order by customers desc, from_order, to_order
    limit 1
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when $crossing_rows <> $crossing_columns and $crossing_when = 'before' then 'crossing.answer.before'
            when $crossing_rows <> $crossing_columns then 'crossing.answer.now'
            else 'crossing.answer.moved'
        end as word,
        whole.both_schemes,
        largest.from_label,
        largest.from_words,
        largest.to_label,
        largest.to_words,
        largest.customers,
        largest.revenue_12m,
        whole.moved,
        cast(null as bigint) as only_rows,
        cast(null as bigint) as only_columns
    from whole
    cross join largest
    where whole.both_schemes > 0
    union all
    select 'answer', 1, 'crossing.answer.still', both_schemes, null, null, null, null, null, null, 0, null, null
    from whole
    where both_schemes > 0 and (select count(*) from largest) = 0
    union all
    select 'note', 2, 'crossing.note.only', null, null, null, null, null, null, null, null, only_rows, only_columns
    from whole
    where both_schemes > 0 and only_rows + only_columns > 0
    union all
    select 'left_out', 1, 'crossing.none', null, null, null, null, null, null, null, null, null, null
    from whole
    where both_schemes is null
)

select
    place,
    cast(position as bigint) as position,
    word,
    'crossing' as step,
    $crossing_rows as rows_scheme,
    $crossing_columns as columns_scheme,
    both_schemes,
    from_label,
    from_words,
    to_label,
    to_words,
    customers,
    revenue_12m,
    moved,
    only_rows,
    only_columns,
    cast($previous_as_of as date) as since
from sentences
order by position
