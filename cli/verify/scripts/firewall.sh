#!/bin/sh
# What drops pods' packets on this host. Values: those of lib-forwarding.
. ./lib-forwarding.sh
. ./lib-firewalls.sh
root=''

firewall() { forwarding_problem 2>/dev/null; }
section firewall firewall
