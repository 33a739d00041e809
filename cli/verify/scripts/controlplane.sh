#!/bin/sh
# The control plane of this host. Values: URL of its API server; MANAGER_PORT, SCHEDULER_PORT; CA, the file of its authority's
# certificate; CERTIFICATE, KEY: the administrator's files; OTHER_CERTIFICATE, OTHER_KEY: those of a client of another authority.

# ask URL OPTION...: an answer, with its status on the last line.
ask() { curl -sS --noproxy '*' --max-time 30 -w '\n%{http_code}' "$@"; }

# ask_patiently URL OPTION...: the same, once it is 200: on a host that has just booted, programs still start. After some tries it is
# what it is.
ask_patiently() {
    tries=0
    until answer=$(ask "$@" 2>&1) && [ "$(printf '%s\n' "$answer" | tail -n 1)" = 200 ]; do
        tries=$((tries + 1))
        # One that hangs has had its time.
        case $answer in *'curl: (28)'*) break ;; esac
        [ "$tries" -lt 20 ] || break
        sleep 2
    done
    printf '%s\n' "$answer"
}

# By this name the programs that lead know each other; it need not be the Node's or the plan's.
section hostname uname -n
section readyz ask_patiently "$URL/readyz?verbose" --cacert "$CA"
section nobody ask "$URL/api/v1/namespaces" --cacert "$CA" -o /dev/null
section other ask "$URL/api/v1/namespaces" --cacert "$CA" -o /dev/null --cert "$OTHER_CERTIFICATE" --key "$OTHER_KEY"
section version ask "$URL/version" --cacert "$CA" --cert "$CERTIFICATE" --key "$KEY"
section manager ask_patiently "https://127.0.0.1:$MANAGER_PORT/healthz" -k
section scheduler ask_patiently "https://127.0.0.1:$SCHEDULER_PORT/healthz" -k
