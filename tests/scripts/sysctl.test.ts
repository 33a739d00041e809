import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeHost } from "./fakeHost";

const library = ["lib-conf", "lib-sysctl"]
  .map((name) => readFileSync(join(__dirname, "..", "..", "scripts", "node", `${name}.sh`), "utf8"))
  .join("\n");
const ours = "/etc/sysctl.d/99-kubernetes-cri.conf";
const forwarding = "net.ipv4.ip_forward";

describe("sysctl.d", () => {
  let host: FakeHost;
  beforeEach(() => (host = new FakeHost()));
  afterEach(() => host.remove());

  const shell = (text: string, variables: Record<string, string> = {}) => {
    const run = host.runText(`set -eu; root=$HARDWAY_ROOT\n${library}\n${text}`, variables);
    expect(run.stderr).to.equal("");
    return run.stdout.replaceAll(host.root, "");
  };
  const settings = (reader: "systemd" | "procps", keys: string, text?: string) =>
    shell(`sysctl_settings ${reader} "$KEYS" ${text === undefined ? "" : `${ours} "$TEXT"`}`, {
      KEYS: keys,
      TEXT: text ?? "",
    });
  /** What a file beside ours makes of a key. */
  const value = (text: string, key: string) => {
    host.write("/etc/sysctl.d/50-a.conf", text);
    return settings("systemd", key).split("\t")[0]?.slice(key.length).trim() ?? "";
  };

  it("finds the file below /proc/sys by the first separator, also that of a VLAN's card", () => {
    for (const [key, path] of [
      ["net.ipv4.ip_forward", "net/ipv4/ip_forward"],
      ["net/ipv4/conf/eth1.100/rp_filter", "net/ipv4/conf/eth1.100/rp_filter"],
      ["net.ipv4.conf.eth1/100.rp_filter", "net/ipv4/conf/eth1.100/rp_filter"],
    ]) {
      host.write(`/proc/sys/${path}`, "2\t3\n");
      expect(shell(`sysctl_read ${key}; echo "$path = $value"`)).to.equal(`${path} = 2 3\n`);
    }
    expect(shell("sysctl_read net.none || echo missing")).to.equal("missing\n");
  });

  it("is read by file name over all folders, each name from the first folder that has it", () => {
    for (const path of [
      "/usr/lib/sysctl.d/50-default.conf",
      "/usr/lib/sysctl.d/99-kubernetes-cri.conf",
      "/lib/sysctl.d/50-default.conf",
      "/run/sysctl.d/60-run.conf",
      "/etc/sysctl.d/10 network.conf",
      "/usr/local/lib/sysctl.d/60-run.conf",
      "/usr/lib/sysctl.d/70-masked.conf",
      "/etc/sysctl.d/README",
      "/etc/sysctl.conf",
    ])
      host.write(path, "a = 1\n");
    host.link("/etc/sysctl.d/70-masked.conf", "/dev/null");
    host.link("/etc/sysctl.d/80-gone.conf", "/nowhere");
    const order = [
      "/etc/sysctl.d/10 network.conf",
      "/usr/lib/sysctl.d/50-default.conf",
      "/run/sysctl.d/60-run.conf",
      "/etc/sysctl.d/70-masked.conf",
      ours,
    ];
    expect(shell(`sysctl_files systemd ${ours}`).split("\n")).to.deep.equal([...order, ""]);
    expect(shell(`sysctl_files procps ${ours}`).split("\n")).to.deep.equal([...order, "/etc/sysctl.conf", ""]);
    expect(shell("sysctl_files systemd").split("\n").slice(0, -1)).to.deep.equal([
      ...order.slice(0, 4),
      "/usr/lib/sysctl.d/99-kubernetes-cri.conf",
    ]);
  });

  const ourText = "# ours\nnet.ipv4.ip_forward                 = 1\n";
  const here = `${ours}:2: net.ipv4.ip_forward                 = 1`;
  const later = "/etc/sysctl.d/99-z.conf";
  const table: [what: string, path: string, text: string, expected: string][] = [
    ["a later file", later, "net.ipv4.ip_forward=0", `0\t${later}:1: net.ipv4.ip_forward=0`],
    ["an earlier file", "/etc/sysctl.d/10-a.conf", "net.ipv4.ip_forward=0", `1\t${here}`],
    ["another spelling", later, "\n; no\nnet/ipv4/ip_forward = 0", `0\t${later}:3: net/ipv4/ip_forward = 0`],
    ["a tolerated failure", later, "-net.ipv4.ip_forward = 0", `0\t${later}:1: -net.ipv4.ip_forward = 0`],
    [
      "the same switch by its other name",
      later,
      "net.ipv4.conf.all.forwarding=0",
      `0\t${later}:1: net.ipv4.conf.all.forwarding=0`,
    ],
    ["a path from the root", later, "/net/ipv4/ip_forward = 0", `0\t${later}:1: /net/ipv4/ip_forward = 0`],
    ["a repeated separator", later, "net//ipv4/ip_forward=0", `0\t${later}:1: net//ipv4/ip_forward=0`],
    ["a comment", later, "#net.ipv4.ip_forward=0", `1\t${here}`],
    ["a pattern for the name that we set", later, "net.ipv4.ip_*=0", `1\t${here}`],
    [
      "a later pattern for the switch's other name",
      later,
      "net.ipv4.conf.*.forwarding=0",
      `0\t${later}:1: net.ipv4.conf.*.forwarding=0`,
    ],
    ["an earlier pattern for it", "/etc/sysctl.d/10-a.conf", "net.ipv4.conf.*.forwarding=0", `1\t${here}`],
    [
      "a pattern that leaves it out",
      later,
      "net.ipv4.conf.*.forwarding=0\n-net.ipv4.conf.all.forwarding",
      `1\t${here}`,
    ],
    ["an exclusion of our key, which takes the value away", later, "-net.ipv4.ip_forward", ""],
    [
      "a file of the same name in a later folder",
      `/usr/lib/sysctl.d/${ours.slice(14)}`,
      "net.ipv4.ip_forward=0",
      `1\t${here}`,
    ],
  ];
  for (const [what, path, text, expected] of table) {
    it(`sets what the last word says, with ${what} beside ours`, () => {
      host.write(path, text);
      // As if our file were there, and as it is there.
      for (const given of [ourText, undefined]) {
        if (given === undefined) host.write(ours, ourText);
        expect(settings("systemd", forwarding, given).trimEnd()).to.equal(expected && `${forwarding} ${expected}`);
      }
    });
  }

  it("is hidden by a link to /dev/null of the same name", () => {
    host.write("/usr/lib/sysctl.d/50-a.conf", "vm.swappiness = 5\n");
    expect(settings("systemd", "vm.swappiness")).to.equal(
      "vm.swappiness 5\t/usr/lib/sysctl.d/50-a.conf:1: vm.swappiness = 5\n",
    );
    host.link("/etc/sysctl.d/50-a.conf", "/dev/null");
    expect(settings("systemd", "vm.swappiness")).to.equal("");
  });

  it("leaves a setting that is repeated where it first stood, which sysctl --system does not", () => {
    host.write("/etc/sysctl.d/10-a.conf", "net.ipv4.ip_forward = 1\n");
    host.write("/etc/sysctl.d/50-b.conf", "net.ipv4.conf.all.forwarding = 0\n");
    expect(settings("systemd", forwarding, ourText)).to.equal(
      `${forwarding} 0\t/etc/sysctl.d/50-b.conf:1: net.ipv4.conf.all.forwarding = 0\n`,
    );
    expect(settings("procps", forwarding, ourText)).to.equal(`${forwarding} 1\t${here}\n`);
  });

  it("ends with /etc/sysctl.conf for sysctl --system only, unless a link leads systemd there", () => {
    host.write("/etc/sysctl.conf", "net.ipv4.ip_forward = 0\n");
    const taken = "/etc/sysctl.conf:1: net.ipv4.ip_forward = 0";
    expect(settings("systemd", forwarding, ourText)).to.equal(`${forwarding} 1\t${here}\n`);
    expect(settings("procps", forwarding, ourText)).to.equal(`${forwarding} 0\t${taken}\n`);
    host.link("/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf");
    expect(settings("systemd", forwarding, ourText)).to.equal(
      `${forwarding} 0\t/etc/sysctl.d/99-sysctl.conf:1: net.ipv4.ip_forward = 0\n`,
    );
  });

  it("takes patterns for keys that are neither set by name nor excluded", () => {
    expect(value("net.ipv4.conf.*.rp_filter = 2", "net.ipv4.conf.eth0.rp_filter")).to.equal("2");
    expect(value("net.ipv4.conf.*.rp_filter = 2", "net.ipv4.conf.eth1/100.rp_filter")).to.equal("2");
    expect(value("net.ipv4.conf.eth?/1*.rp_filter = 2", "net/ipv4/conf/eth1.100/rp_filter")).to.equal("2");
    expect(value("net.ipv4.conf.*.rp_filter = 2", "net.ipv4.conf.eth0.accept_source_route")).to.equal("");
    expect(value("net.*.rp_filter = 2", "net.ipv4.conf.eth0.rp_filter")).to.equal("");
    expect(value("net.ipv4.conf.eth[!1].rp_filter = 2", "net.ipv4.conf.eth0.rp_filter")).to.equal("2");
    expect(value("net.ipv4.conf.eth[!0].rp_filter = 2", "net.ipv4.conf.eth0.rp_filter")).to.equal("");
    expect(value("net.ipv4.conf.eth[0-3].rp_filter = 2", "net.ipv4.conf.eth0.rp_filter")).to.equal("2");
    const excluded = "net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter";
    expect(value(excluded, "net.ipv4.conf.all.rp_filter")).to.equal("");
    expect(value(excluded, "net.ipv4.conf.lo.rp_filter")).to.equal("2");
    expect(value("net.ipv4.tcp_rmem = 4096\t87380   6291456\r", "net.ipv4.tcp_rmem")).to.equal("4096 87380 6291456");
    expect(value("net.ipv4.ipXforward = 0", "net.ipv4.ip.forward")).to.equal("");
  });
});

