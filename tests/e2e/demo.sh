#!/usr/bin/env bash
# The demo itself, as a newcomer runs it.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/../../demo"
