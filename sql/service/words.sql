-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- days, complaints, customers, revenue_12m, revenue_share, open, before   service
-- reason, reason_complaints, reason_customers, reason_revenue   service_reasons: the one whose customers bring most
-- closed, due, within, share   service_closing: the longest span of which a complaint is old enough
-- again_days, at_once, solved, unsolved   service_again: rates
-- origin, matched, rate, others_rate, difference, low, high, unmatched   service_matched; of service.note.matched_less low and
--                              high are those of how much less
--
-- Parameters: $service_days, $service_again_days, $least_customers.
-- $least_customers must be a whole number of 1 or more
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'service.none'),
    ('answer', 1, 'service.answer.some'),
    ('answer', 1, 'service.answer.more'),
    ('answer', 1, 'service.answer.fewer'),
    ('answer', 1, 'service.answer.same'),
    ('answer', 1, 'service.answer.open'),
    ('answer', 1, 'service.answer.settled'),
    ('note', 2, 'service.note.reason'),
    ('note', 2, 'service.note.no_reason'),
    ('note', 3, 'service.note.closing'),
    ('note', 4, 'service.note.again'),
    ('note', 4, 'service.note.again_two'),
    ('note', 4, 'service.note.again_few'),
    ('note', 5, 'service.note.matched_less'),
    ('note', 5, 'service.note.matched_more'),
    ('note', 5, 'service.note.matched_chance'),
    ('note', 5, 'service.note.matched_few')
),

worst as (
    select reason, complaints, customers, revenue_12m
    from service_reasons
    where reason <> '-'
    order by revenue_12m desc, complaints desc, reason
    limit 1
),

-- A span in which some were closed, and of which enough complaints are old enough.
spans as (
    select days, complaints, closed, share
    from service_closing
    where complaints >= $least_customers
    order by days desc
    limit 1
),

handled as (
    select
        max(rate_drawn) filter (where handling = 'at_once') as at_once,
        max(rate_drawn) filter (where handling = 'solved') as solved,
        max(rate_drawn) filter (where handling = 'unsolved') as unsolved,
        sum(customers) as customers
    from service_again
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case
        when sentences.position = 2 then 'service_reasons'
        when sentences.position = 3 then 'service_closing'
        when sentences.position = 4 then 'service_again'
        when sentences.position = 5 then 'service_matched'
        else 'service'
    end as step,
    cast($service_days as bigint) as days,
    service.complaints,
    service.customers,
    service.revenue_12m,
    service.revenue_share,
    service.open,
    service.complaints_before as before,
    worst.reason,
    worst.complaints as reason_complaints,
    worst.customers as reason_customers,
    worst.revenue_12m as reason_revenue,
    spans.closed,
    spans.complaints as due,
    spans.days as within,
    spans.share,
    cast($service_again_days as bigint) as again_days,
    handled.at_once,
    handled.solved,
    handled.unsolved,
    service_matched.origin,
    service_matched.customers as matched,
    service_matched.rate,
    service_matched.others_rate,
    service_matched.difference,
    -- The words say which is more, and the page writes differences without a sign: fewer, by the smaller to the larger.
    case when sentences.word = 'service.note.matched_less' then -service_matched.high else service_matched.low end as low,
    case when sentences.word = 'service.note.matched_less' then -service_matched.low else service_matched.high end as high,
    service_matched.unmatched
from sentences
cross join service
cross join handled
cross join service_matched
left join worst on true
left join spans on true
where
    case
        when sentences.word = 'service.none' then service.complaints = 0
        when service.complaints = 0 then false
        when sentences.word = 'service.answer.some' then true
        when sentences.word = 'service.answer.open' then service.open > 0
        when sentences.word = 'service.answer.settled' then service.open = 0
        when sentences.word = 'service.answer.more' then service.complaints > service.complaints_before
        when sentences.word = 'service.answer.fewer' then service.complaints < service.complaints_before
        when sentences.word = 'service.answer.same' then service.complaints = service.complaints_before
        when sentences.word = 'service.note.reason' then worst.reason is not null
        when sentences.word = 'service.note.no_reason' then worst.reason is null
        when sentences.word = 'service.note.closing' then spans.days is not null
        when sentences.word = 'service.note.again' then handled.at_once is not null and handled.solved is not null
            and handled.unsolved is not null
        when sentences.word = 'service.note.again_two' then handled.at_once is not null and handled.solved is null
            and handled.unsolved is not null
        when sentences.word = 'service.note.again_few' then handled.at_once is null or handled.unsolved is null
        when sentences.word = 'service.note.matched_few' then service_matched.customers < $least_customers
            and service_matched.customers > 0
        when sentences.word = 'service.note.matched_less' then service_matched.customers >= $least_customers and service_matched.high < 0
        when sentences.word = 'service.note.matched_more' then service_matched.customers >= $least_customers and service_matched.low > 0
        when sentences.word = 'service.note.matched_chance' then service_matched.customers >= $least_customers
            and service_matched.low <= 0 and service_matched.high >= 0
    end
order by
    sentences.position,
    sentences.word <> 'service.answer.some',
    sentences.word in ('service.answer.open', 'service.answer.settled'),
    sentences.word
