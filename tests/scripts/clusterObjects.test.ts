import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { bootstrapKubeconfig } from "../../components/cluster/controlPlaneFiles";
import { renderClusterObjects } from "../../components/cluster/clusterObjects";
import { FakeHost } from "./fakeHost";

const step = "80-cluster-services";
const objects = renderClusterObjects({
  ...{ serviceCidr: "10.32.0.0/24", clusterDomain: "cluster.local", image: "hardway.local/coredns:1.14.6" },
});

/**
 * A controller with a kubectl of the test's. The cluster's Nodes are files below /nodes with their pod CIDR, not Ready while
 * /unready has what they say; what it holds is in /held.
 */
class Controller extends FakeHost {
  constructor() {
    super();
    mkdirSync(this.path("/nodes"));
    mkdirSync(this.path("/usr/local/bin"), { recursive: true });
    this.write(bootstrapKubeconfig, "kind: Config\n");
    const common = [
      "--kubeconfig",
      this.path(bootstrapKubeconfig),
      "--cache-dir",
      this.path(`/var/lib/hardway/${step}/cache`),
    ];
    writeFileSync(
      this.path("/usr/local/bin/kubectl"),
      `#!/bin/dash\n[ "$1 $2 $3 $4 $5 $6" = "${[...common, "--request-timeout", "60s"].join(" ")}" ] || exit 95\nshift 6; exec kubectl.real "$@"\n`,
    );
    chmodSync(this.path("/usr/local/bin/kubectl"), 0o755);
    this.kubectl();
  }

  /** @param changed answers other than the usual ones */
  kubectl(changed: Readonly<Record<string, string>> = {}): void {
    const applied = "--server-side --force-conflicts --field-manager=hardway -f *";
    this.program(
      "kubectl.real",
      {
        [`diff ${applied}`]:
          '[ ! -e "$R/refused" ] || exit 2; cmp -s "$6" "$R/held" || { echo "- it differs"; exit 1; }',
        "get nodes -o *": 'cd "$R/nodes" && for node in *; do [ ! -e "$node" ] || echo "$node $(cat "$node")"; done',
        "get node * -o *status.conditions*":
          'if [ -e "$R/unready/$3" ]; then sed "s/^/False /" "$R/unready/$3"; else echo "True kubelet is posting"; fi',
        "wait --for=condition=Ready --timeout=300s node/*":
          'shift 3; for node; do [ ! -e "$R/unready/${node#*/}" ] || { echo "error: timed out" >&2; exit 1; }; done',
        "--request-timeout 0 -n kube-system rollout status deployment/coredns --timeout=300s":
          '[ ! -e "$R/silent" ] || { echo "error: timed out" >&2; exit 1; }',
        "api-resources --verbs=list,patch -o name":
          "printf '%s\\n' secrets configmaps daemonsets.apps deployments.apps leases.coordination.k8s.io",
        ...changed,
      },
      {
        [`apply ${applied}`]: 'cp "$6" "$R/held"',
        "patch node *": `printf '%s\\n' "$7" | sed 's/.*podCIDR":"\\([^"]*\\)".*/\\1/' >"$R/nodes/$3"`,
        "drain *": '[ ! -e "$R/stuck" ] || { echo "error: timed out" >&2; exit 1; }',
        "delete node *": 'rm "$R/nodes/$3"',
        "annotate *":
          '[ ! -e "$R/vanishing" ] || { rm "$R/vanishing"; echo "Error from server (NotFound)" >&2; exit 1; }',
      },
    );
  }

  step(nodes: Readonly<Record<string, string>>, manifests = objects, encrypted = ["secrets"]) {
    const NODES = Object.entries(nodes)
      .map(([name, podCidr]) => `${name} ${podCidr}`)
      .join("\n");
    return this.run(step, {
      KUBECONFIG_FILE: bootstrapKubeconfig,
      MANIFESTS: manifests,
      NODES,
      ENCRYPTED: encrypted.join("\n"),
    });
  }

  get manifests(): string {
    return this.path(`/var/lib/hardway/${step}/manifests.yaml`);
  }
}

