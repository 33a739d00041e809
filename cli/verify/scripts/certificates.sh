#!/bin/sh
# The certificates in FILES, a path on each line, and this host's clock, by which its programs judge them.
# Value besides: ROOT, prefix of every path, for tests.
section now date +%s
while IFS= read -r file; do
    [ -z "$file" ] || section "certificate $file" text "$ROOT$file"
done <<END
$FILES
END
