import { labDiagram, type DiagramHost, type DiagramSubnet } from "../../components/labDiagram";
import type { LabPlan } from "../../components/labPlan";
import { markup, type Markup } from "../markup";
import { type Observed, type Verdict } from "./observed";
import { checksId, scrollTable, verdictBadge } from "./parts";

/** The lab as it was planned, with what was seen of each part of it. */
export function renderMap(plan: LabPlan, observed: Observed): Markup {
  const { title, subnets, vpc } = labDiagram(plan);
  const inner = subnets.map((subnet) => renderSubnet(subnet, plan, observed));
  return markup`<p>${title}.</p>
${vpc === undefined ? inner : renderVpc(vpc, inner, observed)}`;
}

function renderVpc(
  { title, routes, rules }: NonNullable<ReturnType<typeof labDiagram>["vpc"]>,
  inner: readonly Markup[],
  observed: Observed,
): Markup {
  const lists = [
    ["Route tables of the subnets", routes.map(({ destination, target }) => `${destination} → ${target}`)],
    ["The security group lets in", rules],
  ] as const;
  return markup`<div class="vpc">
<h3>${title}</h3>
<p>As EC2's API says: ${stateLink("vpc", observed)}</p>
${inner}${lists.map(
    ([name, lines]) => markup`<details><summary>${name} (${lines.length})</summary>
<ul>${lines.map((line) => markup`<li>${line}</li>`)}</ul>
</details>
`,
  )}</div>
`;
}

function renderSubnet(subnet: DiagramSubnet, plan: LabPlan, observed: Observed): Markup {
  const { title, hosts, routes } = subnet;
  const heading = plan.vpc === undefined ? markup`<h3>${title}</h3>` : markup`<h4>${title}</h4>`;
  if (hosts.length === 0) return markup`<div class="subnet">${heading}<p>No host is in it.</p></div>\n`;
  const rows = routes.map((route) => renderRoute(route, subnet, plan, observed));
  const heads = [
    ...["Pods of", "Destination", "Next hop on these hosts", "Seen on these hosts"],
    ...(plan.vpc === undefined ? [] : ["Seen in the VPC"]),
    "Its pod answers, HTTP",
  ];
  return markup`<div class="subnet">
${heading}
<ul class="hosts">
${hosts.map((host) => renderHost(host, plan, observed))}</ul>
${rows.length > 0 ? scrollTable(`Routes to pods, ${title}`, heads, rows) : undefined}</div>
`;
}

function renderHost({ name, role, address, podCidr, runtime }: DiagramHost, plan: LabPlan, observed: Observed): Markup {
  const seenRuntime = observed.value(name, "runtime", "CRI version");
  return markup`<li class="host ${role}">
<p class="name"><strong>${name}</strong> ${stateLink(name, observed)}</p>
<p>${role}, ${address}</p>
${runtime === undefined ? undefined : markup`<p>runtime ${seenRuntime ?? runtime}</p>`}
${podCidr === undefined ? markup`<p class="soft">no pods of the pod network</p>` : renderBridge(name, podCidr, plan, observed)}</li>
`;
}

function renderBridge(host: string, podCidr: string, { cni }: LabPlan, observed: Observed): Markup {
  const gateway = /^via (\S+)/.exec(observed.value(host, "cni", "default route in the namespace") ?? "")?.[1];
  const address = observed.value(host, "cni", "address in the namespace");
  return markup`<div class="bridge"><p>bridge ${cni.bridge}${gateway === undefined ? undefined : markup` <span class="soft">seen at ${gateway}</span>`}</p>
<div class="pods"><p>pods ${podCidr}</p>
<p class="soft">${address === undefined ? "none seen" : `one seen at ${address}`}</p></div></div>
`;
}

/** A row for what leads to the pods of one node. */
function renderRoute(
  { destination, node, nextHop }: DiagramSubnet["routes"][number],
  { hosts }: DiagramSubnet,
  plan: LabPlan,
  observed: Observed,
): Markup {
  const names = hosts.map(({ name }) => name);
  const others = names.filter((name) => name !== node);
  const own = plan.routes.filter(({ host, node: to }) => to === node && names.includes(host));
  const inVpc = observed.vpcRoute({ destination });
  const onHosts =
    nextHop === undefined
      ? markup`<span class="soft">no route is needed</span>`
      : tally(own.map((route) => observed.route(route)));
  return markup`<tr><th scope="row">${node}</th><td><code>${destination}</code></td><td><code>${nextHop ?? "–"}</code></td>
<td>${onHosts}</td>${
    plan.vpc === undefined
      ? undefined
      : markup`<td>${verdictBadge(inVpc)}<br><span class="soft">${inVpc.seen.join("; ")}</span></td>`
  }<td>${tally(others.map((name) => observed.answers(node, name)))}</td></tr>
`;
}

/** On how many hosts all is ok, with what was seen first where it is not. @param verdicts one for each host */
function tally(verdicts: readonly Verdict[]): Markup {
  const bad = verdicts.filter(({ failed }) => failed.length > 0);
  const unseen = verdicts.filter(({ total }) => total === 0).length;
  const good = verdicts.length - bad.length - unseen;
  const [first] = bad.flatMap(({ failed }) => failed);
  return markup`${first === undefined ? undefined : markup`<span class="fail">✗ FAIL on ${counted(bad.length)}</span><br>${first.host}: ${first.observed}<br>`}${
    good === 0 ? undefined : markup`<span class="ok">✓ ok on ${counted(good)}</span><br>`
  }${unseen === 0 ? undefined : markup`<span class="soft">not checked on ${counted(unseen)}</span>`}`;
}

function counted(hosts: number): string {
  return `${hosts} ${hosts === 1 ? "host" : "hosts"}`;
}

function stateLink(host: string, observed: Observed): Markup {
  const { total } = observed.of(host);
  if (total === 0) return verdictBadge(observed.of(host));
  return markup`<a href="#${checksId(host)}">${verdictBadge(observed.of(host))}</a>`;
}
