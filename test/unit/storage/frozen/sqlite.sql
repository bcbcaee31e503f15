-- version 0
create table if not exists "user_session_meta" ("key" text not null primary key, "value" text not null) strict;
-- version 1
create table "user_sessions" ("user_id" text not null, "id" blob not null, "key_hash" blob not null, "sealed_key" blob, "ip" text, "user_agent" text, "created_at" integer not null, "last_seen_at" integer not null, "authenticated_at" integer not null, "expires_at" integer not null, "purge_after" integer not null, "ended_at" integer, "end_reason" text, "ended_by" text, "end_id" blob, "name" text, "data" text, constraint "user_sessions_pk" primary key ("user_id", "id"), constraint "user_sessions_key" unique ("user_id", "key_hash")) strict;
create index "user_sessions_purge" on "user_sessions" ("purge_after");
create table "user_session_users" ("user_id" text not null primary key, "changed_at" integer not null, "disabled" integer not null, "erased_at" integer) strict;
create index "user_session_users_changed_at" on "user_session_users" ("changed_at");
create index "user_session_users_erased_at" on "user_session_users" ("erased_at");
-- version 2
alter table "user_sessions" add column "hints" text;
alter table "user_sessions" add column "known_clients" text;
-- version 3
alter table "user_session_users" add column "unsettled" integer default 0 not null;
alter table "user_session_users" add column "unsettled_since" integer;
create index "user_session_users_unsettled_since" on "user_session_users" ("unsettled_since", "user_id");
