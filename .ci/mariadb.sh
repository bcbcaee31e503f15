# Sourced by run: a MariaDB server for the tests.

mariadb_folder=
mariadb_process=

# Whether the server that the tests would use answers.
has_mariadb() {
  node --input-type=module -e '
    import mysql from "mysql2/promise"
    const connection = await mysql.createConnection({ uri: process.argv[1], connectTimeout: 5000 })
    await connection.end()' "${USERSESSIONS_TEST_MYSQL:-mysql://root@127.0.0.1:3306/test}" 2>/dev/null
}

# Uses the server that is there, or starts one of its own, installed when need be.
start_mariadb() {
  if has_mariadb; then return 0; fi
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo 'There is no MariaDB, and it cannot be started here: set USERSESSIONS_TEST_MYSQL, or run this as root on Debian.' >&2
    return 1
  fi
  if ! command -v mariadbd >/dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends mariadb-server >/dev/null || return 1
  fi
  mariadb_folder=$(mktemp -d)
  chown mysql "$mariadb_folder"
  mariadb-install-db --user=mysql --datadir="$mariadb_folder/data" --auth-root-authentication-method=normal >/dev/null || return 1
  mariadbd --no-defaults --user=mysql --datadir="$mariadb_folder/data" --port=33069 --bind-address=127.0.0.1 \
    --socket="$mariadb_folder/socket" --pid-file="$mariadb_folder/pid" >"$mariadb_folder/log" 2>&1 &
  mariadb_process=$!
  export USERSESSIONS_TEST_MYSQL=mysql://root@127.0.0.1:33069/test
  for _ in {1..100}; do
    mariadb --no-defaults --socket="$mariadb_folder/socket" -uroot -e 'create database if not exists test' 2>/dev/null || true
    if has_mariadb; then return 0; fi
    kill -0 "$mariadb_process" 2>/dev/null || break
    sleep 0.2
  done
  cat "$mariadb_folder/log" >&2
  return 1
}

stop_mariadb() {
  if [ -z "$mariadb_folder" ]; then return 0; fi
  kill "$mariadb_process" 2>/dev/null || true
  wait "$mariadb_process" 2>/dev/null || true
  rm -rf "$mariadb_folder"
}
