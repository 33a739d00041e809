import { expect } from "chai";
import pc from "picocolors";
import { chosenSteps, podName, subjectOf } from "../../../cli/commands/walk";
import { nginxImage, ownPod, walkObjects } from "../../../cli/walk/pod";
import { readSandbox, podCgroup } from "../../../cli/walk/sandbox";
import { walkSteps } from "../../../cli/walk/steps/table";
import { renderRows, renderStepStart, renderWalkEnd, renderWalkStart } from "../../../cli/walk/text";
import { Trail } from "../../../cli/walk/trail";
import { createOwn, keepOwn, removeOwn, walkThrough, type WalkedStep } from "../../../cli/walk/walk";
import { expectGolden } from "../../support/golden";
import { plan as clusterPlan } from "../verify/cluster/samples";
import { plan, runtime } from "../verify/samples";
import { RecordedMachines } from "./recorded";
import { FakeMachines, json, namespace, now, podSections, run, subject, uid } from "./samples";

const quiet = { begin: () => undefined, end: () => undefined };

function trailOf(machines: FakeMachines, more: Partial<ConstructorParameters<typeof Trail>[2]> = {}): Trail {
  return new Trail(subject, machines, { progress: () => undefined, waitSeconds: 0, pauseSeconds: 0, now, ...more });
}

describe("a walk", () => {
  it("prints its steps with what real machines answered, and the commands that show it", async () => {
    const colors = pc.createColors(false);
    const own = { ...runtime, sandboxImage: "hardway.local/pause:1" };
    const recorded = "5a3a7551b0f9";
    const about = {
      ...{ ...subject, run: recorded, pod: ownPod(recorded) },
      plan: { ...clusterPlan, runtimes: { "node-0": own, "node-1": own } },
    };
    const text = [renderWalkStart(about, colors)];
    const listener = {
      begin: (step: (typeof walkSteps)[number]) => void text.push(renderStepStart(step, colors)),
      end: (walked: WalkedStep) => void text.push(renderRows(walked, colors)),
    };
    const machines = new RecordedMachines("containerd-2.3.7");
    const options = {
      progress: (said: string) => void text.push(`   ... ${said}`),
      waitSeconds: 30,
      pauseSeconds: 0,
      now: () => 0,
    };
    const walked = await walkThrough(new Trail(about, machines, options), walkSteps, listener);
    text.push(renderWalkEnd(walked, about, { kept: false, command: "./hardway --lab cluster" }));
    expectGolden("walk/containerd.txt", `${text.join("\n")}\n`);
    expect(machines.left).to.equal(0);
  });

  it("looks again until what takes a moment is there", async () => {
    const machines = new FakeMachines();
    let looks = 0;
    const ask = machines.ask.bind(machines);
    machines.ask = (host, scripts) => {
      const isLate = "walkpod" in scripts && ++looks < 3;
      machines.changed["walkpod"] = { ...podSections, ...(isLate && { lease: [1, ""] as const }) };
      return ask(host, scripts);
    };
    const said: string[] = [];
    const trail = trailOf(machines, { waitSeconds: 5, progress: (text) => void said.push(text) });
    const [walked] = await walkThrough(trail, walkSteps.slice(3, 4), quiet);
    expect(walked?.rows.every(({ state }) => state === "ok")).to.equal(true);
    expect([looks, said]).to.deep.equal([3, ["looking again, since not all is as expected yet"]]);
  });

  it("goes on where a step cannot be looked at, and says why", async () => {
    const machines = new FakeMachines();
    machines.cri = () => Promise.reject(new Error("CRI ListPodSandbox: connection refused"));
    const walked = await walkThrough(trailOf(machines), walkSteps, quiet);
    const off = walked.flatMap(({ step, rows }) =>
      rows.filter(({ state }) => state === "off").map(({ seen }) => [step.number, seen]),
    );
    expect(off).to.deep.equal(
      [3, 4, 5, 6, 7, 8, 9].map((number) => [number, "CRI ListPodSandbox: connection refused"]),
    );
    const end = renderWalkEnd(walked, subject, { kept: false, command: "./hardway" });
    expect(end).to.contain(
      "7 not as expected:\n  3. what the machines answer: CRI ListPodSandbox: connection refused\n",
    );
  });

  it("ends at once when it is interrupted", async () => {
    const interrupt = new AbortController();
    const machines = new FakeMachines();
    machines.cri = () => {
      interrupt.abort(new Error("interrupted"));
      return Promise.reject(new Error("lost"));
    };
    const trail = trailOf(machines, { signal: interrupt.signal });
    const seen = await walkThrough(trail, walkSteps, quiet, interrupt.signal).then(
      String,
      (error: Error) => error.message,
    );
    expect(seen).to.equal("interrupted");
  });

  it("makes its pod under a mark that the controller knows, and takes it away or leaves it", async () => {
    const machines = new FakeMachines();
    await createOwn(trailOf(machines), "nginx:1", undefined);
    await removeOwn(trailOf(machines));
    await keepOwn(trailOf(machines));
    expect(machines.asked).to.deep.equal([
      "server hold",
      "server create",
      `server delete ${namespace}`,
      "server walkkeep",
    ]);
    machines.changed["create"] = { created: [22, "Forbidden"] };
    machines.changed["delete"] = { deleted: [1, `${namespace} is still there`] };
    const failed = (work: Promise<void>) => work.then(String, (error: Error) => error.message);
    expect(await failed(createOwn(trailOf(machines), "nginx:1", undefined))).to.equal(
      "the pod cannot be made: Forbidden",
    );
    expect(await failed(removeOwn(trailOf(machines)))).to.equal(
      `the namespace cannot be deleted: ${namespace} is still there`,
    );
  });
});

