import { remoteTypes } from "../command";
import { objectOf, objectsOf, textsOf, type Properties, type Resource } from "../resource";
import type { Finding, Rule } from "../rule";

const everywhere: readonly string[] = ["0.0.0.0/0", "::/0"];
const usualPort = 22;

/** One form of a rule that lets packets in: who, by which protocol, to which ports. */
interface Opening {
  readonly sources: readonly string[];
  readonly protocol: unknown;
  readonly from: unknown;
  readonly to: unknown;
}

export const noSshFromEverywhere: Rule = {
  name: "no-ssh-from-everywhere",
  level: "mandatory",
  reason: "SSH must not be open to the whole internet, which tries passwords and new faults of sshd all the time.",
  remedy: "Name the networks that administrators come from: adminCidrs of LabNetwork, or cidrIpv4 of a rule.",
  check: (resource) => [
    ...openings(resource).filter(isOpenFor(usualPort)).map(describe),
    ...(resource.type === "hardway:index:LabNetwork"
      ? textsOf(resource.props.adminCidrs)
          .filter((cidr) => everywhere.includes(cidr))
          .map((cidr) => `adminCidrs has ${cidr}.`)
      : []),
  ],
  // Another port is SSH's only because of what other resources say.
  checkStack: (resources) => {
    const ports = otherPorts(resources);
    return resources.flatMap((resource) =>
      openings(resource).flatMap((opening) =>
        isOpenFor(usualPort)(opening)
          ? []
          : [...ports]
              .filter(([port]) => isOpenFor(port)(opening))
              .map(([port, name]): Finding => ({
                urn: resource.urn,
                found: `${describe(opening)} SSH is on port ${port}, as ${name} says.`,
              })),
      ),
    );
  },
};

/** Ports of SSH other than the usual one, each with the name of a resource that uses it. */
function otherPorts(resources: readonly Resource[]): Map<number, string> {
  const ports = new Map<number, string>();
  for (const resource of resources)
    for (const port of portsOf(resource))
      if (typeof port === "number" && port !== usualPort && !ports.has(port)) ports.set(port, resource.name);
  return ports;
}

function portsOf({ type, props }: Resource): unknown[] {
  if (type === "hardway:index:LabNetwork" || type === "hardway:index:LabInstance") return [props.sshPort];
  if (!remoteTypes.includes(type)) return [];
  const connection = objectOf(props.connection);
  return [connection?.port, objectOf(connection?.proxy)?.port];
}

function openings({ type, props }: Resource): Opening[] {
  switch (type) {
    case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
      return [
        {
          sources: textsOf([props.cidrIpv4, props.cidrIpv6]),
          protocol: props.ipProtocol,
          from: props.fromPort,
          to: props.toPort,
        },
      ];
    case "aws:ec2/securityGroupRule:SecurityGroupRule":
      return props.type === "ingress" ? [inline(props)] : [];
    case "aws:ec2/securityGroup:SecurityGroup":
      return objectsOf(props.ingress).map(inline);
    default:
      return [];
  }
}

function inline(rule: Properties): Opening {
  return {
    sources: [...textsOf(rule.cidrBlocks), ...textsOf(rule.ipv6CidrBlocks)],
    protocol: rule.protocol,
    from: rule.fromPort,
    to: rule.toPort,
  };
}

function isOpenFor(port: number): (opening: Opening) => boolean {
  return ({ sources, protocol, from, to }) => {
    if (!sources.some((source) => everywhere.includes(source))) return false;
    if (protocol === "-1" || protocol === "all") return true;
    if (protocol !== "tcp" && protocol !== "6") return false;
    return typeof from === "number" && typeof to === "number" && from <= port && port <= to;
  };
}

function describe({ sources, protocol, from, to }: Opening): string {
  const ports =
    protocol === "-1" || protocol === "all"
      ? "all ports"
      : from === to
        ? `port ${String(from)}`
        : `ports ${String(from)} to ${String(to)}`;
  return `${sources.filter((source) => everywhere.includes(source)).join(" and ")} may reach ${ports}.`;
}
