import { expect } from "chai";
import { effectiveSetting, procpsOrder, systemdOrder, sysctlPath } from "../../../cli/verify/sysctlFiles";

const file = (path: string, text = "") => ({ path, text });
const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path);

describe("sysctl.d", () => {
  it("finds the file below /proc/sys by the first separator", () => {
    expect(sysctlPath("net.ipv4.ip_forward")).to.equal("net/ipv4/ip_forward");
    expect(sysctlPath("net/ipv4/conf/eth0.1/rp_filter")).to.equal("net/ipv4/conf/eth0.1/rp_filter");
    expect(sysctlPath("net.ipv4.conf.eth0/1.rp_filter")).to.equal("net/ipv4/conf/eth0.1/rp_filter");
  });

  it("is read by file name over all folders, each name from the first folder that has it", () => {
    const files = [
      file("/usr/lib/sysctl.d/50-default.conf"),
      file("/usr/lib/sysctl.d/99-kubernetes-cri.conf"),
      file("/lib/sysctl.d/50-default.conf"),
      file("/run/sysctl.d/60-run.conf"),
      file("/etc/sysctl.d/99-kubernetes-cri.conf"),
      file("/etc/sysctl.d/10-network.conf"),
      file("/usr/local/lib/sysctl.d/60-run.conf"),
      file("/etc/sysctl.conf"),
    ];
    const order = [
      "/etc/sysctl.d/10-network.conf",
      "/usr/lib/sysctl.d/50-default.conf",
      "/run/sysctl.d/60-run.conf",
      "/etc/sysctl.d/99-kubernetes-cri.conf",
    ];
    expect(paths(systemdOrder(files))).to.deep.equal(order);
    expect(paths(procpsOrder(files))).to.deep.equal([...order, "/etc/sysctl.conf"]);
  });

  const ours = file("/etc/sysctl.d/99-kubernetes-cri.conf", "# ours\nnet.ipv4.ip_forward                 = 1\n");
  const table: [string, string, string, string | undefined][] = [
    ["a later file", "/etc/sysctl.d/99-z.conf", "net.ipv4.ip_forward=0", "0 /etc/sysctl.d/99-z.conf:1"],
    ["an earlier file", "/etc/sysctl.d/10-a.conf", "net.ipv4.ip_forward=0", "1 /etc/sysctl.d/99-kubernetes-cri.conf:2"],
    ["another spelling", "/etc/sysctl.d/99-z.conf", "\n; no\nnet/ipv4/ip_forward = 0", "0 /etc/sysctl.d/99-z.conf:3"],
    ["a tolerated failure", "/etc/sysctl.d/99-z.conf", "-net.ipv4.ip_forward = 0", "0 /etc/sysctl.d/99-z.conf:1"],
    ["the same switch", "/etc/sysctl.d/99-z.conf", "net.ipv4.conf.all.forwarding=0", "0 /etc/sysctl.d/99-z.conf:1"],
    ["a comment", "/etc/sysctl.d/99-z.conf", "#net.ipv4.ip_forward=0", "1 /etc/sysctl.d/99-kubernetes-cri.conf:2"],
    ["a pattern", "/etc/sysctl.d/99-z.conf", "net.ipv4.ip_*=0", "1 /etc/sysctl.d/99-kubernetes-cri.conf:2"],
    ["a mask", "/etc/sysctl.d/99-kubernetes-cri.conf", "", undefined],
  ];
  for (const [what, path, text, expected] of table) {
    it(`sets what the last line by name says, with ${what} beside ours`, () => {
      const files = path === ours.path ? [file(path, text)] : [ours, file(path, text)];
      const found = effectiveSetting(systemdOrder(files), "net.ipv4.ip_forward");
      expect(found && `${found.value} ${found.path}:${found.line}`).to.equal(expected);
    });
  }

  it("takes patterns for keys that are neither set by name nor excluded", () => {
    const files = (text: string) => [file("/etc/sysctl.d/a.conf", text)];
    const value = (text: string, key: string) => effectiveSetting(files(text), key)?.value;
    expect(value("net.ipv4.conf.*.rp_filter = 2", "net.ipv4.conf.eth0.rp_filter")).to.equal("2");
    expect(value("net.ipv4.conf.*.rp_filter = 2", "net.ipv4.conf.eth0.accept_source_route")).to.equal(undefined);
    expect(value("net.*.rp_filter = 2", "net.ipv4.conf.eth0.rp_filter")).to.equal(undefined);
    expect(value("net.ipv4.conf.eth[!1].rp_filter = 2", "net.ipv4.conf.eth0.rp_filter")).to.equal("2");
    const excluded = "net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter";
    expect(value(excluded, "net.ipv4.conf.all.rp_filter")).to.equal(undefined);
    expect(value(excluded, "net.ipv4.conf.lo.rp_filter")).to.equal("2");
    expect(value("net.ipv4.tcp_rmem = 4096\t87380   6291456", "net.ipv4.tcp_rmem")).to.equal("4096 87380 6291456");
  });
});
