-- Grain: one row per account manager, the best score first; those that lack parts which others have stand behind
-- them.
--
-- account_manager, name, team, role, customers, revenue, revenue_before, growth, band, base, service, feedback, marketing, weight,
-- points, score    as in manager_scores_now
-- score_before     one period earlier, of the same parts; NULL where other parts had data then
-- change           the difference
-- partial          whether it lacks parts that others have
-- registered       whether the source `managers` has the account manager
--
-- Parameters: none.
with before as (
    select
        account_manager,
        score,
        base is null as no_base,
        service is null as no_service,
        feedback is null as no_feedback,
        marketing is null as no_marketing
    from previous.manager_scores_now
),

compared as (
    select
        now.*,
        now.weight < max(now.weight) over () as partial,
        case
            when
                before.no_base = (now.base is null)
                and before.no_service = (now.service is null)
                and before.no_feedback = (now.feedback is null)
                and before.no_marketing = (now.marketing is null)
                then before.score
        end as score_before
    from manager_scores_now as now
    left join before on now.account_manager = before.account_manager
)

select
    account_manager,
    name,
    team,
    role,
    customers,
    base,
    service,
    feedback,
    marketing,
    points,
    weight,
    score,
    score_before,
    score - score_before as change,
    partial,
    revenue,
    revenue_before,
    growth,
    band,
    registered
from compared
order by partial, score desc nulls last, account_manager
