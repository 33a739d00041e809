# Removes our routes, and nobody else's, now and at boot. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE routes --undo; by hand: ./hardway script NODE routes --undo | ssh HOST sudo sh
. ./lib-own.sh
begin_undo
disown_unit hardway-pod-routes.service
reload=false
if owned | grep -q '^/etc/systemd/network/'; then reload=true; fi
disown_all
if $reload && systemctl is-active -q systemd-networkd; then run networkctl reload; fi
# networkd may be taking them out at the same moment.
tries=0
while routes=$(ip -4 route show proto 77) && [ -n "$routes" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 10 ] || die "these routes do not go away: $routes"
    while read -r destination rest; do
        # shellcheck disable=SC2086 # the words that ip printed
        run ip -4 route del "$destination" $rest proto 77 || sleep 1
    done <<END
$routes
END
done
finish_undo
