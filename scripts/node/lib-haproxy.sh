# The package haproxy where a step has brought it.
# Reads: nothing.
# Sets: $mask, see below.

# The unit that the package starts, with a configuration that leads nowhere. Where the package comes with a step, that unit is masked;
# an HAProxy that was there before goes on as it is.
# shellcheck disable=SC2034 # for the step
mask=/etc/systemd/system/haproxy.service

# haproxy_is_used: somebody has configured the package since this step brought it.
haproxy_is_used() { dpkg --verify haproxy 2>/dev/null | grep -q ' c /etc/haproxy/'; }
