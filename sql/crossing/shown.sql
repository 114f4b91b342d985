-- Grain: one row per row of crossing, in its order. Each label stands in the column of its way to divide, so that the page can head it
-- with that way's name; all other such columns are NULL.
--
-- from_*, was_*  label of the rows, as of now, and as of one period earlier
-- to_*           label of the columns
-- from_words, to_words, customers, from_share, revenue_12m  as in crossing
--
-- Parameters: $crossing_rows, $crossing_columns, $crossing_when.
select
    case when $crossing_when = 'now' and $crossing_rows = 'segments' then from_label end as from_segments,
    case when $crossing_when = 'now' and $crossing_rows = 'lifecycle' then from_label end as from_lifecycle,
    case when $crossing_when = 'now' and $crossing_rows = 'stages' then from_label end as from_stages,
    case when $crossing_when = 'now' and $crossing_rows = 'potential' then from_label end as from_potential,
    case when $crossing_when = 'now' and $crossing_rows = 'engagement' then from_label end as from_engagement,
    case when $crossing_when = 'now' and $crossing_rows = 'cards' then from_label end as from_cards,
    case when $crossing_when = 'now' and $crossing_rows = 'status' then from_label end as from_status,
    case when $crossing_when = 'before' and $crossing_rows = 'segments' then from_label end as was_segments,
    case when $crossing_when = 'before' and $crossing_rows = 'lifecycle' then from_label end as was_lifecycle,
    case when $crossing_when = 'before' and $crossing_rows = 'stages' then from_label end as was_stages,
    case when $crossing_when = 'before' and $crossing_rows = 'potential' then from_label end as was_potential,
    case when $crossing_when = 'before' and $crossing_rows = 'engagement' then from_label end as was_engagement,
    case when $crossing_when = 'before' and $crossing_rows = 'cards' then from_label end as was_cards,
    case when $crossing_when = 'before' and $crossing_rows = 'status' then from_label end as was_status,
    case when $crossing_columns = 'segments' then to_label end as to_segments,
    case when $crossing_columns = 'lifecycle' then to_label end as to_lifecycle,
    case when $crossing_columns = 'stages' then to_label end as to_stages,
    case when $crossing_columns = 'potential' then to_label end as to_potential,
    case when $crossing_columns = 'engagement' then to_label end as to_engagement,
    case when $crossing_columns = 'cards' then to_label end as to_cards,
    case when $crossing_columns = 'status' then to_label end as to_status,
    from_words,
    to_words,
    customers,
    from_share,
    revenue_12m
from crossing
order by from_order nulls last, to_order nulls last, from_label, to_label
