#!/usr/bin/env bash
# Installs the programs that tests call, by apt where it may; says what tests will skip without them.
# Under CI=true a program that is still missing is a failure.
set -u

postgres() { command -v postgres || ls /usr/lib/postgresql/*/bin/postgres; }
browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
magick() { { magick -version || /usr/bin/convert -version; } | grep ImageMagick; }
libgl() { ldconfig -p | grep -F libGL.so.1; }

# Debian's package, how to see that it is there, what is skipped without it
TOOLS="
redis-server|command -v redis-server|tests with a real Redis
chromium|browser|browser tests
libimage-exiftool-perl|command -v exiftool|tests that read our files with ExifTool
postgresql|postgres|tests with a real PostgreSQL
imagemagick|magick|tests with ImageMagick's files
libgl1|libgl|torch tests that import OpenCV
"

missing() {
    while IFS='|' read -r package check what; do
        [ -z "$package" ] || $check >/dev/null 2>&1 || echo "$package|$what"
    done <<<"$TOOLS"
}

if [ -n "$(missing)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    packages=$(missing | cut -d'|' -f1)
    echo "Installing for the tests:" $packages
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi

missing | while IFS='|' read -r package what; do
    echo "Missing: $package. Skipped without it: $what."
done
if [ -n "$(missing)" ] && [ "${CI:-}" = true ]; then
    echo "Under CI every one of them is needed." >&2
    exit 1
fi
