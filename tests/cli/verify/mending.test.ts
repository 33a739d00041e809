import { expect } from "chai";
import { planRepair } from "../../../cli/verify/mending";
import type { Check, CheckArea } from "../../../cli/verify/types";
import { plan, runtime } from "./samples";

const off = (host: string, area: CheckArea, check: string): Check => ({
  host,
  area,
  check,
  expected: "a",
  observed: "b",
  ok: false,
});
const fine = (host: string, area: CheckArea, check: string): Check => ({ ...off(host, area, check), ok: true });

/** Steps as `HOST STEP: ROW, ROW`. */
function steps(checks: readonly Check[], only?: readonly string[], of = plan): string[] {
  return planRepair(checks, of, only).steps.map(({ host, step, because }) => `${host} ${step}: ${because.join(", ")}`);
}

const vpc = { cidrs: [], subnets: [], routes: [], podCidrRules: [], ssh: { port: 22 }, ownNetwork: true };

describe("what a repair runs again", () => {
  it("is nothing when every check is ok", () => {
    const checks = [fine("node-0", "kernel", "swap now"), fine("node-0", "pods", "ping")];
    expect(planRepair(checks, plan)).to.deep.equal({ steps: [], stack: [], unreachable: [] });
  });

  it("is the step of each row that is off, in the order in which a host goes through them", () => {
    const checks = [
      off("node-1", "routes", "route"),
      off("node-0", "cni", "plugins"),
      off("node-0", "runtime", "containerd now"),
      off("node-0", "kernel", "swap now"),
      off("node-0", "kernel", "module overlay now"),
      off("server", "routes", "route"),
    ];
    expect(steps(checks)).to.deep.equal([
      "server routes: route",
      "node-0 kernel: swap now, module overlay now",
      "node-0 runtime: containerd now",
      "node-0 cni: plugins",
      "node-1 routes: route",
    ]);
    expect(steps(checks, ["node-1"])).to.deep.equal(["node-1 routes: route"]);
  });

  it("leaves out what only follows from a cause, also from one on another host", () => {
    const checks = [
      off("server", "pods", "server to pod on node-1"),
      off("node-0", "pods", "pod on node-0 to pod on node-1"),
      off("node-1", "runtime", "containerd now"),
      off("node-1", "cri", "inspection"),
    ];
    expect(steps(checks)).to.deep.equal(["node-1 runtime: containerd now"]);
  });

  it("leaves out what was sent to a host that cannot be inspected", () => {
    const checks = [
      off("node-0", "pods", "undivided packet of 1500 bytes from a pod to node-1"),
      off("server", "kernel", "swap now"),
    ];
    expect(steps(checks)).to.deep.equal([
      "server kernel: swap now",
      "node-0 cni: undivided packet of 1500 bytes from a pod to node-1",
    ]);
    expect(steps([...checks, off("node-1", "ssh", "connection")])).to.deep.equal(["server kernel: swap now"]);
  });

  it("is every step of a host whose pods do not work for no reason that another row shows", () => {
    const cri = off("node-1", "cri", "RunPodSandbox");
    const expected = ["kernel", "runtime", "cni", "routes"].map((step) => `node-1 ${step}: RunPodSandbox`);
    expect(steps([cri, off("node-0", "pods", "pod on node-0 to pod on node-1")])).to.deep.equal(expected);
    const pods = [off("server", "pods", "ping"), off("node-0", "pods", "ping")];
    expect(steps(pods)).to.deep.equal(
      ["server kernel", "server routes", "node-0 kernel", "node-0 runtime", "node-0 cni", "node-0 routes"].map(
        (step) => `${step}: ping`,
      ),
    );
  });

  it("is the pod network's step where packets leave with the wrong sender", () => {
    const checks = [off("node-0", "pods", "sender of what a pod sends to the outside"), off("node-0", "pods", "ping")];
    expect(steps(checks)).to.deep.equal(["node-0 cni: sender of what a pod sends to the outside"]);
  });

  it("is the step whose configuration decides, where a row about a pod says enough", () => {
    const checks = [
      off("node-0", "cri", "seccomp of the container"),
      off("node-0", "cri", "AppArmor profile of the container"),
      off("node-0", "pods", "undivided packet of 1400 bytes from a pod to server"),
    ];
    expect(steps(checks)).to.deep.equal([
      "node-0 runtime: seccomp of the container, AppArmor profile of the container",
      "node-0 cni: undivided packet of 1400 bytes from a pod to server",
    ]);
  });

  it("is the step of a cluster that a row of its is about", () => {
    const checks = [
      off("server", "pki", "etcd-peer: key"),
      off("server", "pki", "kube-apiserver: certificate"),
      off("server", "etcd", "health"),
      off("node-0", "pki", "kubelet: days left"),
      off("node-0", "pki", "kube-proxy: certificate"),
      off("node-1", "nodes", "Node"),
      off("node-1", "services", "pod on node-1 to itself by its own Service"),
      off("node-1", "nodes", "podCIDR"),
      off("server", "nodes", "Nodes"),
      // No step of a controller's makes them.
      off("server", "services", "server to a node port of node-1, to a pod there"),
    ];
    expect(steps(checks)).to.deep.equal([
      "server etcd: etcd-peer: key, health",
      "server control-plane: kube-apiserver: certificate",
      "server cluster: podCIDR, Nodes",
      "node-0 kubelet: kubelet: days left",
      "node-0 kube-proxy: kube-proxy: certificate",
      "node-1 kubelet: Node",
      "node-1 kube-proxy: pod on node-1 to itself by its own Service",
    ]);
  });

  it("is the store's step where the store is off and the host has one", () => {
    const btrfs = { ...plan, runtimes: { ...plan.runtimes, "node-0": { ...runtime, snapshotter: "btrfs" as const } } };
    const checks = ["node-0", "node-1"].flatMap((host) => [
      off(host, "runtime", "files of 25-snapshotter-store"),
      off(host, "runtime", "snapshotter plugin btrfs"),
      off(host, "runtime", "snapshotter"),
    ]);
    expect(steps(checks, undefined, btrfs)).to.deep.equal([
      "node-0 store: files of 25-snapshotter-store, snapshotter plugin btrfs",
      "node-0 runtime: snapshotter",
      "node-1 runtime: files of 25-snapshotter-store, snapshotter plugin btrfs, snapshotter",
    ]);
  });

  it("is the step that wrote the files, also of a cluster", () => {
    const checks = [
      off("server", "cluster", "files of 60-etcd"),
      off("server", "cluster", "files of 61-control-plane"),
      off("node-0", "cluster", "files of 71-kube-proxy"),
      off("node-0", "cluster", "files of 70-kubelet"),
      off("node-0", "kernel", "files of 20-kernel-prep"),
      off("node-0", "host", "files of 99-other"),
    ];
    expect(steps(checks)).to.deep.equal([
      "server etcd: files of 60-etcd",
      "server control-plane: files of 61-control-plane",
      "node-0 kernel: files of 20-kernel-prep",
      "node-0 kubelet: files of 70-kubelet",
      "node-0 kube-proxy: files of 71-kube-proxy",
    ]);
  });

  it("is a refresh of the stack for what is off in the VPC and for machines of ours that do not answer, and no step there", () => {
    const checks = [
      off("vpc", "vpc", "route to 10.200.1.0/24 in rtb-1"),
      off("node-1", "ssh", "connection"),
      off("node-0", "pods", "pod on node-0 to pod on node-1"),
      off("server", "kernel", "swap now"),
    ];
    expect(planRepair(checks, { ...plan, vpc })).to.deep.equal({
      steps: [{ host: "server", step: "kernel", because: ["swap now"] }],
      stack: ["route to 10.200.1.0/24 in rtb-1", "connection of node-1"],
      unreachable: ["node-1"],
    });
    expect(planRepair(checks, plan), "the user's own hosts").to.deep.include({ stack: [], unreachable: ["node-1"] });
  });
});
