#!/bin/sh
# Joins standard input and output to the unix socket SOCKET. Perl's base package is Essential on Debian and Ubuntu.
if ! command -v perl >/dev/null; then
    echo "perl is needed to reach $SOCKET and was not found; install it, or log in as root" >&2
    exit 127
fi
# One process for each direction, so that neither waits for the other; the child is killed when the socket closes first.
# shellcheck disable=SC2016 # the variables are Perl's
exec perl -e '
    use Socket;
    socket(my $socket, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($socket, sockaddr_un($ARGV[0])) or die "$ARGV[0]: $!\n";
    sub relay {
        my ($from, $to) = @_;
        while (sysread($from, my $data, 65536)) {
            for (my $done = 0; $done < length $data; ) {
                my $sent = syswrite($to, $data, length($data) - $done, $done);
                defined $sent or return;
                $done += $sent;
            }
        }
    }
    defined(my $child = fork) or die "fork: $!\n";
    if ($child == 0) { relay(\*STDIN, $socket); shutdown($socket, 1); exit }
    relay($socket, \*STDOUT);
    kill "TERM", $child;
    waitpid($child, 0);
' "$SOCKET"
