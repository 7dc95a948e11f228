#!/bin/sh
# Any other continuous integration: run-agent.sh POLICY COMMAND [ARGS…]
#
# Leaves $REPORTS (akios-reports) with the report as JSON, SARIF, JUnit and Markdown: name a folder that the agent may
# not write to, as it could put its own in their place. Ends with the agent's own status; 121 if
# something was refused; 120 if governance ended the session. FAIL_ON=error|warning|note says how grave it must be.
set -eu
policy=${1:?names a policy, and a command follows: run-agent.sh policy.yaml python3 agent.py}
shift
reports=${REPORTS:-akios-reports}
mkdir -p "$reports"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
# AKIOS_OPTIONS is meant to be split into words.
# shellcheck disable=SC2086
exec $as_root akios run --policy "$policy" --fail-on "${FAIL_ON:-warning}" ${AKIOS_OPTIONS:-} \
  --report "$reports/akios.json" --junit "$reports/akios.xml" --sarif "$reports/akios.sarif" \
  --summary "$reports/summary.md" -- "$@" </dev/null
