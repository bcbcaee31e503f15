# Sourced by run: a PostgreSQL server for the tests.

postgres_folder=

# Whether the server that the tests would use answers.
has_postgres() {
  node --input-type=module -e '
    import pg from "pg"
    const client = new pg.Client({ connectionString: process.argv[1], connectionTimeoutMillis: 5000 })
    await client.connect()
    await client.end()' "${USERSESSIONS_TEST_POSTGRES:-postgres://postgres@127.0.0.1:5432/test}" 2>/dev/null
}

# Uses the server that is there, or starts one of its own, installed when need be.
start_postgres() {
  if has_postgres; then return 0; fi
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo 'There is no PostgreSQL, and it cannot be started here: set USERSESSIONS_TEST_POSTGRES, or run this as root on Debian.' >&2
    return 1
  fi
  if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null || return 1
  fi
  postgres_folder=$(mktemp -d)
  chown postgres "$postgres_folder" &&
    as_postgres initdb -D "$postgres_folder/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null &&
    as_postgres pg_ctl -D "$postgres_folder/data" -l "$postgres_folder/log" -w \
      -o "-p 54329 -k $postgres_folder -c listen_addresses=127.0.0.1" start >/dev/null &&
    as_postgres createdb -h 127.0.0.1 -p 54329 -U postgres test &&
    export USERSESSIONS_TEST_POSTGRES=postgres://postgres@127.0.0.1:54329/test &&
    has_postgres
}

stop_postgres() {
  if [ -z "$postgres_folder" ]; then return 0; fi
  as_postgres pg_ctl -D "$postgres_folder/data" -m immediate stop >/dev/null || true
  rm -rf "$postgres_folder"
}

as_postgres() {
  local programs=(/usr/lib/postgresql/*/bin)
  (cd / && runuser -u postgres -- "${programs[-1]}/$1" "${@:2}")
}
