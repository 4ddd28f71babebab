#!/usr/bin/env bash
# The demo itself, as a newcomer runs it: it builds what it needs.
set -euo pipefail
unset PIE_BUILT
exec "$(dirname "${BASH_SOURCE[0]}")/../../demo"
