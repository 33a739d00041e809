import { expect } from "chai";
import { resolveTrace, type ResolvedTrace, type TraceOptions } from "../../../cli/commands/cloudTrace";
import { UserError } from "../../../cli/errors";
import type { LabPlan } from "../../../components/labPlan";
import { failureOf } from "../support";
import { plan as oneSubnet } from "../verify/samples";

/** As in two zones: node-1 is reached by way of the subnet's router. */
const plan: LabPlan = {
  ...oneSubnet,
  routes: oneSubnet.routes.map((route) => (route.node === "node-1" ? { ...route, nextHop: "10.240.0.1" } : route)),
};
const resolve = (source: string, destination: string, more: Partial<TraceOptions> = {}) =>
  resolveTrace({ source, destination, protocol: "icmp", ...more }, plan, "dev");

describe("a trace", () => {
  const ping = { protocol: "icmp" } as const;
  const table: [source: string, destination: string, more: Partial<TraceOptions>, ResolvedTrace][] = [
    ["node-0", "node-1", {}, { node: "node-0", source: "10.240.0.80", destination: "10.240.0.81", ...ping }],
    ["10.240.0.80", "10.240.0.10", {}, { node: "node-0", source: "10.240.0.80", destination: "10.240.0.10", ...ping }],
    [
      "node-0",
      "10.200.1.5",
      {},
      { node: "node-0", source: "10.240.0.80", destination: "10.200.1.5", nextHop: "10.240.0.1", ...ping },
    ],
    [
      "10.200.1.7",
      "10.200.0.5",
      {},
      { node: "node-1", source: "10.200.1.7", destination: "10.200.0.5", nextHop: "10.240.0.80", ...ping },
    ],
    // Its own pods and what is outside of the lab are in no route of the plan.
    ["node-0", "10.200.0.5", {}, { node: "node-0", source: "10.240.0.80", destination: "10.200.0.5", ...ping }],
    ["server", "192.0.2.1", {}, { node: "server", source: "10.240.0.10", destination: "192.0.2.1", ...ping }],
    [
      "server",
      "10.200.0.255",
      { protocol: "tcp", port: "22" },
      {
        node: "server",
        source: "10.240.0.10",
        destination: "10.200.0.255",
        nextHop: "10.240.0.80",
        protocol: "tcp",
        port: 22,
      },
    ],
    [
      "server",
      "node-0",
      { protocol: "udp", port: "65535" },
      { node: "server", source: "10.240.0.10", destination: "10.240.0.80", protocol: "udp", port: 65535 },
    ],
  ];
  for (const [source, destination, more, expected] of table) {
    it(`from ${source} to ${destination} ${more.protocol ?? "icmp"} goes out as planned`, () => {
      expect(resolve(source, destination, more)).to.deep.equal(expected);
    });
  }

  const wrong: [what: string, source: string, destination: string, more: Partial<TraceOptions>, message: string][] = [
    [
      "a name with a slip",
      "nod-0",
      "node-1",
      {},
      'Lab "dev" has no host "nod-0" (did you mean "node-0"?); it has server, node-0, node-1.',
    ],
    ["an unknown destination", "server", "etcd", {}, 'Lab "dev" has no host "etcd"; it has server, node-0, node-1.'],
    ["a network", "server", "10.200.0.0/24", {}, 'Lab "dev" has no host "10.200.0.0/24"; it has'],
    [
      "a sender outside of the lab",
      "192.0.2.1",
      "server",
      {},
      "192.0.2.1 is neither a node's address nor in a node's pod CIDR.",
    ],
    [
      "pods that no node has",
      "10.200.2.5",
      "server",
      {},
      "10.200.2.5 is neither a node's address nor in a node's pod CIDR.",
    ],
    ["TCP without a port", "server", "node-0", { protocol: "tcp" }, "--port must be a number from 1 to 65535 for tcp."],
    ...["0", "65536", "-1", "1.5", "ssh", ""].map((port): [string, string, string, Partial<TraceOptions>, string] => [
      `port ${JSON.stringify(port)}`,
      "server",
      "node-0",
      { protocol: "udp", port },
      "--port must be a number from 1 to 65535 for udp.",
    ]),
    [
      "a ping with a port",
      "server",
      "node-0",
      { port: "22" },
      "--port goes with --protocol tcp or udp; a ping has none.",
    ],
  ];
  for (const [what, source, destination, more, message] of wrong) {
    it(`refuses ${what}`, async () => {
      const error = await failureOf(() => resolve(source, destination, more));
      expect(error).to.be.instanceOf(UserError).and.have.property("exitCode", 64);
      expect(error.message).to.contain(message);
    });
  }
});
