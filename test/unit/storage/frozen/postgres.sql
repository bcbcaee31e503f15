-- version 0
create table if not exists "user_session_meta" ("key" text collate "C" not null primary key, "value" text not null) with (fillfactor = 80);
-- version 1
create table "user_sessions" ("user_id" text collate "C" not null, "id" uuid not null, "key_hash" bytea not null, "sealed_key" bytea, "ip" text, "user_agent" text, "created_at" bigint not null, "last_seen_at" bigint not null, "authenticated_at" bigint not null, "expires_at" bigint not null, "purge_after" bigint not null, "ended_at" bigint, "end_reason" text, "ended_by" text, "end_id" uuid, "name" text, "data" text, constraint "user_sessions_pk" primary key ("user_id", "id"), constraint "user_sessions_key" unique ("user_id", "key_hash")) with (fillfactor = 80);
create index "user_sessions_purge" on "user_sessions" ("purge_after");
create table "user_session_users" ("user_id" text collate "C" not null primary key, "changed_at" bigint not null, "disabled" bigint not null, "erased_at" bigint) with (fillfactor = 80);
create index "user_session_users_changed_at" on "user_session_users" ("changed_at");
create index "user_session_users_erased_at" on "user_session_users" ("erased_at");
-- version 2
alter table "user_sessions" add column "hints" text;
alter table "user_sessions" add column "known_clients" text;
-- version 3
alter table "user_session_users" add column "unsettled" bigint default 0 not null;
alter table "user_session_users" add column "unsettled_since" bigint;
create index "user_session_users_unsettled_since" on "user_session_users" ("unsettled_since", "user_id");
