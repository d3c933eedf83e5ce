#!/bin/bash
# Runs in the test Pi: each line that comes is a command; what it says comes back line by line after "| ", then how it
# ended.
echo listening
while IFS= read -r command; do
  bash -c "$command" < /dev/null 2>&1 | sed -u 's/^/| /;$a\'
  echo "ended ${PIPESTATUS[0]}"
done
