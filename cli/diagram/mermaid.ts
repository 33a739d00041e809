import { labDiagram, type DiagramSubnet } from "../../components/labDiagram";
import type { LabPlan } from "../../components/labPlan";

/** With more hosts than this, routes are lines of a box: an arrow for each would be a thicket, and Mermaid draws at most 500. */
const mostHostsWithArrows = 6;

/** A lab as a Mermaid flowchart. Solid arrows are routes on hosts, dotted ones their mirror in the VPC's route tables. */
export function renderMermaid(plan: LabPlan): string {
  const { title, subnets, vpc } = labDiagram(plan);
  const withArrows = plan.hosts.length <= mostHostsWithArrows;
  const ids = new Map(plan.hosts.map(({ name }, index) => [name, `host${index}`]));
  const inner = subnets.flatMap((subnet, index) => subnetLines(subnet, index, ids, withArrows));
  const lines = [
    "flowchart LR",
    ...(vpc === undefined
      ? inner
      : [
          `subgraph vpc[${label([vpc.title])}]`,
          ...inner.map(indent),
          `  table[(${label(["route tables", ...vpc.routes.map(({ destination, target }) => `${destination} → ${target}`)])})]`,
          `  rules{{${label(["security group lets in", ...vpc.rules])}}}`,
          "end",
          ...plan.vpc!.routes.map(({ destination, node }) => `table -. ${label([destination])} .-> ${ids.get(node)}`),
        ]),
    ...(withArrows
      ? plan.routes.map(
          ({ host, destination, nextHop, node }) =>
            `${ids.get(host)} -->|${label([`${destination} via ${nextHop}`])}| ${ids.get(node)}`,
        )
      : []),
  ];
  return [`---`, `title: ${JSON.stringify(title)}`, `---`, lines[0], ...lines.slice(1).map(indent)].join("\n");
}

function subnetLines(
  { title, hosts, routes }: DiagramSubnet,
  index: number,
  ids: ReadonlyMap<string, string>,
  withArrows: boolean,
): string[] {
  const told = routes.flatMap(({ destination, nextHop, node }) =>
    nextHop === undefined ? [] : [`${destination} via ${nextHop} (${node})`],
  );
  return [
    `subgraph subnet${index}[${label([title])}]`,
    ...hosts.map(
      ({ name, address, role, podCidr }) =>
        `  ${ids.get(name)}[${label([name, address, podCidr === undefined ? role : `pods ${podCidr}`])}]`,
    ),
    ...(withArrows ? [] : [`  routes${index}[${label(["routes of these hosts, but to their own pods", ...told])}]`]),
    "end",
  ];
}

/** Text of several lines, quoted as Mermaid wants it. */
function label(lines: readonly string[]): string {
  return `"${lines.map((line) => line.replaceAll('"', "#quot;")).join("<br/>")}"`;
}

function indent(line: string): string {
  return `  ${line}`;
}
