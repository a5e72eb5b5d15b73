#!/usr/bin/env bash
# Installs the programs that tests call, by apt where it may; says what tests will skip without them.
# Under CI=true a program that is still missing is a failure.
set -u

has_postgres() { type -P postgres || ls /usr/lib/postgresql/*/bin/postgres; }
has_browser() { type -P chromium || type -P chromium-browser || type -P google-chrome; }
has_magick() { { command magick -version || /usr/bin/convert -version; } | grep ImageMagick; }
has_nginx() { type -P nginx || ls /usr/sbin/nginx; }
has_libgl() { ldconfig -p | grep -F libGL.so.1; }

# Debian's package, how to see that it is there, what is skipped without it
TOOLS="
redis-server|type -P redis-server|tests with a real Redis
chromium|has_browser|browser tests
libimage-exiftool-perl|type -P exiftool|tests that read our files with ExifTool
postgresql|has_postgres|tests with a real PostgreSQL
nginx-light|has_nginx|tests behind nginx
imagemagick|has_magick|tests with ImageMagick's files
libgl1|has_libgl|torch tests that import OpenCV
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
