#!/bin/sh
# Install the Debian packages that the named commands come from, or say in one line how to.
#   scripts/system_packages.sh bwrap [chromium …]      exit 0: all there, 1: something is missing
# A name that ends in "?" is wished for, not required: without it the tests that need it are skipped.
set -eu

package_of() {
    case "$1" in
        bwrap) echo bubblewrap ;;
        initdb) echo postgresql ;;
        node) echo nodejs ;;
        venv) echo python3-venv ;;
        *) echo "$1" ;;
    esac
}

present() {
    case "$1" in
        initdb) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
        venv) "${PYTHON:-python3}" -c "import ensurepip, venv" 2>/dev/null ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

required="" wished=""
for name in "$@"; do
    command=${name%\?}
    present "$command" && continue
    if [ "$command" = "$name" ]; then
        required="$required $(package_of "$command")"
    else
        wished="$wished $(package_of "$command")"
    fi
done
[ -n "$required$wished" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    run=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    run="sudo -n"
else
    echo "Missing:$required$wished. Install with: sudo apt-get install -y$required$wished" >&2
    [ -z "$required" ]
    exit
fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing:$required$wished. Install them with this system's package manager." >&2
    [ -z "$required" ]
    exit
fi

echo "Installing Debian packages:$required$wished" >&2
# PostgreSQL's package starts a server of its own unless told not to; only its binaries are wanted.
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { $run apt-get update -qq && $run apt-get install -y -qq --no-install-recommends $required $wished; } >/dev/null 2>&1; then
    echo "apt could not install them. Install by hand: sudo apt-get install -y$required$wished" >&2
    [ -z "$required" ]
    exit
fi
