-- Grain: one row per full month, the last 13 at most, from the first with a complaint, inquiry or suggestion on.
--
-- month       its first day
-- complaints, inquiries, suggestions  of the month
--
-- Parameters: none.
with bounds as (
    select cast(date_trunc('month', min(day)) as date) as first_month from complaints_voices
),

months as (
    select full_months.month
    from full_months
    cross join bounds
    where full_months.month >= bounds.first_month
),

counts as (
    select
        cast(date_trunc('month', day) as date) as month,
        count(*) filter (where voice = 'complaint') as complaints,
        count(*) filter (where voice = 'inquiry') as inquiries,
        count(*) filter (where voice = 'suggestion') as suggestions
    from complaints_voices
    group by 1
)

select
    months.month,
    coalesce(counts.complaints, 0) as complaints,
    coalesce(counts.inquiries, 0) as inquiries,
    coalesce(counts.suggestions, 0) as suggestions
from months
left join counts on months.month = counts.month
order by months.month
