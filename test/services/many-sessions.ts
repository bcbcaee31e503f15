import type pg from 'pg'

/** Makes sessions in one statement, the ids counting up: of `users` users in turn, `user 0` first. Returns user and id of each. */
export async function manySessions(pool: pg.Pool, count: number, users: number, now: number) {
  const { rows } = await pool.query<{ userId: string; id: string }>(
    `with made as (
       insert into user_sessions (user_id, id, key_hash, ip, user_agent, created_at, last_seen_at, authenticated_at, expires_at, purge_after)
       select 'user ' || n % $2, gen_random_uuid(), sha256(gen_random_uuid()::text::bytea), '203.0.113.7', repeat('agent ', 15),
         $3::bigint, $3, $3, $3 + 1000, $4
       from generate_series(0, $1::bigint - 1) as n
       returning user_id, id),
     known as (insert into user_session_users (user_id, changed_at, disabled)
       select distinct user_id, 0, 0 from made on conflict do nothing)
     select user_id as "userId", id from made`,
    [count, users, now, Math.ceil((now + 1000) / 86_400_000) * 86_400_000],
  )
  return rows
}
