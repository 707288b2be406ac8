#!/bin/sh
# Checks a folder of rules before anybody merges it: documents, format, rule tests, and a back-test over a recorded log.
#
#   check-rules.sh <folder of the rules> <folder of the site> <data folder of a hub, or a copy of it>
#
# PHLOEM is the command, FAIL_IF the condition of the back-test.
# Exit codes: 0 all is well, 1 the rules are refused, 3 the log cannot show whether the condition holds: somebody has to look.
set -u

if [ $# -ne 3 ]; then
  sed -n '4,7p' "$0" | cut -c 3- >&2
  exit 2
fi
rules=$1
site=$2
data=$3
phloem=${PHLOEM:-npx phloem}
condition=${FAIL_IF:-switches > +20 %}

# PHLOEM may be a command with arguments.
# shellcheck disable=SC2086
run() {
  echo "== $*"
  $phloem rules "$@"
}

run check "$rules" --site "$site" || exit 1
run fmt "$rules" --check || exit 1
run test "$rules" --site "$site" || exit 1
run backtest "$rules" --data "$data" --fail-if "$condition"
result=$?

case $result in
  0 | 3) exit "$result" ;;
  *) exit 1 ;;
esac
