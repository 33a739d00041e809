import { expect } from "chai";
import { ClusterRound, type RoundHost } from "../../../../cli/verify/cluster/clusterRound";
import { configzPath, nodesPath } from "../../../../cli/verify/cluster/nodes";
import { probeLabels, probeNamespacesPath } from "../../../../cli/verify/cluster/probeObjects";
import type { Facts, Scripts } from "../../../../cli/verify/facts";
import type { CheckArea } from "../../../../cli/verify/types";
import { facts, problems, type Sections } from "../samples";
import { cluster, further, plan, server, workers } from "./samples";
import type { PlannedHost } from "../../../../components/plan/routes";

const run = "0a1b2c";
const pods = `/api/v1/namespaces/hardway-verify-${run}/pods`;

/** A cluster in which nothing is as it should be, but whose objects can be made. */
class FakeCluster {
  readonly asked: string[] = [];
  readonly scripts: { script: string; values: Record<string, string> }[] = [];
  /** Workers for which a pod was made. */
  made: readonly string[] = [];
  /** Scripts that fail. */
  broken: readonly string[] = [];
  left = "";

  host(host: PlannedHost, onAsk: (script: string) => void = () => undefined, takesPods = true): RoundHost {
    const ask = (scripts: Scripts) => {
      const [[script, values]] = Object.entries(scripts) as [[string, Record<string, string>]];
      const of =
        {
          delete: ` ${values["NAMES"]}`,
          node: ` ${values["URL"]}`,
          execute: ` ${values["POD"]?.replace("probe-", "")}`,
        }[script] ?? "";
      this.scripts.push({ script, values });
      this.asked.push(`${script}${of}`);
      onAsk(script);
      if (this.broken.includes(script)) return Promise.reject(new Error(`${script} is broken`));
      return Promise.resolve((): Facts => facts(this.#answers(script, values)));
    };
    const checks: RoundHost["checks"] = [];
    const area: RoundHost["area"] = async (area, work) => {
      try {
        checks.push(...(await work()));
      } catch (error) {
        if (String(error).includes("interrupted")) throw error;
        checks.push({
          host: host.name,
          area,
          check: "inspection",
          expected: "",
          observed: (error as Error).message,
          ok: false,
        });
      }
    };
    return { host, checks, takesPods, ask, askAnyway: ask, area };
  }

  #answers(script: string, values: Record<string, string>): Sections {
    if (script === "api")
      return Object.fromEntries((values["PATHS"] ?? "").split("\n").map((path) => [path, this.#api(path)]));
    if (script === "create") {
      this.made = workers
        .map(({ name }) => name)
        .filter((name) => values["OBJECTS"]?.includes(`"${probeLabels.node}":"${name}"`));
      return { created: "" };
    }
    if (script === "delete") return { deleted: "gone" };
    if (script === "alive") return { runs: "living" };
    if (script === "rawvalues") return { secrets: "{}", configmaps: "{}" };
    if (script === "execute") return { log: "", exec: [1, "Forbidden"] };
    return { own: "403", secret: "403", label: "403" };
  }

  #api(path: string): string {
    const ready = { conditions: [{ type: "Ready", status: "True" }] };
    if (path === probeNamespacesPath)
      return JSON.stringify({
        items: this.left
          .split(" ")
          .map((name) => ({ metadata: { name: `of-${name}`, labels: { [probeLabels.run]: name } } })),
      });
    if (path === nodesPath)
      return JSON.stringify({
        kind: "NodeList",
        items: workers.map(({ name }) => ({ metadata: { name }, status: ready })),
      });
    if (path === pods)
      return JSON.stringify({
        items: workers.map(({ name }) => ({ metadata: { labels: { [probeLabels.node]: name } }, status: ready })),
      });
    return path === configzPath("node-0") ? "" : "{}";
  }
}

describe("what is done with a cluster", () => {
  const round = (
    fake: FakeCluster,
    hosts: readonly RoundHost[],
    of = plan,
    isWanted: (area: CheckArea) => boolean = () => true,
  ) => new ClusterRound(of, cluster, run, hosts[0] as RoundHost, hosts, undefined, isWanted).check();

  it("goes on whatever fails, puts each row on its host, and removes what it made", async () => {
    const fake = new FakeCluster();
    const hosts = [server, ...workers].map((host) => fake.host(host));
    await round(fake, hosts);
    expect(fake.asked.at(-1)).to.equal(`delete hardway-verify-${run}`);
    expect(fake.asked.filter((script) => script === "create")).to.have.length(1);
    for (const { host, checks } of hosts) {
      expect(new Set(checks.map((check) => check.host))).to.deep.equal(new Set([host.name]));
      expect(problems(checks)).not.to.deep.equal([]);
    }
    expect(hosts[0]?.checks.at(-1)).to.include({ check: "namespace of the checks afterwards", ok: true });
  });

  it("waits for no pod on a worker whose runtime is off, and says so there", async () => {
    const fake = new FakeCluster();
    const hosts = [server, ...workers].map((host) => fake.host(host, undefined, host !== workers[0]));
    await round(fake, hosts);
    const said = (index: number) => hosts[index]?.checks.find(({ check }) => check.startsWith("pod by"))?.observed;
    expect(said(1)).to.equal("not tried: its Node is not ready, or what pods need is off");
    expect(said(2)).to.match(/^runs on /);
    expect(fake.asked.filter((script) => script === "create")).to.have.length(1);
    expect(fake.made).to.deep.equal([workers[1].name]);
    // Nor is anything asked of the pod that it does not have.
    expect(fake.asked.filter((script) => script.startsWith("execute"))).to.deep.equal([`execute ${workers[1].name}`]);
    const rest = problems(hosts[1]!.checks).filter((line) => !line.startsWith("kubelet's rights"));
    expect(rest.filter((line) => line.endsWith(`: not tried: no pod was made on ${workers[0].name}`))).to.have.length(
      4,
    );
  });

  it("does only what an area needs that is wanted, and makes nothing where no pod would start", async () => {
    const asked = async (areas: readonly CheckArea[], takesPods = true) => {
      const fake = new FakeCluster();
      const hosts = [server, ...workers].map((host) => fake.host(host, undefined, takesPods));
      await round(fake, hosts, plan, (area) => areas.includes(area));
      return [...new Set(fake.asked.map((script) => script.split(" ")[0]))].join(" ");
    };
    expect(await asked(["pki"])).to.equal("");
    expect(await asked(["control-plane"])).to.equal("api");
    expect(await asked(["etcd"])).to.equal("api create rawvalues delete");
    expect(await asked(["nodes"])).to.equal("api create node execute delete");
    expect(await asked(["nodes"], false)).to.equal("api node");
    expect(await asked(["etcd", "nodes"], false)).to.equal("api create rawvalues node delete");
    expect(await asked(["services"])).to.equal("api create execute services delete");
  });

  it("asks the pods for what is wanted only, and judges no more", async () => {
    const questions = async (areas: readonly CheckArea[]) => {
      const fake = new FakeCluster();
      const hosts = [server, ...workers].map((host) => fake.host(host));
      await round(fake, hosts, plan, (area) => areas.includes(area));
      const sent = fake.scripts.find(({ script }) => script === "execute")!.values["SCRIPT"]!;
      const found = new Set(hosts.flatMap(({ checks }) => checks.map(({ area }) => area)));
      return {
        services: sent.includes(":8081"),
        dns: sent.includes("kubernetes.default.svc"),
        areas: ["services", "dns"].filter((area) => found.has(area as CheckArea)),
      };
    };
    expect(await questions(["nodes"])).to.deep.equal({ services: false, dns: false, areas: [] });
    expect(await questions(["dns"])).to.deep.equal({ services: false, dns: true, areas: ["dns"] });
    expect(await questions(["services"])).to.deep.equal({ services: true, dns: false, areas: ["services"] });
  });

  it("says where the objects cannot be made, and looks for them all the same", async () => {
    const fake = new FakeCluster();
    fake.broken = ["create", "delete"];
    const hosts = [server, ...workers].map((host) => fake.host(host));
    await round(fake, hosts);
    const found = problems(hosts[0]?.checks ?? []);
    expect(found).to.include("inspection: create is broken");
    expect(found.at(-1)).to.equal("namespace of the checks afterwards: delete is broken");
  });

  it("asks as a kubelet by the kubelet's own way: the only API server, or the balancer beside it", async () => {
    const urls = async (controllers: readonly PlannedHost[]) => {
      const fake = new FakeCluster();
      const hosts = [...controllers, ...workers];
      await round(
        fake,
        hosts.map((host) => fake.host(host)),
        { ...plan, hosts },
      );
      return new Set(fake.asked.filter((script) => script.startsWith("node ")));
    };
    expect(await urls([server])).to.deep.equal(new Set(["node https://10.240.0.10:6443"]));
    expect(await urls([server, further])).to.deep.equal(new Set(["node https://127.0.0.1:6443"]));
  });

  it("removes what killed runs left, and not what belongs to others", async () => {
    const fake = new FakeCluster();
    fake.left = "dead living";
    await round(
      fake,
      [server, ...workers].map((host) => fake.host(host)),
    );
    expect(fake.asked.filter((script) => script.startsWith("delete"))).to.deep.equal([
      "delete of-dead",
      `delete hardway-verify-${run}`,
    ]);
  });

  it("removes what it made after an interrupt, too", async () => {
    const fake = new FakeCluster();
    const interrupt = (script: string) => {
      if (script === "rawvalues") throw new Error("interrupted");
    };
    const hosts = [fake.host(server, interrupt), ...workers.map((host) => fake.host(host))];
    const seen = await round(fake, hosts).then(String, (error: Error) => error.message);
    expect(seen).to.equal("interrupted");
    expect(fake.asked.at(-1)).to.equal(`delete hardway-verify-${run}`);
  });
});
