import { expect } from "chai";
import { stringify } from "yaml";
import { planOf } from "../../cli/engine/builtStack";
import type { Place } from "../../cli/learn/experiment";
import { experiments } from "../../cli/learn/experiments/table";
import { placeOf } from "../../cli/learn/place";
import { expectNoticed, expectShown } from "../support/experiments";
import { failures } from "../support/hardwayCli";
import { hostSnapshot } from "./hostSnapshot";
import { kubectl, useLab, type Settings } from "./lab";

/** Where the clients below count on their host what a Service answers: `ok`, with the name of the pod that did, and `failed`. */
const counts = "/run/requests";
const service = { address: "10.32.0.80", port: 80, nodePort: 30080 } as const;

const pods = (app: string, command: string, more: object = {}) => ({
  metadata: { labels: { app } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: app, image: "hardway.local/busybox:1", command: ["/bin/sh", "-c", command], ...more }],
    topologySpreadConstraints: [
      {
        ...{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
        labelSelector: { matchLabels: { app } },
      },
    ],
    volumes: [{ name: "counts", hostPath: { path: counts, type: "DirectoryOrCreate" } }],
  },
});
/** Busybox's wget in Debian's static build crashes. The last line of the answer is the page. */
const ask = `said=$(printf 'GET / HTTP/1.0\\r\\n\\r\\n' | /bin/busybox timeout 15 /bin/busybox nc -w 15 ${service.address} ${service.port} | /bin/busybox tail -n 1)`;
const selector = (app: string) => ({ matchLabels: { app } });

/** Four pods that say their names, their Service, and on every node a client that asks it without end. */
const manifests = [
  {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } },
    spec: {
      ...{ replicas: 4, selector: selector("web") },
      template: pods(
        "web",
        "/bin/busybox mkdir -p /www && /bin/busybox hostname >/www/index.html && exec /bin/busybox httpd -f -p 8080 -h /www",
        { readinessProbe: { httpGet: { port: 8080, path: "/" }, timeoutSeconds: 10 } },
      ),
    },
  },
  {
    ...{ apiVersion: "v1", kind: "Service", metadata: { name: "web" } },
    spec: {
      ...{ type: "NodePort", clusterIP: service.address, selector: { app: "web" } },
      ports: [{ port: service.port, targetPort: 8080, nodePort: service.nodePort }],
    },
  },
  {
    ...{ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "client" } },
    spec: {
      selector: selector("client"),
      template: pods(
        "client",
        `while :; do ${ask}; if [ -n "$said" ]; then echo "$said" >>${counts}/ok; else echo failed >>${counts}/failed; fi; /bin/busybox sleep 1; done`,
        { volumeMounts: [{ name: "counts", mountPath: counts }] },
      ),
    },
  },
]
  .map((object) => stringify(object))
  .join("---\n");

