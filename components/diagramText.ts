import { labDiagram, type DiagramHost, type DiagramSubnet, type LabDiagram } from "./labDiagram";
import type { LabPlan } from "./labPlan";

interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[];
}

/**
 * A lab as a text with lines: the VPC with subnets and hosts, each route to pods as the hosts have it beside its mirror in the
 * VPC's route tables, and what the security group lets in.
 */
export function renderDiagramText(plan: LabPlan): string {
  const diagram = labDiagram(plan);
  return [diagram.title, ...rows(branches(diagram))].join("\n");
}

function branches({ subnets, vpc }: LabDiagram): Branch[] {
  const within = subnets.map((subnet) => ({
    text: subnet.title,
    below: [...hostBranches(subnet.hosts), ...routeBranch(subnet, vpc !== undefined)],
  }));
  if (vpc === undefined) return within;
  const width = widest(vpc.routes.map(({ destination }) => destination));
  const routes = vpc.routes.map(({ destination, target }) => ({ text: `${destination.padEnd(width)} -> ${target}` }));
  const below = [
    ...within,
    { text: "route tables of the subnets", below: routes },
    { text: "security group of the machines lets in", below: vpc.rules.map((text) => ({ text })) },
  ];
  return [{ text: vpc.title, below }];
}

function hostBranches(hosts: readonly DiagramHost[]): Branch[] {
  const [names, addresses] = [hosts.map(({ name }) => name), hosts.map(({ address }) => address)].map(widest);
  return hosts.map(({ name, address, role, podCidr, runtime }) => {
    const pods = podCidr === undefined ? "no pods" : `pods ${podCidr}`;
    const what = [role, pods, ...(runtime === undefined ? [] : [runtime])].join(", ");
    return { text: `${name.padEnd(names ?? 0)}  ${address.padEnd(addresses ?? 0)}  ${what}` };
  });
}

/** @param mirrored whether a VPC's route tables have the same routes */
function routeBranch({ routes, hosts }: DiagramSubnet, mirrored: boolean): Branch[] {
  const told = routes.filter(({ nextHop }) => nextHop !== undefined);
  if (told.length === 0 || hosts.length === 0) return [];
  const [destinations, hops] = [
    told.map(({ destination }) => destination),
    told.map(({ nextHop }) => nextHop ?? ""),
  ].map(widest);
  const below = told.map(({ destination, node, nextHop = "" }) => {
    const mirror = mirrored ? `   mirror in the VPC: -> interface of ${node}` : "";
    const [to, via] = [destination.padEnd(destinations ?? 0), nextHop.padEnd(hops ?? 0)];
    return { text: `${to} via ${via}  to the pods of ${node}${mirror}` };
  });
  return [{ text: "routes of these hosts; none has one to its own pods", below }];
}

function rows(all: readonly Branch[]): string[] {
  return all.flatMap(({ text, below = [] }, index) => {
    const isLast = index === all.length - 1;
    return [`${isLast ? "└─" : "├─"} ${text}`, ...rows(below).map((row) => `${isLast ? "  " : "│ "} ${row}`)];
  });
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}
