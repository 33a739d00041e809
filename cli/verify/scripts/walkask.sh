#!/bin/sh
# ask_page ADDRESS PORT QUERY: prints the status of the answer, 000 where it is not HTTP, and whether there was a connection: 1 or 0.
ask_page() { curl -q -sS --noproxy '*' --max-time 15 -o /dev/null -w '%{http_code} %{num_connects}' "http://$1:$2/?walk=$3"; }