/** The days after the first of a cluster, on one lab, in the order in which somebody might live them. */
describe("a cluster that lives on", () => {
  /** node-0 has Debian's containerd 1.7, node-1 the locked 2.x. */
  const nodesOnly: Settings = {
    ...{ controllerInstanceType: "t2.small", etcdHeartbeatMilliseconds: 500 },
    nodes: { "node-1": { runtimeSource: "mirror" } },
  };
  const lab = useLab("day2", nodesOnly);
  const withCluster = (more: Settings = {}) =>
    lab.configure({ ...nodesOnly, cluster: true, dnsImage: "hardway.local/coredns:1.14.6", ...more });
  let place: Place;
  let workers: readonly string[] = ["node-0", "node-1"];
  /** What the hosts were made of before the cluster. */
  const before = new Map<string, string[]>();

  const snapshot = (node: string): Promise<string[]> => hostSnapshot(lab.state.connection(node));

  /** The Nodes are those of the machines as they run now, and Ready. */
  async function expectReady(): Promise<void> {
    for (const node of workers) {
      const boot = await lab.state.bootId(node);
      const status = `${kubectl} get node ${node} -o 'jsonpath={.status.nodeInfo.bootID} {.status.conditions[?(@.type=="Ready")].status}'`;
      await lab.eventually(
        `the Node ${node} is Ready`,
        "server",
        `[ "$(${status})" = '${boot} True' ] || { ${status}; false; }`,
      );
    }
    expect(await lab.on("server", `${kubectl} get nodes -o name`)).to.equal(
      workers.map((node) => `node/${node}`).join("\n"),
    );
  }

  /** The Service leads from pods on every node, and from every host, to each of its pods. */
  async function expectServed(): Promise<void> {
    for (const kind of ["deployment/web", "daemonset/client"])
      await lab.eventually(`${kind} is whole`, "server", `${kubectl} rollout status ${kind} --timeout 20s`);
    const running = await lab.on("server", `${kubectl} get pods -l app=web -o name | sed 's|^pod/||' | sort`);
    expect(running.split("\n")).to.have.length(4);
    for (const node of workers) {
      await lab.on(node, `: >${counts}/ok`);
      await lab.eventually(
        "a pod's requests reach each pod of the Service",
        node,
        `[ "$(sort -u ${counts}/ok)" = '${running}' ] || { sort ${counts}/ok | uniq -c; false; }`,
      );
      await lab.eventually(
        "the host reaches the Service",
        node,
        `curl -sS --max-time 15 http://${service.address}:${service.port}/ 2>&1`,
      );
      await lab.eventually(
        `the controller reaches the port of ${node}`,
        "server",
        `curl -sS --max-time 15 http://$(${kubectl} get node ${node} -o 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}'):${service.nodePort}/ 2>&1`,
      );
    }
  }

  /** How many requests of the client on a node were answered, and how many were not. */
  async function requests(node: string): Promise<{ ok: number; failed: number }> {
    const [ok, failed] = (await lab.on(node, `cd ${counts}; touch failed; wc -l <ok; wc -l <failed`)).split("\n");
    return { ok: Number(ok), failed: Number(failed) };
  }

  it("grows on hosts that were ready for it, by one setting", async () => {
    // Its pods make the bridge, which stays.
    await lab.up();
    for (const node of ["server", ...workers]) before.set(node, await snapshot(node));
    withCluster();
    place = placeOf(planOf((await lab.up()).outputs, lab.name), undefined);
    await expectReady();
    await lab.on("server", `${kubectl} apply -f - <<'END'\n${manifests}END`);
    await lab.on("server", `${kubectl} create secret generic kept --from-literal word=sesame`);
    await expectServed();
    expect((await lab.up()).changed).to.equal(false);
  });

  for (const experiment of experiments.filter(({ topic }) => topic === "cluster"))
    it(`shows what breaks in it: ${experiment.name}, and nothing of it where nothing is broken`, async () => {
      await expectShown(lab.state, experiment.name);
      await expectNoticed(lab.state, place, experiment);
    });

  it("shows that a kubelet takes over what a containerd 2.x tells it of the driver", async () => {
    await expectShown(lab.state, "kubelet-driver", "--node", "node-1");
    expect(await lab.on("node-0", "containerd --version")).to.match(/ v?1\.7\./);
    expect(await lab.on("node-1", "containerd --version")).to.match(/ v?2\./);
  });

  describe("and is restarted", () => {
    it("goes on without its controller, whose reboot interrupts no request between pods", async () => {
      for (const restart of ["reboot", "cutPower"] as const) {
        const earlier = await Promise.all(workers.map(requests));
        await lab[restart]("server");
        const later = await Promise.all(workers.map(requests));
        for (const [index, node] of workers.entries()) {
          expect(later[index]!.failed, `${restart}: ${node}`).to.equal(earlier[index]!.failed);
          expect(later[index]!.ok - earlier[index]!.ok, `${restart}: ${node}`).to.be.greaterThan(5);
        }
        await expectReady();
        await expectServed();
      }
    });

    it("has a worker's pods back after its reboot and after a power cut, with one address for each", async () => {
      for (const restart of ["reboot", "cutPower"] as const) {
        await lab[restart]("node-1");
        await expectReady();
        await expectServed();
        await lab.eventually(
          `${restart}: each pod has an address, and no address is without a pod`,
          "node-1",
          `leases=$(ls /var/lib/cni/networks/*/ | grep -c '^10[.]'); pods=$(crictl -r unix:///run/containerd/containerd.sock pods -q --state Ready | wc -l); echo "$leases addresses, $pods pods"; [ "$leases" = "$pods" ]`,
        );
      }
    });

    it("is whole then", async () => {
      await lab.verify();
      expect((await lab.up()).changed).to.equal(false);
    });
  });

  describe("and has its Services led in another way", () => {
    /** What the kernel has of which mode. ipvs has chains of iptables, too. */
    const traces = `if iptables-save | grep -qE '^:KUBE-(SVC|SEP|NODEPORTS|EXTERNAL-SERVICES)'; then echo iptables; fi
if nft list tables 2>/dev/null | grep -q kube-proxy; then echo nftables; fi
if [ -e /sys/class/net/kube-ipvs0 ]; then echo ipvs; fi
if iptables-save | grep -qE '^:KUBE-(NODE-PORT|LOAD-BALANCER|IPVS)'; then echo ipvs chains; fi
if command -v ipset >/dev/null && ipset list -name | grep -q KUBE; then echo ipvs sets; fi
if command -v ipvsadm >/dev/null && ipvsadm -Ln | grep -q '^TCP'; then echo ipvs servers; fi`;
    for (const { mode, encryptedResources, expected } of [
      { mode: "nftables", encryptedResources: ["secrets", "configmaps"], expected: "nftables" },
      { mode: "ipvs", encryptedResources: [], expected: "ipvs\nipvs chains\nipvs sets\nipvs servers" },
      { mode: "iptables", encryptedResources: ["secrets"], expected: "iptables" },
    ] as const)
      it(`by ${mode}, without a trace of the way before, and encrypts [${encryptedResources.join()}] in etcd`, async () => {
        withCluster({ proxyMode: mode, encryptedResources: [...encryptedResources] });
        await lab.up("--skip-verify");
        await expectServed();
        for (const node of workers) expect(await lab.on(node, traces), node).to.equal(expected);
        expect(await lab.on("server", `${kubectl} get secret kept -o 'jsonpath={.data.word}' | base64 -d`)).to.equal(
          "sesame",
        );
        const { checks } = await lab.state.verify("etcd");
        expect(failures(checks)).to.deep.equal([]);
        expect(checks.filter(({ check }) => check.startsWith("all "))).to.have.length(2);
      });
  });

  describe("and changes its workers", () => {
    it("has a worker more, which gets pods", async () => {
      withCluster({ workers: 3 });
      await lab.up("--skip-verify");
      workers = ["node-0", "node-1", "node-2"];
      await lab.on("server", `${kubectl} rollout restart deployment/web`);
      await expectReady();
      await expectServed();
      expect(
        await lab.on("server", `${kubectl} get pods -l app=web -o 'jsonpath={.items[*].spec.nodeName}'`),
      ).to.contain("node-2");
    });

    it("has a worker less, whose pods are elsewhere, and of which nothing is left", async () => {
      withCluster();
      await lab.up("--skip-verify");
      workers = ["node-0", "node-1"];
      await expectReady();
      await expectServed();
      await lab.eventually("the lease goes", "server", `! ${kubectl} -n kube-node-lease get lease node-2 -o name`);
      for (const node of ["server", ...workers])
        expect(await lab.on(node, "ip route show 10.200.2.0/24"), node).to.equal("");
      expect((await lab.up()).changed).to.equal(false);
    });

    it("has another machine for a worker, which takes its place", async () => {
      const earlier = await lab.instance("node-1");
      await lab.up("--replace", "node-1");
      expect((await lab.instance("node-1")).id).not.to.equal(earlier.id);
      await expectReady();
      await expectServed();
      expect((await lab.up()).changed).to.equal(false);
    });
  });

  describe("and is given back", () => {
    it("leaves its hosts as they were", async () => {
      lab.configure(nodesOnly);
      await lab.up();
      // The third is another machine by now.
      for (const node of ["server", "node-0"]) expect(await snapshot(node), node).to.deep.equal(before.get(node));
      expect((await lab.up()).changed).to.equal(false);
    });
  });
});
