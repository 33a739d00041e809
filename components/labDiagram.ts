import type { LabPlan } from "./labPlan";
import type { PlannedHost, PodRoute } from "./plan/routes";

/** A host as a diagram shows it. */
export interface DiagramHost {
  readonly name: string;
  readonly role: PlannedHost["role"];
  readonly address: string;
  /** Workers only. */
  readonly podCidr?: string;
  /** E.g. `containerd`; workers only. */
  readonly runtime?: string;
}

/** The route to the pods of one node, as the hosts of a subnet have it, and what mirrors it in the VPC's route tables. */
export interface DiagramRoute {
  readonly destination: string;
  /** The node whose pods are there; it has no such route itself. */
  readonly node: string;
  /** Next hop on the hosts; undefined where no host of the subnet needs the route. */
  readonly nextHop?: string;
}

/** Hosts that have the same routes: those of a subnet of a VPC, or all hosts of the user's. */
export interface DiagramSubnet {
  readonly title: string;
  readonly hosts: readonly DiagramHost[];
  readonly routes: readonly DiagramRoute[];
}

/** A lab as all diagrams show it. */
export interface LabDiagram {
  /** A sentence about the whole. */
  readonly title: string;
  readonly subnets: readonly DiagramSubnet[];
  /** Target aws only. */
  readonly vpc?: {
    readonly title: string;
    /** What its route tables hold besides the local route. */
    readonly routes: readonly { readonly destination: string; readonly target: string }[];
    /** What the security group lets in. */
    readonly rules: readonly string[];
  };
}

/** What a diagram of a lab shows, from its plan. */
export function labDiagram(plan: LabPlan): LabDiagram {
  const workers = plan.hosts.filter(({ role }) => role === "worker").length;
  const controllers = plan.hosts.length - workers;
  return {
    title:
      `${counted(controllers, "controller")} and ${counted(workers, "worker")}; pods in ${plan.clusterCidr}, ` +
      `on bridge ${plan.cni.bridge}, masquerade ${plan.cni.masquerade}`,
    subnets: subnetsOf(plan),
    ...(plan.vpc === undefined ? {} : { vpc: vpcOf(plan.vpc) }),
  };
}

function subnetsOf(plan: LabPlan): DiagramSubnet[] {
  const subnet = (title: string, hosts: readonly PlannedHost[]) => ({
    title,
    hosts: hosts.map(({ name, role, address, podCidr }) => {
      const runtime = plan.runtimes[name]?.kind;
      return { name, role, address, ...(podCidr && { podCidr }), ...(runtime && { runtime }) };
    }),
    routes: routesOf(plan, hosts),
  });
  if (plan.vpc === undefined) return [subnet("hosts on a network of their own", plan.hosts)];
  return plan.vpc.subnets.map(({ cidr, zone, router }) =>
    subnet(
      `subnet ${cidr}, ${zone}, router ${router}`,
      plan.hosts.filter((host) => host.subnet === cidr),
    ),
  );
}

/** Every host of a subnet has the same next hop to a node's pods. */
function routesOf({ hosts: all, routes }: LabPlan, hosts: readonly PlannedHost[]): DiagramRoute[] {
  const names = hosts.map(({ name }) => name);
  const byNode = new Map<string, PodRoute>(
    routes.filter(({ host }) => names.includes(host)).map((route) => [route.node, route]),
  );
  return all.flatMap(({ name, podCidr }) => {
    if (podCidr === undefined) return [];
    const nextHop = byNode.get(name)?.nextHop;
    return [{ destination: podCidr, node: name, ...(nextHop && { nextHop }) }];
  });
}

function vpcOf({ cidrs, routes, podCidrRules, ssh, ownNetwork }: NonNullable<LabPlan["vpc"]>): LabDiagram["vpc"] {
  const admins = ssh.cidrs?.join(", ") ?? "the address of whoever runs the program";
  return {
    title: `VPC ${cidrs.join(", ")}${ownNetwork ? "" : " (there already)"}`,
    routes: [
      ...(ownNetwork ? [{ destination: "0.0.0.0/0", target: "internet gateway" }] : []),
      ...routes.map(({ destination, node }) => ({ destination, target: `interface of ${node}` })),
    ],
    rules: [
      `tcp ${ssh.port} from ${admins} (SSH)`,
      "all traffic from the other machines",
      ...podCidrRules.map(({ destination, node }) => `all traffic from ${destination} (pods of ${node})`),
    ],
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
