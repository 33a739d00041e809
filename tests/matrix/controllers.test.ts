import { StartInstancesCommand, waitUntilInstanceRunning, waitUntilInstanceStopped } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { useLab } from "./lab";

const controllers = ["server", "server-1", "server-2"] as const;
const kubectl =
  "kubectl --kubeconfig /var/lib/kubernetes/admin.kubeconfig --cache-dir /run/kubectl --request-timeout 10s";
const ready = "curl -sf --cacert /var/lib/kubernetes/ca.crt https://127.0.0.1:6443/readyz";
/** What a kubelet asks by way of its worker's balancer. */
const throughBalancer = `cd /var/lib/kubelet && curl -sf --cacert ca.crt --cert kubelet.crt --key kubelet.key https://127.0.0.1:6443/api/v1/nodes/node-0`;

/** A cluster that no loss of one machine stops: three members of etcd, three API servers, and a balancer on the worker. */
describe("a cluster with three controllers", () => {
  const lab = useLab("three", {
    ...{ cluster: true, controllers: 3, workers: 1, controllerInstanceType: "t2.small" },
    ...{ etcdHeartbeatMilliseconds: 500, dnsImage: "hardway.local/coredns:1.14.6" },
  });

  /** Writes one object after the other through a controller's API server, until it was told to stop. */
  const write = (from: string) =>
    lab.on(
      from,
      `rm -f /run/written /run/stop; nohup setsid sh -c '
n=0; while [ ! -e /run/stop ] && [ $n -lt 3000 ]; do n=$((n + 1))
  if ${kubectl} create configmap written-$n >/dev/null 2>&1; then cut -d " " -f 1 /proc/uptime >>/run/written; fi
done' >/dev/null 2>&1 </dev/null &`,
    );

  /** The longest time without a write that succeeded, in seconds of the controller's own clock. */
  async function longestGap(from: string): Promise<number> {
    const text = await lab.on(from, "touch /run/stop; cat /run/written; cut -d ' ' -f 1 /proc/uptime");
    const times = text.split("\n").map(Number);
    return Math.max(...times.slice(1).map((time, index) => time - times[index]!));
  }

  async function eventually(what: string, node: string, script: string): Promise<string> {
    const waiting = `for try in $(seq 200); do if said=$(${script}\n); then echo "$said"; exit 0; fi; sleep 3; done; echo "$said" >&2; exit 1`;
    const { code, stdout, stderr } = await lab.tryOn(node, waiting, 1200);
    expect(code, `${node}: ${what}: ${stderr}`).to.equal(0);
    return stdout.trimEnd();
  }

  const leaderOf = (lease: string) =>
    `${kubectl} -n kube-system get lease ${lease} -o jsonpath='{.spec.holderIdentity}' | sed 's/_.*//'`;

  async function kill(names: readonly string[]): Promise<void> {
    const instances = await Promise.all(names.map((name) => lab.instance(name)));
    for (const { pid } of instances) process.kill(pid!, "SIGKILL");
    await lab.withApi(async (client) => {
      const InstanceIds = instances.map(({ id }) => id);
      await waitUntilInstanceStopped({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 2 }, { InstanceIds });
    });
  }

  async function start(names: readonly string[]): Promise<void> {
    const InstanceIds = (await Promise.all(names.map((name) => lab.instance(name)))).map(({ id }) => id);
    await lab.withApi(async (client) => {
      await client.send(new StartInstancesCommand({ InstanceIds }));
      await waitUntilInstanceRunning({ client, maxWaitTime: 900, minDelay: 1, maxDelay: 2 }, { InstanceIds });
    });
  }

  it("is built, with every row ok, and the next up changes nothing", async () => {
    await lab.up();
    expect((await lab.up()).changed).to.equal(false);
  });

  it("goes on when a controller's machine is killed, and has it back when that is started", async () => {
    // The one that leads is the loss that is felt most.
    const lost = await eventually("a controller leads", "server", leaderOf("kube-controller-manager"));
    expect(controllers).to.include(lost);
    const left = controllers.filter((name) => name !== lost);
    const [first = "server"] = left;
    await write(first);
    await eventually("it writes", first, "[ -s /run/written ]");
    await kill([lost]);
    await eventually("it writes again", first, "n=$(wc -l </run/written); sleep 10; [ $(wc -l </run/written) -gt $n ]");
    await eventually(
      "another one leads",
      first,
      `leader=$(${leaderOf("kube-controller-manager")}); [ "$leader" != ${lost} ]`,
    );
    await eventually("the worker is led elsewhere", "node-0", throughBalancer);
    console.log(`      longest time without a write: ${(await longestGap(first)).toFixed(1)} s`);
    const deploy = `${kubectl} create deployment web --image hardway.local/busybox:1 -- sleep 100000`;
    await lab.on(first, deploy);
    await eventually("a Deployment gets its pod", first, `${kubectl} rollout status deployment web --timeout 9s`);

    await start([lost]);
    await eventually("it is back", lost, ready);
    await lab.verify();
  });

  it("comes back when all its controllers lose their power at once, with what was written", async () => {
    await lab.cutPower(...controllers);
    for (const name of controllers) await eventually("its API server is ready", name, ready);
    expect(await lab.on("server", `${kubectl} get configmap written-1 -o name`)).to.equal("configmap/written-1");
    await lab.verify();
    expect((await lab.up()).changed).to.equal(false);
  });
});
