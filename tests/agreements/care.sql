-- As core.sql: for which customers there is a reason to turn to them.
with listed as (
    select kind, state, count(*) as tasks, count(distinct customer_id) as customers from care group by kind, state
)

select concat('tasks of ', care_kinds.kind) as figure, 'care_kinds' as one, 'care' as other, cast(care_kinds.tasks as double) as here,
    cast(coalesce((select sum(listed.tasks) from listed where listed.kind = care_kinds.kind), 0) as double) as there
    from care_kinds
union all
select concat('tasks of ', kind), 'care_kinds', 'its parts', cast(tasks as double), cast(due + later + past + done as double) from care_kinds
union all
select concat('done of ', care_kinds.kind), 'care_kinds', 'care', cast(care_kinds.done as double),
    cast(coalesce((select sum(listed.tasks) from listed where listed.kind = care_kinds.kind and listed.state = 'done'), 0) as double)
    from care_kinds
union all
select 'dormant cards', 'care', 'membership_dormant', cast(tasks as double), (select cast(count(*) as double) from membership_dormant) from care_kinds where kind = 'dormant_card'
union all
select 'dormant cards', 'membership_dormant', 'membership_counts', (select cast(count(*) as double) from membership_dormant), (select cast(coalesce(sum(dormant), 0) as double) from membership_counts)
union all
select 'customers near the next card', 'care', 'membership_near', cast(tasks as double), (select cast(count(*) as double) from membership_near) from care_kinds where kind = 'near_card'
union all
select 'customers near a reward', 'care', 'points_summary', cast(care_kinds.tasks as double), cast(points_summary.near as double) from care_kinds cross join points_summary where care_kinds.kind = 'near_reward'
union all
select 'customers to enrol', 'care', 'membership_enrol', cast(tasks as double), (select cast(count(*) as double) from membership_enrol) from care_kinds where kind = 'enrol'
union all
select 'cards no longer earned', 'membership_lapsed', 'membership_counts', (select cast(count(*) as double) from membership_lapsed), (select cast(coalesce(sum(lapsed), 0) as double) from membership_counts)
union all
select 'cards that no purchase explains', 'membership_unexplained', 'membership_counts', (select cast(count(*) as double) from membership_unexplained), (select cast(coalesce(sum(unexplained), 0) as double) from membership_counts)
union all
select 'customers near the next card', 'membership_near', 'membership', (select cast(count(*) as double) from membership_near), (select cast(count(*) as double) from membership where near)
union all
select 'tasks', 'care', 'care_entries', (select cast(count(*) as double) from care), (select cast(count(*) as double) from care_entries)
