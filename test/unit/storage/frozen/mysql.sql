-- version 0
create table if not exists `user_session_meta` (`key` varbinary(255) not null primary key, `value` mediumtext character set utf8mb4 collate utf8mb4_bin not null) engine = InnoDB;
-- version 1
create table `user_sessions` (`user_id` varbinary(255) not null, `id` binary(16) not null, `key_hash` varbinary(32) not null, `sealed_key` mediumblob, `ip` mediumtext character set utf8mb4 collate utf8mb4_bin, `user_agent` mediumtext character set utf8mb4 collate utf8mb4_bin, `created_at` bigint not null, `last_seen_at` bigint not null, `authenticated_at` bigint not null, `expires_at` bigint not null, `purge_after` bigint not null, `ended_at` bigint, `end_reason` mediumtext character set utf8mb4 collate utf8mb4_bin, `ended_by` mediumtext character set utf8mb4 collate utf8mb4_bin, `end_id` binary(16), `name` mediumtext character set utf8mb4 collate utf8mb4_bin, `data` mediumtext character set utf8mb4 collate utf8mb4_bin, constraint `user_sessions_pk` primary key (`user_id`, `id`), constraint `user_sessions_key` unique (`user_id`, `key_hash`)) engine = InnoDB;
create index `user_sessions_purge` on `user_sessions` (`purge_after`);
create table `user_session_users` (`user_id` varbinary(255) not null primary key, `changed_at` bigint not null, `disabled` bigint not null, `erased_at` bigint) engine = InnoDB;
create index `user_session_users_changed_at` on `user_session_users` (`changed_at`);
create index `user_session_users_erased_at` on `user_session_users` (`erased_at`);
-- version 2
alter table `user_sessions` add column `hints` mediumtext character set utf8mb4 collate utf8mb4_bin;
alter table `user_sessions` add column `known_clients` mediumtext character set utf8mb4 collate utf8mb4_bin;
-- version 3
alter table `user_session_users` add column `unsettled` bigint default 0 not null;
alter table `user_session_users` add column `unsettled_since` bigint;
create index `user_session_users_unsettled_since` on `user_session_users` (`unsettled_since`, `user_id`);
