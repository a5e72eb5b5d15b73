#!/bin/sh
# Prints the first Python that is new enough; says what to do where there is none.
for python in "$PYTHON" python3.11 python3.12 python3.13 python3.14 python3 python; do
    [ -n "$python" ] || continue
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
            echo "$python"
            exit 0
        fi
        without_venv="$python"
    fi
done
if [ -n "$without_venv" ]; then
    echo "$without_venv cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2
else
    echo "Proofsheet needs Python 3.11 or newer, and found none. Install it from python.org or your system's" >&2
    echo "packages, or name it: make PYTHON=/path/to/python3.11 ..." >&2
fi
exit 1
