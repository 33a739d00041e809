import { expect } from "chai";
import fc from "fast-check";
import {
  nodeAddress,
  nodeAddressProblem,
  placeNodes,
  planSubnets,
  subnetsProblem,
  vpcOverlapProblem,
} from "../../../components/plan/network";
import { podRouteQuotaProblem } from "../../../components/plan/quota";
import { planPodNetworks, planRoutes } from "../../../components/plan/routes";

describe("planSubnets", () => {
  it("takes /24 networks from the start of the VPC", () => {
    expect(planSubnets("10.240.0.0/16", 3)).to.deep.equal(["10.240.0.0/24", "10.240.1.0/24", "10.240.2.0/24"]);
    expect(planSubnets("192.168.7.0/24", 1)).to.deep.equal(["192.168.7.0/24"]);
  });

  it("has a problem with a VPC that is too small, or none", () => {
    expect(subnetsProblem("10.0.0.0/23", 3)).to.equal("10.0.0.0/23 has room for 2 subnets of length /24, not for 3");
    expect(subnetsProblem("10.0.0.0/25", 1)).to.contain("has room for 0 subnets");
    expect(subnetsProblem("10.0.0.1/23", 1)).to.contain('"10.0.0.1/23" must not have host bits set');
    expect(subnetsProblem("10.0.0.0/23", 2)).to.equal(undefined);
  });
});

describe("nodes", () => {
  const addresses = (workers: number, subnets: string[], controllers = 1) =>
    placeNodes({ controllers, workers }, subnets.length).map(
      (node) => `${node.name} ${nodeAddress(subnets[node.subnet] as string, node)}`,
    );

  it("have .10 and .80 on in one subnet", () => {
    expect(addresses(2, ["10.240.0.0/24"])).to.deep.equal([
      "server 10.240.0.10",
      "node-0 10.240.0.80",
      "node-1 10.240.0.81",
    ]);
  });

  it("have .10 on where they are controllers, of which the first has the same name and place with others", () => {
    expect(addresses(1, ["10.240.0.0/24"], 3)).to.deep.equal([
      ...["server 10.240.0.10", "server-1 10.240.0.11", "server-2 10.240.0.12", "node-0 10.240.0.80"],
    ]);
    expect(addresses(1, ["10.240.0.0/24", "10.240.1.0/24"], 3)).to.deep.equal([
      ...["server 10.240.0.10", "server-1 10.240.1.11", "server-2 10.240.0.12", "node-0 10.240.0.80"],
    ]);
  });

  it("take turns over several subnets", () => {
    expect(addresses(4, ["10.240.0.0/24", "10.240.1.0/24", "172.16.0.0/25"])).to.deep.equal([
      "server 10.240.0.10",
      "node-0 10.240.0.80",
      "node-1 10.240.1.81",
      "node-2 172.16.0.82",
      "node-3 10.240.0.83",
    ]);
  });

  it("are refused where the subnet has no such address, or AWS keeps it", () => {
    const node = (offset: number) => ({ name: "n", offset });
    expect(nodeAddressProblem("10.0.0.0/26", node(80))).to.equal(
      "subnet 10.0.0.0/26 has no address for n, which would be number 80 in it",
    );
    expect(nodeAddressProblem("10.0.0.0/28", node(3))).to.be.a("string");
    expect(nodeAddressProblem("10.0.0.0/28", node(15))).to.be.a("string");
    expect(nodeAddressProblem("10.0.0.0/28", node(4))).to.equal(undefined);
    expect(nodeAddressProblem("10.0.0.0/28", node(14))).to.equal(undefined);
    expect(nodeAddress("10.0.0.0/28", node(4))).to.equal("10.0.0.4");
    expect(nodeAddress("10.0.0.0/28", node(14))).to.equal("10.0.0.14");
  });

  it("keep their place and address when more are added", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 49 }), fc.integer({ min: 1, max: 3 }), (workers, zones) => {
        const subnets = planSubnets("10.240.0.0/16", zones);
        const before = addresses(workers, subnets);
        expect(addresses(workers + 1, subnets).slice(0, before.length)).to.deep.equal(before);
        expect(new Set(before).size).to.equal(workers + 1);
      }),
    );
  });
});

describe("routes between subnets", () => {
  it("lead to the peer in the same subnet and to the own subnet's router otherwise, to the same pods in every case", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 }), (workers, zones) => {
        const subnets = planSubnets("10.240.0.0/16", zones);
        const hosts = placeNodes({ controllers: 1, workers }, zones).map((node, index) => {
          const subnet = subnets[node.subnet] as string;
          const podCidr = node.role === "worker" ? { podCidr: `10.200.${index - 1}.0/24` } : {};
          return { name: node.name, role: node.role, address: nodeAddress(subnet, node), subnet, ...podCidr };
        });
        const byName = new Map(hosts.map((host) => [host.name, host]));
        for (const { host, node, nextHop } of planRoutes(hosts)) {
          const [from, to] = [byName.get(host), byName.get(node)];
          const expected = from?.subnet === to?.subnet ? to?.address : from?.subnet.replace("0/24", "1");
          expect(nextHop, `${host} to ${node}`).to.equal(expected);
        }
        // A lab always has a server, which has a route to every node, so the sets are the same.
        const pairs = (list: readonly { destination: string; node: string }[]) =>
          new Set(list.map(({ destination, node }) => `${destination} ${node}`));
        expect(pairs(planRoutes(hosts))).to.deep.equal(pairs(planPodNetworks(hosts)));
      }),
    );
  });
});

describe("vpcOverlapProblem", () => {
  it("names the pod CIDR and the network that overlap", () => {
    expect(vpcOverlapProblem(["10.200.0.0/24", "10.241.3.0/24"], ["10.240.0.0/16", "10.241.0.0/22"])).to.equal(
      "pod CIDR 10.241.3.0/24 overlaps the VPC's network 10.241.0.0/22; the VPC would never route it to a node",
    );
    expect(vpcOverlapProblem(["10.200.0.0/24"], ["10.240.0.0/16"])).to.equal(undefined);
  });
});

describe("podRouteQuotaProblem", () => {
  it("counts the routes that a table has besides", () => {
    expect(podRouteQuotaProblem(498)).to.equal(undefined);
    expect(podRouteQuotaProblem(499)).to.match(
      /^499 pod routes and 2 others are 501 in a route table that may hold 500; use fewer workers/,
    );
    expect(podRouteQuotaProblem(49, 50, 1)).to.equal(undefined);
    expect(podRouteQuotaProblem(50, 50, 1)).to.be.a("string");
  });
});
