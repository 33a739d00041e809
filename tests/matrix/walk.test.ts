import { expect } from "chai";
import type { WalkRow } from "../../cli/walk/rows";
import { waitFor } from "../support/waitFor";
import { kubectl, useLab, type Settings } from "./lab";

interface Walk {
  readonly ok: boolean;
  readonly steps: readonly { readonly step: number; readonly rows: readonly WalkRow[] }[];
}

/** A walk on machines: what is as it was built is seen to be so, and what is broken is named. */
describe("a walk along a pod on machines", () => {
  const settings: Settings = {
    ...{ controllerInstanceType: "t2.small", etcdHeartbeatMilliseconds: 500 },
    ...{ cluster: true, dnsImage: "hardway.local/coredns:1.14.6" },
    imageArchives: ["/usr/share/hardway/images/lab.tar", "/usr/share/hardway/images/nginx.tar"],
    // node-0 has the distribution's containerd.
    nodes: { "node-1": { runtimeSource: "mirror" } },
  };
  const lab = useLab("walk", settings);

  before(async () => {
    await lab.up("--skip-verify");
  });

  async function walk(...options: string[]): Promise<{ code: number | null; walk: Walk; text: string }> {
    const { code, stdout, stderr } = await lab.state.hardway("walk", "--json", ...options);
    expect(stdout, stderr).to.match(/^\{/);
    return { code, walk: JSON.parse(stdout) as Walk, text: stdout + stderr };
  }

  /** What is not as expected in one step of a walk. */
  async function offIn(step: number, ...options: string[]): Promise<string[]> {
    const { code, walk: seen } = await walk("--step", String(step), ...options);
    const off = seen.steps.flatMap(({ rows }) => rows.filter(({ state }) => state === "off").map(({ what }) => what));
    expect(code).to.equal(off.length > 0 ? 1 : 0);
    return off;
  }

  async function expectRight(...options: string[]): Promise<Walk> {
    const { code, walk: seen, text } = await walk(...options);
    const off = seen.steps.flatMap(({ step, rows }) =>
      rows.filter(({ state }) => state !== "ok").map((row) => ({ step, ...row })),
    );
    expect(off, JSON.stringify(off, null, 2) + text).to.deep.equal([]);
    expect([code, seen.ok]).to.deep.equal([0, true]);
    return seen;
  }

  async function expectNothingLeft(): Promise<void> {
    expect(await lab.on("server", `${kubectl} get namespaces -o name | grep walk || :`)).to.equal("");
    for (const node of ["node-0", "node-1"])
      expect(await lab.on(node, "ls /run/hardway-walk* 2>/dev/null; nft list tables | grep walk || :"), node).to.equal(
        "",
      );
  }

  for (const node of ["node-0", "node-1"])
    it(`is as expected on ${node}, and leaves nothing`, async () => {
      const { steps } = await expectRight("--node", node);
      expect(steps.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      await expectNothingLeft();
    });

  it("deletes what it made after Ctrl-C, too", async () => {
    const { output, interrupt, done } = lab.state.start("walk", "--node", "node-0");
    await waitFor(() => /^4\. CNI ADD/m.test(output()), "step 4", 300, output);
    interrupt();
    expect((await done).code, output()).to.equal(130);
    await expectNothingLeft();
  });

  it("looks at a pod that is there, and changes nothing of it", async () => {
    const version = `${kubectl} -n kube-system get pod -l k8s-app=kube-dns -o 'jsonpath={.items[0].metadata.name} {.items[0].metadata.resourceVersion}'`;
    const before = await lab.on("server", version);
    const { walk: seen } = await walk("--pod", `kube-system/${before.split(" ")[0]}`);
    expect(seen.ok, JSON.stringify(seen, null, 2)).to.equal(true);
    expect(await lab.on("server", version)).to.equal(before);
  });

  it("names the host that has no route to the pod", async () => {
    const route = await lab.on("node-1", "ip route show 10.200.0.0/24");
    await lab.on("node-1", "ip route del 10.200.0.0/24");
    const off = await offIn(7, "--node", "node-0");
    await lab.on("node-1", `ip route add ${route}`);
    expect(off[0]).to.match(/^route on node-1 to 10\.200\.0\.\d+$/);
    expect(
      off.every((what) => /node-1/.test(what)),
      off.join(),
    ).to.equal(true);
    expect(await offIn(7, "--node", "node-0")).to.deep.equal([]);
  });

  it("names what is missing where kube-proxy is stopped and its rules are flushed", async () => {
    await lab.on("node-0", "systemctl stop kube-proxy && kube-proxy --cleanup 2>/dev/null || :");
    const off = await offIn(6, "--node", "node-0");
    await lab.on("node-0", "systemctl start kube-proxy");
    expect(off.map((what) => what.replaceAll(/10\.32\.\S+/g, "it"))).to.deep.equal([
      "kube-proxy on node-0",
      "rules of iptables for it",
      "node-0 asks it",
      "what the kernel counts for it, before and after",
    ]);
    expect(await offIn(6, "--node", "node-0")).to.deep.equal([]);
  });

  it("finds a wrong DNS address in the kubelet, the sandbox and the pod", async () => {
    const file = "/etc/kubernetes/kubelet.conf.d/99-walk.conf";
    const text = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [10.32.0.11]\n";
    await lab.on("node-1", `cat >${file} <<'END'\n${text}END\nsystemctl restart kubelet`);
    const off = await offIn(3, "--node", "node-1");
    await lab.on("node-1", `rm ${file} && systemctl restart kubelet`);
    expect(off).to.deep.equal([
      "clusterDNS, of the kubelet on node-1",
      "name servers, of clusterDNS",
      "name servers in the pod's /etc/resolv.conf",
    ]);
  });

  it("finds what a DEL leaks", async () => {
    const plugin = "/opt/cni/bin/host-local";
    const leaky = `#!/bin/sh\n[ "$CNI_COMMAND" != DEL ] || exit 0\nexec ${plugin}.own "$@"\n`;
    await lab.on("node-0", `mv ${plugin} ${plugin}.own && cat >${plugin} <<'END' && chmod 755 ${plugin}\n${leaky}END`);
    const off = await offIn(9, "--node", "node-0");
    await lab.on(
      "node-0",
      `mv ${plugin}.own ${plugin}; grep -L "$(crictl -r unix:///run/containerd/containerd.sock pods -q)" /var/lib/cni/networks/bridge/10.* | xargs -r rm`,
    );
    expect(off).to.deep.equal(["lease of its address"]);
    expect(await offIn(9, "--node", "node-0")).to.deep.equal([]);
  });

  it("refuses a worker that is not there", async () => {
    const { code, stderr } = await lab.state.hardway("walk", "--node", "node-9");
    expect([code, stderr.trim()]).to.deep.equal([
      64,
      "hardway: node-9 is no worker of this lab; it has node-0, node-1.",
    ]);
  });

  for (const proxyMode of ["nftables", "ipvs"] as const)
    it(`is as expected with ${proxyMode}`, async () => {
      lab.configure({ ...settings, proxyMode });
      await lab.up("--skip-verify");
      await expectRight();
      await expectNothingLeft();
    });

  it("leaves the lab as it was built", async () => {
    await lab.verify();
  });
});
