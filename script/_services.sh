# Shared by the commands that test: installs the servers and the browser that the tests drive, where that is possible.

# Names Debian's packages for what this machine lacks.
missing_packages() {
  local server
  server=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null || true)
  if [ -z "$server" ] && ! command -v initdb >/dev/null; then echo postgresql; fi
  command -v redis-server >/dev/null || echo redis-server
  [ -x "${FORUM_TEST_CHROMIUM:-/usr/bin/chromium}" ] || echo chromium
}

# Without root or apt-get nothing happens here, and the tests that lack something are skipped and listed.
install_services() {
  local packages
  mapfile -t packages < <(missing_packages)
  if [ ${#packages[@]} -eq 0 ] || [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then return; fi
  echo "Installing ${packages[*]} …" >&2
  export DEBIAN_FRONTEND=noninteractive
  run_quietly apt-get update -qq &&
    run_quietly apt-get install -y -qq --no-install-recommends "${packages[@]}" ||
    echo "Not installed: the tests that need ${packages[*]} are skipped." >&2
}
