import { objectsOf, textOf, textsOf, type Properties, type Resource } from "../resource";
import type { ResourceRule } from "../rule";

const everywhere: readonly string[] = ["0.0.0.0/0", "::/0"];
const sshPort = 22;

/** One form of a rule that lets packets in: who, by which protocol, to which ports. */
interface Opening {
  readonly sources: readonly string[];
  readonly protocol: unknown;
  readonly from: unknown;
  readonly to: unknown;
}

export const noSshFromEverywhere: ResourceRule = {
  name: "no-ssh-from-everywhere",
  level: "mandatory",
  reason: "SSH must not be open to the whole internet, which tries passwords and new faults of sshd all the time.",
  remedy: "Name the networks that administrators come from: adminCidrs of LabNetwork, or cidrIpv4 of a rule.",
  check: (resource) => [
    ...openings(resource).filter(isOpen).map(describe),
    ...(resource.type === "hardway:index:LabNetwork"
      ? textsOf(resource.props.adminCidrs)
          .filter((cidr) => everywhere.includes(cidr))
          .map((cidr) => `adminCidrs has ${cidr}.`)
      : []),
  ],
};

function openings({ type, props }: Resource): Opening[] {
  switch (type) {
    case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
      return [
        {
          sources: [props.cidrIpv4, props.cidrIpv6].map(textOf).filter((cidr) => cidr !== undefined),
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

function isOpen({ sources, protocol, from, to }: Opening): boolean {
  if (!sources.some((source) => everywhere.includes(source))) return false;
  if (protocol === "-1" || protocol === "all") return true;
  if (protocol !== "tcp" && protocol !== "6") return false;
  return typeof from === "number" && typeof to === "number" && from <= sshPort && sshPort <= to;
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
