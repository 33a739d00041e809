import { expect } from "chai";
import { kubectl, useLab } from "./lab";

const controllers = ["server", "server-1", "server-2"] as const;
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
  if ${kubectl} --request-timeout 10s create configmap written-$n >/dev/null 2>&1; then cut -d " " -f 1 /proc/uptime >>/run/written; fi
done' >/dev/null 2>&1 </dev/null &`,
    );

  /** The longest time without a write that succeeded, in seconds of the controller's own clock. */
  async function longestGap(from: string): Promise<number> {
    const text = await lab.on(from, "touch /run/stop; cat /run/written; cut -d ' ' -f 1 /proc/uptime");
    const times = text.split("\n").map(Number);
    return Math.max(...times.slice(1).map((time, index) => time - times[index]!));
  }

  const leaderOf = (lease: string) =>
    `${kubectl} -n kube-system get lease ${lease} -o jsonpath='{.spec.holderIdentity}' | sed 's/_.*//'`;

  it("is built, with every row ok, and the next up changes nothing", async () => {
    await lab.up();
    expect((await lab.up()).changed).to.equal(false);
  });

  it("goes on when a controller's machine is killed, and has it back when that is started", async () => {
    // The one that leads is the loss that is felt most.
    const lost = await lab.eventually("a controller leads", "server", leaderOf("kube-controller-manager"));
    expect(controllers).to.include(lost);
    const left = controllers.filter((name) => name !== lost);
    const [first = "server"] = left;
    await write(first);
    await lab.eventually("it writes", first, "[ -s /run/written ]");
    await lab.kill([lost]);
    await lab.eventually(
      "it writes again",
      first,
      "n=$(wc -l </run/written); sleep 10; [ $(wc -l </run/written) -gt $n ]",
    );
    await lab.eventually(
      "another one leads",
      first,
      `leader=$(${leaderOf("kube-controller-manager")}); [ "$leader" != ${lost} ]`,
    );
    await lab.eventually("the worker is led elsewhere", "node-0", throughBalancer);
    console.log(`      longest time without a write: ${(await longestGap(first)).toFixed(1)} s`);
    const deploy = `${kubectl} create deployment web --image hardway.local/busybox:1 -- sleep 100000`;
    await lab.on(first, deploy);
    await lab.eventually("a Deployment gets its pod", first, `${kubectl} rollout status deployment web --timeout 9s`);

    await lab.start([lost]);
    await lab.eventually("it is back", lost, ready);
    await lab.verify();
  });

  it("comes back when all its controllers lose their power at once, with what was written", async () => {
    await lab.cutPower(...controllers);
    for (const name of controllers) await lab.eventually("its API server is ready", name, ready);
    expect(await lab.on("server", `${kubectl} get configmap written-1 -o name`)).to.equal("configmap/written-1");
    await lab.verify();
    expect((await lab.up()).changed).to.equal(false);
  });
});
