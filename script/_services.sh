# Shared by the commands that test: installs the servers, the browser and the checkers of pages that the tests use,
# where that is possible.

# Names Debian's packages for what this machine lacks.
missing_packages() {
  local server
  server=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null || true)
  if [ -z "$server" ] && ! command -v initdb >/dev/null; then echo postgresql; fi
  command -v redis-server >/dev/null || echo redis-server
  [ -x "${FORUM_TEST_CHROMIUM:-/usr/bin/chromium}" ] || echo chromium
  command -v npm >/dev/null || echo nodejs npm
  command -v java >/dev/null || echo default-jre-headless
}

# Without root or apt-get nothing happens here, and the tests that lack something are skipped and listed.
install_services() {
  install_servers
  install_page_checkers
}

install_servers() {
  local packages
  mapfile -t packages < <(missing_packages | tr ' ' '\n')
  if [ ${#packages[@]} -eq 0 ] || [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then return; fi
  echo "Installing ${packages[*]} …" >&2
  export DEBIAN_FRONTEND=noninteractive
  run_quietly apt-get update -qq &&
    run_quietly apt-get install -y -qq --no-install-recommends "${packages[@]}" ||
    echo "Not installed: the tests that need ${packages[*]} are skipped." >&2
}

# axe-core and the Nu HTML checker, at the versions of the lock file; again only when that file has changed.
install_page_checkers() {
  local folder=tests/tools
  if ! command -v npm >/dev/null || cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then return; fi
  echo "Installing the checkers of pages …" >&2
  if run_quietly npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund; then
    cp "$folder/package-lock.json" "$folder/node_modules/.installed"
  else
    echo "Not installed: the tests that need axe-core or the Nu HTML checker are skipped." >&2
  fi
}