describe("the pod of a walk", () => {
  interface Made {
    readonly metadata: { readonly labels: object };
    readonly spec: { readonly nodeSelector?: object };
  }

  it("is where it was asked for, else where the scheduler wants it", () => {
    const [space, , object] = walkObjects(run, "nginx:1", "node-1").map((each) => each.object as Made);
    expect(space?.metadata.labels).to.deep.equal({ "hardway.local/verify": "true", "hardway.local/run": run });
    expect(object?.spec.nodeSelector).to.deep.equal({ "kubernetes.io/hostname": "node-1" });
    const [, , anywhere] = walkObjects(run, "nginx:1", undefined).map((each) => each.object as Made);
    expect(anywhere?.spec).not.to.have.property("nodeSelector");
  });

  it("has the image that its Nodes have, else a registry's", () => {
    const node = (name: string, ...names: string[]) => ({ metadata: { name }, status: { images: [{ names }] } });
    const nodes = json({ items: [node("node-0", "hardway.local/nginx:1"), node("node-1", "other")] });
    expect(nginxImage(nodes, "node-0")).to.equal("hardway.local/nginx:1");
    expect(nginxImage(nodes, "node-1")).to.equal("docker.io/library/nginx:1");
    expect(nginxImage(nodes, undefined)).to.equal("docker.io/library/nginx:1");
    expect(nginxImage("", undefined)).to.equal("docker.io/library/nginx:1");
  });

  it("is below the cgroup that its quality of service has", () => {
    expect(podCgroup("systemd", "Guaranteed", "a-b")).to.equal("/kubepods.slice/kubepods-poda_b.slice");
    expect(podCgroup("systemd", "Burstable", "a-b")).to.equal(
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-poda_b.slice",
    );
    expect(podCgroup("cgroupfs", "BestEffort", "a-b")).to.equal("/kubepods/besteffort/poda-b");
  });

  it("has a sandbox of which nothing is known where the runtime shows nothing", () => {
    const seen = readSandbox({ kind: "containerd" }, { id: "1", createdAt: 2, info: undefined });
    expect(seen).to.deep.equal({ id: "1", createdAt: 2, pid: undefined, config: {} });
    const config = {
      metadata: { name: "a", namespace: "b", uid },
      port_mappings: [{ protocol: 1, container_port: 53 }],
    };
    expect(readSandbox({ kind: "containerd" }, { id: "1", createdAt: 2, info: { config } }).config).to.include({
      ...{ metadata: `b/a, ${uid}`, ports: "53/UDP", dnsServers: "none", pidNamespace: "the pod's" },
    });
  });
});

describe("what a walk is asked for", () => {
  const numbers = (given: Parameters<typeof chosenSteps>[0]) => chosenSteps(given).map(({ number }) => number);

  it("is all steps, those without the deletion, or one", () => {
    expect(numbers({})).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(numbers({ keep: true })).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(numbers({ pod: "a/b" })).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(numbers({ step: "9" })).to.deep.equal([9]);
    expect(numbers({ pod: "a/b", step: "4" })).to.deep.equal([4]);
    for (const more of [{ keep: true }, { pod: "a/b" }])
      expect(() => chosenSteps({ step: "9", ...more })).to.throw("Step 9 deletes the walk's own pod");
  });

  it("is refused where it cannot be, with what to do", () => {
    expect(podName("default/web-0.x")).to.deep.equal({ namespace: "default", name: "web-0.x" });
    expect(() => podName("web")).to.throw("--pod takes NAMESPACE/NAME, such as default/nginx; found web.");
    expect(() => subjectOf(plan, undefined)).to.throw(
      'A walk needs a cluster. Take the lab of "./hardway --lab cluster up"',
    );
    expect(() => subjectOf(clusterPlan, "server")).to.throw("server is no worker of this lab; it has node-0, node-1.");
    expect(subjectOf(clusterPlan, "node-1").controller.name).to.equal("server");
  });
});
