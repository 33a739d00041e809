import type { Answers, FakeHost } from "./fakeHost";

const state = "/proc/sys/net/ipv4";

/** What `nft monitor trace` and `iptables-legacy-save -c` printed on a Debian 13 for packets that were dropped. */
export const traces = {
  policy:
    "trace id d8218ba3 inet hardway_probe early rule ip saddr 10.200.0.8 meta nftrace set 1 (verdict continue)\n" +
    "trace id d8218ba3 inet filter forward policy drop \n",
  rule: "trace id bce24fa1 inet f2 forward rule ip daddr 10.200.0.0/16 drop (verdict drop)\n",
  iptables:
    "trace id 51f2fa03 ip filter FORWARD rule counter packets 0 bytes 0 reject with icmp type host-prohibited (verdict drop)\n" +
    "trace id e5d6be91 ip filter FORWARD rule counter packets 0 bytes 0 reject with icmp type host-prohibited (verdict drop)\n",
  iptablesPolicy: "trace id 5372aee4 ip filter FORWARD policy drop \n",
  firewalld:
    "trace id 3d6b3706 inet firewalld filter_FORWARD rule jump filter_FORWARD_POLICIES (verdict jump filter_FORWARD_POLICIES)\n" +
    "trace id 3d6b3706 inet firewalld filter_FORWARD_POLICIES rule jump filter_FWD_public (verdict jump filter_FWD_public)\n" +
    "trace id 3d6b3706 inet firewalld filter_FORWARD_POLICIES rule reject with icmpx admin-prohibited (verdict drop)\n",
  passes:
    "trace id 434dfb5d inet hardway_probe late rule ip saddr 10.200.0.8 drop (verdict drop)\n" +
    'trace id 148f01f9 inet hardway_probe late rule ip daddr 10.200.255.254 tcp dport 41800 counter name "out" drop (verdict drop)\n',
} as const;

/** Programs that read only, with what a probe asks them; they keep their namespaces, links and tables as files of the host. */
export interface ForwardingPrograms {
  readonly ip: Answers;
  readonly nft: Answers;
}

/**
 * A host through which packets go. A file `/drops` names the ways in which they do not, `in` or `out`, and `/trace` has what
 * nft(8) says of them then.
 */
export function fakeForwarding(host: FakeHost): ForwardingPrograms {
  for (const file of ["ip_forward", "conf/eth1/forwarding", "conf/cni0/forwarding", "conf/all/accept_redirects"])
    host.write(`${state}/${file}`, "1\n");
  for (const folder of ["/run", "/sys/class/net"]) host.write(`${folder}/.keep`, "");
  const send = (way: "in" | "out") => `grep -q ${way} "$R/drops" 2>/dev/null || echo >>"$R/run/hardway-probe/${way}"`;
  const count = (way: "in" | "out") => `$(cat "$R/run/hardway-probe/${way}" 2>/dev/null | wc -l)`;
  // A program that is given its commands on standard input, a line each.
  const batch = (commands: Readonly<Record<string, string>>) =>
    `while IFS= read -r line; do case $line in ${Object.entries(commands)
      .map(([command, does]) => `"${command}") ${does} ;;`)
      .join(" ")} *) echo "UNKNOWN LINE $line" >&2; exit 99 ;; esac || exit; done`;
  const deleteNamespace = (name: string) =>
    `rm "$R/run/netns/${name}"; rmdir --ignore-fail-on-non-empty "$R/run/netns"`;
  host.program("tc", {
    "-batch -": batch({
      "qdisc add dev hwprobe0 ingress": ":",
      "filter add dev hwprobe0 ingress protocol ip matchall action mirred ingress redirect dev eth1": ":",
    }),
  });
  return {
    ip: {
      "-o -4 route get 10.240.0.10": "echo '10.240.0.10 dev eth1 src 10.240.0.80 uid 0'",
      "netns add *": 'mkdir -p "$R/run/netns"; : >"$R/run/netns/$3"',
      "-n hardway-probe-pod -o -4 address show dev eth0": "echo '2: eth0    inet 10.200.0.8/24 scope global eth0'",
      "-4 route add 10.200.255.254/32 dev eth1 proto 78": 'echo 10.200.255.254 >"$R/probe-route"',
      "-batch -": batch({
        "link add hwprobe0 address 02:00:00:00:00:01 type veth peer name eth0 netns hardway-probe-far":
          'mkdir -p "$R/sys/class/net/hwprobe0"',
        "link set hwprobe0 up": ":",
      }),
      "-n hardway-probe-far -batch -": batch({
        "link set eth0 up": ":",
        "address add 10.240.0.10/32 dev eth0": ":",
        "route add default dev eth0": ":",
        "neigh replace 10.200.0.8 lladdr 02:00:00:00:00:01 dev eth0": ":",
      }),
      "-4 -force -batch -": batch({
        "link delete hwprobe0": 'rm -r "$R/sys/class/net/hwprobe0"',
        "netns delete hardway-probe-pod": deleteNamespace("hardway-probe-pod"),
        "netns delete hardway-probe-far": deleteNamespace("hardway-probe-far"),
        "route flush proto 78": 'rm -f "$R/probe-route"',
      }),
      "netns exec hardway-probe-pod perl -e *exit 1": `[ ${count("in")} != 0 ]`,
      "netns exec hardway-probe-far perl -e * 10.200.0.8 41800": send("in"),
      "netns exec hardway-probe-pod perl -e * 10.200.255.254 41800": send("out"),
    },
    nft: {
      "delete table inet hardway_probe": 'rm -f "$R/probe-table"',
      "-f -": 'cat >"$R/probe-table"',
      "list table inet hardway_probe": `echo "ip daddr 10.200.255.254 tcp dport 41800 counter packets ${count("out")} bytes 60 drop"`,
      "monitor trace": 'cat "$R/trace" 2>/dev/null; exec sleep 20',
      "list tables *": ":",
    },
  };
}