describe("80-cluster-services.sh", () => {
  let host: Controller;
  beforeEach(() => {
    host = new Controller();
    for (const name of ["node-0", "node-1"]) host.write(`/nodes/${name}`, "");
  });
  afterEach(() => host.remove());

  const wanted = { "node-0": "10.200.0.0/24", "node-1": "10.200.1.0/24" };
  const apply = () => [
    ...["kubectl.real", "apply", "--server-side", "--force-conflicts", "--field-manager=hardway", "-f"],
    host.manifests,
  ];
  const written = (kinds: string) => [
    ...["kubectl.real", "annotate", kinds, "--all", "--all-namespaces", "hardway.local/written-"],
  ];
  const patch = (name: keyof typeof wanted) => [
    ...["kubectl.real", "patch", "node", name, "--type", "merge", "-p"],
    JSON.stringify({ spec: { podCIDR: wanted[name], podCIDRs: [wanted[name]] } }),
  ];

  it("applies the objects and sets pod CIDRs once, then changes nothing, and undo leaves nothing on the host", () => {
    const before = host.contents();
    const first = host.step(wanted);
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([written("secrets"), apply(), patch("node-0"), patch("node-1")]);
    expect(first.facts()).to.deep.equal({ changed: true, nodes: 2 });
    const after = host.tree();
    const second = host.step(wanted);
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ changed: false, nodes: 2 });
    expect(host.tree()).to.deep.equal(after);

    const other = host.step(wanted, `${objects}---\n# another\n`);
    expect(other.changes).to.deep.equal([apply()]);
    expect(host.run(`${step}.undo`).changes).to.deep.equal([]);
    for (const path of ["/held", "/nodes/node-0", "/nodes/node-1"]) rmSync(host.path(path));
    for (const name of Object.keys(wanted)) host.write(`/nodes/${name}`, "");
    expect(host.contents()).to.deep.equal(before);
    expect(host.run(`${step}.undo`).stdout).to.equal('{"changed":false}\n');
  });

  it("names every Node that is not there or has another pod CIDR, and changes none", () => {
    host.write("/nodes/node-0", "10.200.7.0/24\n");
    const refused = host.step({ ...wanted, "node-2": "10.200.2.0/24" });
    expect(refused.status).to.equal(1);
    expect(refused.stderr).to.contain(
      "- the Node node-0 has the pod CIDR 10.200.7.0/24, which cannot be changed; wanted 10.200.0.0/24. " +
        "Drain and delete it (kubectl drain node-0 --ignore-daemonsets; kubectl delete node node-0), restart its kubelet, then run again\n" +
        "- the cluster has no Node node-2. Run that host's step kubelet again",
    );
    expect(refused.changes).to.deep.equal([written("secrets"), apply()]);
  });

  it("writes again what etcd has otherwise than it is to be, and only that", () => {
    host.step(wanted);
    const changes = (...encrypted: string[]) => host.step(wanted, objects, encrypted).changes;
    expect(changes("configmaps", "secrets")).to.deep.equal([written("configmaps")]);
    expect(changes("secrets", "configmaps")).to.deep.equal([]);
    expect(changes("*.apps", "secrets")).to.deep.equal([written("configmaps,daemonsets.apps,deployments.apps")]);
    expect(changes("*.", "*.apps")).to.deep.equal([written("configmaps,secrets")]);
    expect(changes("*.*")).to.deep.equal([
      written("configmaps,daemonsets.apps,deployments.apps,leases.coordination.k8s.io,secrets"),
    ]);
    expect(changes("*.coordination.k8s.io")).to.have.length(1);
    expect(changes()).to.deep.equal([written("leases.coordination.k8s.io")]);
    expect(changes()).to.deep.equal([]);
    // Of a kind that is gone nothing can be written; objects that are deleted meanwhile are no reason to stop.
    expect(changes("secrets", "deployments.apps")).to.deep.equal([written("deployments.apps,secrets")]);
    host.kubectl({ "api-resources --verbs=list,patch -o name": "echo secrets" });
    host.write("/vanishing", "");
    expect(changes()).to.deep.equal([written("secrets"), written("secrets")]);
  });

  it("names each kind that the API server does not have, and changes nothing", () => {
    const refused = host.step(wanted, objects, ["secret", "secrets", "pods.apps"]);
    expect(refused.status).to.equal(1);
    expect(refused.stderr).to.contain(
      "nothing was changed:\n- encryptedResources has secret, which is no kind of objects that the API server has; kubectl api-resources -o name lists them\n" +
        "- encryptedResources has pods.apps, ",
    );
    expect(refused.changes).to.deep.equal([]);
    host.kubectl({ "api-resources --verbs=list,patch -o name": "exit 1" });
    expect(host.step(wanted).stderr).to.contain("the API server does not list the kinds of objects that it has");
  });

  it("drains and deletes a Node off the list, also one that cannot be drained", () => {
    host.step(wanted);
    for (const name of ["node-10", "gone"]) host.write(`/nodes/${name}`, "10.200.9.0/24\n");
    host.write("/stuck", "");
    const run = host.step(wanted);
    expect(run.stderr).to.equal("");
    expect(run.changes).to.deep.equal(
      ["gone", "node-10"].flatMap((name) => [
        [
          ...["kubectl.real", "drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--force"],
          "--timeout=120s",
        ],
        ["kubectl.real", "delete", "node", name, "--ignore-not-found"],
      ]),
    );
    expect(run.told).to.include("gone could not be drained within two minutes");
    expect(run.facts()).to.deep.equal({ changed: true, nodes: 2 });
    expect(host.step(wanted).facts()).to.deep.equal({ changed: false, nodes: 2 });
    const one = host.step({ "node-0": wanted["node-0"] });
    expect(one.changes.at(-1)).to.deep.equal(["kubectl.real", "delete", "node", "node-1", "--ignore-not-found"]);
  });

  it("names the Nodes that do not get Ready, with what they say, and deletes none", () => {
    host.write("/nodes/node-2", "");
    host.write("/nodes/old", "10.200.9.0/24\n");
    host.write("/unready/node-0", "");
    host.write("/unready/node-1", "container runtime network not ready: cni plugin not initialized");
    const run = host.step({ ...wanted, "node-2": "10.200.2.0/24" });
    expect(run.status).to.equal(1);
    expect(run.stderr).to.contain(
      "these Nodes are not Ready after five minutes; see the journal of the kubelet there (journalctl -u kubelet), then run " +
        "again:\n- node-0: has no condition Ready yet\n" +
        "- node-1: container runtime network not ready: cni plugin not initialized\n",
    );
    expect(run.stderr).to.not.contain("- node-2");
    expect(host.exists("/nodes/old")).to.equal(true);
    rmSync(host.path("/unready"), { recursive: true });
    expect(host.step(wanted).facts()).to.deep.equal({ changed: true, nodes: 2 });
  });

  it("applies nothing where the API server does not say what differs, and deletes nothing where it does not list Nodes", () => {
    host.write("/refused", "");
    const refused = host.step(wanted);
    expect(refused.stderr).to.contain("the API server does not say how the cluster differs; see the lines above");
    expect(refused.changes).to.deep.equal([written("secrets")]);
    rmSync(host.path("/refused"));
    host.kubectl({ "get nodes -o *": 'echo "the server has asked for something else" >&2; exit 1' });
    const unlisted = host.step({});
    expect(unlisted.status).to.equal(1);
    expect(unlisted.stderr).to.contain("the server has asked for something else");
    expect(unlisted.stderr).to.contain("the API server does not list the Nodes; see the lines above");
    expect(unlisted.changes).to.deep.equal([apply()]);
  });

  it("says why DNS does not get available, by pod, and that there is none", () => {
    host.write("/silent", "");
    const why = (found: string) => {
      host.kubectl({ "-n kube-system get pods -l k8s-app=kube-dns -o jsonpath=*": found });
      return host.step(wanted).stderr;
    };
    const pod = "the pod coredns-1 is Pending on node-1; ErrImageNeverPull no such image";
    expect(why(`echo '${pod}'`)).to.contain(`DNS is not available after five minutes: ${pod}\n`);
    expect(why(":")).to.contain("no pod was made for it; see kubectl -n kube-system describe deployment coredns");
    expect(why("exit 1")).to.contain("DNS is not available after five minutes: the API server does not list its pods");
    rmSync(host.path("/silent"));
    expect(host.step(wanted).facts()).to.deep.include({ nodes: 2 });
  });

  it("wants the control plane to be there", () => {
    rmSync(host.path("/usr/local/bin/kubectl"));
    expect(host.step(wanted).stderr).to.contain(
      "- /usr/local/bin/kubectl is not there. Run this host's step control-plane first",
    );
  });
});
