import { expect } from "chai";
import { explainSilence, type Visited } from "../../../cli/verify/silence";
import type { Check } from "../../../cli/verify/types";
import type { PlannedHost } from "../../../components/plan/routes";
import { lines, plan } from "./samples";

const drops =
  "a firewall drops pods' packets from eth1 to cni0: chain forward of the nftables table inet filter (policy drop)";

const row = (host: string, check: string, observed: string, ok = false, area: Check["area"] = "pods"): Check => ({
  ...{ host, area, check, observed, ok },
  expected: "",
});

function visit(name: string, checks: Check[], firewall: () => Promise<string | undefined>): Visited {
  return { host: plan.hosts.find((host) => host.name === name) as PlannedHost, checks, firewall };
}

describe("pods without an answer", () => {
  it("are explained by the firewall of each node that they name, and by no other's", async () => {
    const server = visit(
      "server",
      [
        row("server", "server to pod on node-0, HTTP", "timed out"),
        row("server", "server to pod on node-1, HTTP", "No route to host"),
        row("server", "sysctl x", "0", false, "kernel"),
      ],
      () => Promise.reject(new Error("no worker")),
    );
    const node0 = visit(
      "node-0",
      [
        row("node-0", "pod on node-0 to pod on node-1, ping", "100% packet loss"),
        row("node-0", "pod to pod on node-0, HTTP", "node-0 answers", true),
      ],
      () => Promise.resolve(undefined),
    );
    const node1 = visit(
      "node-1",
      [row("node-1", "pod on node-1 to pod on node-0, HTTP", "not tried: node-0 has no pod")],
      () => Promise.resolve(drops),
    );
    const said: string[] = [];
    await explainSilence([server, node0, node1], () => said.push("begun"));
    expect([server, node0, node1].flatMap(({ checks }) => lines(checks))).to.deep.equal([
      "server to pod on node-0, HTTP: timed out",
      `server to pod on node-1, HTTP: No route to host; on node-1, ${drops}`,
      "sysctl x: 0",
      `pod on node-0 to pod on node-1, ping: 100% packet loss; on node-1, ${drops}`,
      "pod to pod on node-0, HTTP: node-0 answers",
      "pod on node-1 to pod on node-0, HTTP: not tried: node-0 has no pod",
    ]);
    expect(said).to.deep.equal(["begun"]);
  });

  it("are all that a host is asked for", async () => {
    const asked = visit("node-0", [row("node-0", "pod to pod on node-0, HTTP", "node-0 answers", true)], () =>
      Promise.reject(new Error("asked")),
    );
    await explainSilence([asked], () => expect.fail("begun"));
  });

  it("stay as they are where a node cannot say", async () => {
    const mute = visit("node-0", [row("node-0", "pod to pod on node-0, HTTP", "nothing")], () =>
      Promise.reject(new Error("gone")),
    );
    await explainSilence([mute], () => undefined);
    expect(lines(mute.checks)).to.deep.equal(["pod to pod on node-0, HTTP: nothing"]);
  });
});
