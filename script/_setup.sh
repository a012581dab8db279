# Shared by the commands in this folder; they source it with the checkout's root as working directory.

is_new_enough() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# The first interpreter that really runs, is 3.11 or newer, and can make virtual environments.
find_python() {
  local candidate
  for candidate in python3.13 python3.12 python3.11 python3.14 python3 python; do
    if is_new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  echo "Python 3.11 or newer with venv is needed; on Debian or Ubuntu: apt-get install python3 python3-venv" >&2
  return 1
}

# What .venv must hold, as text: its Python's version and the pins of each given file.
wanted() {
  local file
  .venv/bin/python -ISc 'import sys; print(sys.version)' 2>/dev/null || return 1
  for file in "$@"; do echo "$(<"$file")"; done
}

# Whether that is what the note says, which is written after an installation and named after the last file.
is_set_up() {
  local stamp=.venv/.installed-${!#}
  [ -r "$stamp" ] && [ "$(<"$stamp")" = "$(wanted "$@")" ]
}

run_quietly() {
  local log code=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { code=$?; cat -- "$log" >&2; }
  rm -f -- "$log"
  return "$code"
}

install_packages() {
  local python file arguments=()
  is_set_up "$@" && return # another start was first
  if ! is_new_enough .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python) || return 1
    echo "Making .venv with $("$python" --version) …" >&2
    run_quietly "$python" -m venv --clear .venv || return 1
  fi
  for file in "$@"; do arguments+=(-r "$file"); done
  echo "Installing the pinned packages …" >&2
  run_quietly .venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet \
    --root-user-action=ignore "${arguments[@]}" || return 1
  wanted "$@" >".venv/.installed-${!#}"
}

# set_up FILE…: .venv holds the pins of the given requirement files. Costs next to nothing when it already does.
# Two starts at once take turns, where flock exists; the lock is this file itself, held by no process afterwards.
set_up() {
  is_set_up "$@" && return
  (
    if command -v flock >/dev/null; then flock 9; fi
    install_packages "$@" 9<&-
  ) 9<script/_setup.sh
}
