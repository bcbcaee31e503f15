# Sourced by run: a Redis server for the tests.

redis_folder=
redis_process=

# Whether the server that the tests would use answers.
has_redis() {
  node --input-type=module -e '
    import { createClient } from "redis"
    const client = createClient({ url: process.argv[1], socket: { reconnectStrategy: false, connectTimeout: 5000 } })
    client.on("error", () => {})
    await client.connect()
    await client.ping()
    client.destroy()' "${USERSESSIONS_TEST_REDIS:-redis://127.0.0.1:6379}" 2>/dev/null
}

# Uses the server that is there, or starts one of its own, installed when need be.
start_redis() {
  if has_redis; then return 0; fi
  if ! command -v redis-server >/dev/null; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
      echo 'There is no Redis, and it cannot be started here: set USERSESSIONS_TEST_REDIS, or run this as root on Debian.' >&2
      return 1
    fi
    apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server >/dev/null || return 1
  fi
  redis_folder=$(mktemp -d)
  redis-server --port 63799 --bind 127.0.0.1 --dir "$redis_folder" --save '' --logfile "$redis_folder/log" >/dev/null 2>&1 &
  redis_process=$!
  export USERSESSIONS_TEST_REDIS=redis://127.0.0.1:63799
  for _ in {1..50}; do
    if has_redis; then return 0; fi
    kill -0 "$redis_process" 2>/dev/null || break
    sleep 0.2
  done
  cat "$redis_folder/log" >&2
  return 1
}

stop_redis() {
  if [ -z "$redis_folder" ]; then return 0; fi
  kill "$redis_process" 2>/dev/null || true
  wait "$redis_process" 2>/dev/null || true
  rm -rf "$redis_folder"
}
