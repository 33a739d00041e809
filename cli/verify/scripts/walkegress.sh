#!/bin/sh
# Holds a connection open from inside a pod's network. Values: PID, a process of the pod; ADDRESS and PORT, where to; FROM and TO, between
# which its own port has to be: one of an earlier connection is not free at once.
egress() { sleep 12 | nsenter -t "$PID" -n curl -q -sS --noproxy '*' --max-time 12 --local-port "$FROM-$TO" "telnet://$ADDRESS:$PORT" >/dev/null; }
section egress egress
