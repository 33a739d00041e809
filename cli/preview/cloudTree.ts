import { containsAddress, parseCidr } from "../../components/plan/cidr";
import type { LabPlan } from "../../components/labPlan";
import type { Inputs, PlannedOperation, PlannedChange } from "../engine/plannedChanges";
import { byNumber } from "./byNumber";
import { cloudReasons, instanceWords, knownLater, ruleWords, wordsOf } from "./cloudWords";

/** A resource of the cloud, with what is in it. */
export interface CloudNode {
  readonly text: string;
  /** Undefined for one that somebody else made. */
  readonly operation?: PlannedOperation;
  readonly because: readonly string[];
  readonly children: readonly CloudNode[];
}

/** What becomes of the lab's resources on EC2, as a tree; empty for a lab on hosts of the user's. */
export function cloudTree(changes: readonly PlannedChange[], plan?: LabPlan): CloudNode[] {
  const lab = new CloudResources(changes);
  if (lab.all("").length === 0) return [];
  const inside = [
    ...lab.nodes("ec2/internetGateway:InternetGateway", () => "internet gateway"),
    ...subnets(lab, plan),
    ...routeTables(lab),
    ...lab.nodes(
      "ec2/securityGroup:SecurityGroup",
      () => "security group of all machines",
      () => rules(lab),
    ),
  ];
  const [vpc] = lab.nodes(
    "ec2/vpc:Vpc",
    ({ cidrBlock }) => `VPC ${wordsOf(cidrBlock)}`,
    () => inside,
  );
  const id = lab.inputs("ec2/securityGroup:SecurityGroup")?.["vpcId"];
  const keys = lab.nodes("ec2/keyPair:KeyPair", ({ keyName }) => `login key ${wordsOf(keyName)}`);
  return [vpc ?? found(`VPC ${wordsOf(id)}`, inside), ...keys];
}

/** The resources of the aws plugin, by the second half of their type. */
class CloudResources {
  constructor(private readonly changes: readonly PlannedChange[]) {}

  /** In the order of their names, since the engine comes to them in any order. */
  all(type: string): PlannedChange[] {
    return this.changes
      .filter((change) => change.type.startsWith("aws:") && change.type.endsWith(type))
      .sort((one, other) => byNumber(one.name, other.name));
  }

  inputs(type: string): Inputs | undefined {
    return this.all(type).map(inputsOf)[0];
  }

  nodes(
    type: string,
    text: (inputs: Inputs, change: PlannedChange) => string,
    children: (inputs: Inputs) => CloudNode[] = () => [],
  ): CloudNode[] {
    return this.all(type).map((change) => {
      const inputs = inputsOf(change);
      const { operation } = change;
      return { text: text(inputs, change), operation, because: cloudReasons(change), children: children(inputs) };
    });
  }

  /** The subnet whose association has the same name. */
  subnet(name: string): string {
    const subnet = this.all("ec2/subnet:Subnet").find((change) => change.name === name);
    return subnet === undefined ? name : wordsOf(inputsOf(subnet)["cidrBlock"]);
  }

  /** The node whose name a resource's name ends in. */
  nodeOf(resource: string): string | undefined {
    const names = this.all("ec2/instance:Instance").map((change) => nameTag(inputsOf(change)));
    const ends = names.filter((name) => resource.endsWith(`-${name}`));
    return ends.sort((one, other) => other.length - one.length)[0];
  }
}

/** Subnets with the machines in them, by the machines' addresses. */
function subnets(lab: CloudResources, plan: LabPlan | undefined): CloudNode[] {
  const machines = lab.nodes("ec2/instance:Instance", (inputs) => `${nameTag(inputs)}: ${instanceWords(inputs)}`);
  const addresses = lab.all("ec2/instance:Instance").map((change) => wordsOf(inputsOf(change)["privateIp"]));
  const machinesIn = (cidr: unknown) => machines.filter((_, index) => isIn(cidr, addresses[index]));
  const made = lab.nodes(
    "ec2/subnet:Subnet",
    ({ cidrBlock, availabilityZone }) => `subnet ${wordsOf(cidrBlock)} in ${wordsOf(availabilityZone)}`,
    ({ cidrBlock }) => machinesIn(cidrBlock),
  );
  const all =
    made.length > 0
      ? made
      : (plan?.vpc?.subnets ?? []).map(({ cidr, zone }) => found(`subnet ${cidr} in ${zone}`, machinesIn(cidr)));
  const placed = all.flatMap(({ children }) => children);
  return [...all, ...machines.filter((machine) => !placed.includes(machine))];
}

/** Route tables with their routes: the one that is made, or those of somebody else that the routes name. */
function routeTables(lab: CloudResources): CloudNode[] {
  const routes = lab.nodes("ec2/route:Route", (inputs, { name }) => {
    const { destinationCidrBlock, gatewayId, networkInterfaceId } = inputs;
    const node = lab.nodeOf(name);
    const target =
      gatewayId === undefined ? (node ?? `interface ${wordsOf(networkInterfaceId)}`) : "the internet gateway";
    return `${wordsOf(destinationCidrBlock)} -> ${target}${node === undefined ? "" : `'s interface (its pods)`}`;
  });
  const used = lab.nodes(
    "ec2/routeTableAssociation:RouteTableAssociation",
    (_, { name }) => `used by subnet ${lab.subnet(name)}`,
  );
  const made = lab.nodes(
    "ec2/routeTable:RouteTable",
    () => "route table",
    () => [...used, ...routes],
  );
  if (made.length > 0) return made;
  const tables = lab.all("ec2/route:Route").map((change) => wordsOf(inputsOf(change)["routeTableId"]));
  return [...new Set(tables)].map((table) =>
    found(
      `route table ${table}`,
      routes.filter((_, index) => tables[index] === table),
    ),
  );
}

function rules(lab: CloudResources): CloudNode[] {
  return [
    ...lab.nodes("vpc/securityGroupIngressRule:SecurityGroupIngressRule", (rule) => ruleWords("in", rule)),
    ...lab.nodes("vpc/securityGroupEgressRule:SecurityGroupEgressRule", (rule) => ruleWords("out", rule)),
  ];
}

/** What somebody else made. */
function found(text: string, children: readonly CloudNode[]): CloudNode {
  return { text: `${text} (there already)`, because: [], children };
}

function inputsOf(change: PlannedChange): Inputs {
  return change.new ?? change.old ?? {};
}

function nameTag({ tags }: Inputs): string {
  return wordsOf((tags as Inputs | undefined)?.["Name"]);
}

function isIn(cidr: unknown, address: string = knownLater): boolean {
  return typeof cidr === "string" && address !== knownLater && containsAddress(parseCidr(cidr), address);
}
