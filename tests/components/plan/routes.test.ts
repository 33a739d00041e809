import { expect } from "chai";
import fc from "fast-check";
import type { PlannedHost } from "../../../components";
import { planPodCidrs, podCidrsProblem } from "../../../components/plan/podCidrs";
import { planRoutes, renderIpRoutes } from "../../../components/plan/routes";

const documentsLab: PlannedHost[] = [
  { name: "server", role: "controller", address: "10.240.0.10" },
  { name: "node-0", role: "worker", address: "10.240.0.80", podCidr: "10.200.0.0/24" },
  { name: "node-1", role: "worker", address: "10.240.0.81", podCidr: "10.200.1.0/24" },
];

function ipRoutesOf(host: string): string {
  return renderIpRoutes(planRoutes(documentsLab).filter((route) => route.host === host));
}

describe("planRoutes", () => {
  it("has an entry on every host for each other worker's pods", () => {
    expect(ipRoutesOf("server")).to.equal("10.200.0.0/24 via 10.240.0.80\n10.200.1.0/24 via 10.240.0.81");
    expect(ipRoutesOf("node-0")).to.equal("10.200.1.0/24 via 10.240.0.81");
    expect(ipRoutesOf("node-1")).to.equal("10.200.0.0/24 via 10.240.0.80");
  });

  it("has no route for a lab of one worker", () => {
    expect(planRoutes(documentsLab.slice(1, 2))).to.deep.equal([]);
  });

  it("leads from every host to every other worker, and never to itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 20 }), (controllers, workers) => {
        const hosts: PlannedHost[] = [
          ...Array.from({ length: controllers }, (_, i) => ({
            name: `c${i}`,
            role: "controller" as const,
            address: `10.240.0.${i + 1}`,
          })),
          ...Array.from({ length: workers }, (_, i) => ({
            name: `w${i}`,
            role: "worker" as const,
            address: `10.240.0.${i + 80}`,
            podCidr: `10.200.${i}.0/24`,
          })),
        ];
        const routes = planRoutes(hosts);
        expect(routes).to.have.length((controllers + workers - 1) * workers);
        expect(routes.every((route) => route.host !== route.node)).to.equal(true);
      }),
    );
  });
});

describe("planPodCidrs", () => {
  const worker = (name: string, podCidr?: string) => ({ name, role: "worker" as const, podCidr });

  it("numbers the workers in order and skips controllers", () => {
    const hosts = [{ name: "server", role: "controller" as const }, worker("node-0"), worker("node-1")];
    expect([...planPodCidrs(hosts, "10.200.0.0/16", 24)]).to.deep.equal([
      ["node-0", "10.200.0.0/24"],
      ["node-1", "10.200.1.0/24"],
    ]);
  });

  it("keeps what a worker asks for and goes round it", () => {
    const hosts = [worker("a"), worker("b", "10.200.0.0/24"), worker("c", "10.200.2.128/25"), worker("d")];
    expect([...planPodCidrs(hosts, "10.200.0.0/16", 24).values()]).to.deep.equal([
      "10.200.1.0/24",
      "10.200.0.0/24",
      "10.200.2.128/25",
      "10.200.3.0/24",
    ]);
  });

  it("has a problem with more workers than there is room for", () => {
    const workers = [worker("a"), worker("b"), worker("c")];
    expect(podCidrsProblem(workers, "10.200.0.0/23", 24)).to.equal(
      "10.200.0.0/23 has room for 2 pod CIDRs of length /24, none is left for c",
    );
    expect(podCidrsProblem(workers.slice(1), "10.200.0.0/23", 24)).to.equal(undefined);
  });
});
