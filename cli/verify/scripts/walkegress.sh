#!/bin/sh
# Holds a connection open from inside a pod's network. Values: PID, a process of the pod; TO and PORT, where to; FROM, its own port.
egress() { sleep 12 | nsenter -t "$PID" -n curl -q -sS --noproxy '*' --max-time 12 --local-port "$FROM" "telnet://$TO:$PORT" >/dev/null; }
section egress egress