describe("networkd_off", () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    host.program("networkctl", { "--version": "echo 'systemd 257 (257.9-1)'; echo '+PAM +AUDIT'" });
    for (const [index, card] of ["lo", "eth0", "eth1"].entries())
      host.write(`/sys/class/net/${card}/ifindex`, `${index + 1}\n`);
    host.write(
      "/run/systemd/netif/links/2",
      'NETWORK_FILE=/etc/systemd/network/10-a.network\nNETWORK_FILE_DROPINS=""\n',
    );
    host.write(
      "/run/systemd/netif/links/3",
      'NETWORK_FILE=/run/systemd/network/20-b.network\nNETWORK_FILE_DROPINS="/etc/systemd/network/20-b.network.d/1.conf /etc/systemd/network/20-b.network.d/2.conf"\n',
    );
  });
  afterEach(() => host.remove());

  const off = () => {
    const run = host.runText(`set -eu; root=$HARDWAY_ROOT\n${library}\nnetworkd_off eth0 eth1 cni0`);
    expect([run.status, run.stderr]).to.deep.equal([0, ""]);
    return run.stdout.split("\n").slice(0, -1);
  };

  const table: [what: string, files: Record<string, string>, found: string[]][] = [
    ["nothing where no file says so", { "/etc/systemd/network/10-a.network": "[Network]\nDHCP=yes\n" }, []],
    [
      "a card's own file",
      { "/etc/systemd/network/10-a.network": "[Match]\nName=eth0\n[Network]\nIPv4Forwarding = no\n" },
      ["eth0 /etc/systemd/network/10-a.network:4: IPv4Forwarding = no"],
    ],
    [
      "the older name of the setting in a drop-in",
      { "/etc/systemd/network/20-b.network.d/2.conf": "[Network]\nIPForward=ipv6\n" },
      ["eth1 /etc/systemd/network/20-b.network.d/2.conf:2: IPForward=ipv6"],
    ],
    [
      "no line that a later one takes back",
      {
        "/run/systemd/network/20-b.network": "[Network]\nIPv4Forwarding=no\n",
        "/etc/systemd/network/20-b.network.d/1.conf": "[Network]\nIPv4Forwarding=yes\n",
      },
      [],
    ],
    [
      "what is set for all cards, unless one has its own",
      {
        "/etc/systemd/networkd.conf.d/x.conf": "[Network]\nIPv4Forwarding=false\n",
        "/etc/systemd/network/10-a.network": "[Network]\nIPv4Forwarding=yes\n",
      },
      ["eth1 /etc/systemd/networkd.conf.d/x.conf:2: IPv4Forwarding=false"],
    ],
    [
      "no line of another section, and no comment",
      { "/etc/systemd/network/10-a.network": "[Network]\n#IPv4Forwarding=no\n[Link]\nIPv4Forwarding=no\n" },
      [],
    ],
  ];
  for (const [what, files, found] of table) {
    it(`finds ${what}`, () => {
      for (const [path, text] of Object.entries(files)) host.write(path, text);
      expect(off()).to.deep.equal(found);
    });
  }

  it("knows that networkd switched nothing off before version 256", () => {
    host.write("/etc/systemd/network/10-a.network", "[Network]\nIPForward=no\n");
    expect(off()).to.have.length(1);
    host.program("networkctl", { "--version": "echo 'systemd 252 (252.38-1~deb12u1)'" });
    expect(off()).to.deep.equal([]);
  });
});
