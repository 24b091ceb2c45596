#!/bin/sh
# Makes .venv as uv.lock says. Needs Python 3.11 or newer with its venv module, and a package index.
# PYTHON names the interpreter to use; else the first good one on the path is taken.
set -eu

UV="uv==0.13.9"

say() { printf '%s\n' "$*" >&2; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
        if new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "The market needs Python 3.11 or newer, and none was found${PYTHON:+ at PYTHON=$PYTHON}."
    for candidate in ${PYTHON:-python3 python}; do
        if found=$("$candidate" --version 2>&1); then say "  $candidate is $found"; fi
    done
    say "Install one, then call make again:"
    say "  Debian, Ubuntu   sudo apt install python3 python3-venv"
    say "  Fedora           sudo dnf install python3.13"
    say "  macOS            brew install python@3.13"
    say "  elsewhere        https://www.python.org/downloads/"
    say "One that is not on the path is named so: make demo PYTHON=/path/to/python3.13"
    return 1
}

make_venv() {
    python=$(find_python)
    say "Setting up .venv with $("$python" --version)"
    if "$python" -m venv --clear .venv; then return; fi
    rm -rf .venv
    say "Python has no working venv module. On Debian and Ubuntu: sudo apt install python3-venv; then call make again."
    return 1
}

if ! new_enough .venv/bin/python; then make_venv; fi

say "Installing what uv.lock lists"
# A .venv that uv made has no pip.
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
.venv/bin/python -m pip install --quiet --disable-pip-version-check "$UV"
env -u VIRTUAL_ENV -u UV_PROJECT_ENVIRONMENT UV_PYTHON=.venv/bin/python UV_PYTHON_DOWNLOADS=never \
    .venv/bin/uv sync --locked --extra local

say "Compiling the timetable's kernels"
.venv/bin/python -m services.matching.worker </dev/null

say "Ready. \`make up\` starts the market and says where to look; \`make\` lists the rest."
