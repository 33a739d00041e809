import * as pulumi from "@pulumi/pulumi";
import { offlinePlan } from "../../../cli/diagram/offlinePlan";
import { sentScripts, type SentScript } from "../../../cli/engine/sentScripts";
import type { KeptExperiment } from "../../../cli/lab/keptResults";
import type { LabReport } from "../../../cli/report/labReport";
import { judgeCni } from "../../../cli/verify/cni";
import { compareHosts, judgeWay } from "../../../cli/verify/hosts";
import { expectedSource, judgeReach, type Source } from "../../../cli/verify/pods";
import { judgeRoutes } from "../../../cli/verify/routes";
import { Rows } from "../../../cli/verify/rows";
import type { Check } from "../../../cli/verify/types";
import { judgeVpc, type VpcFacts } from "../../../cli/verify/vpc";
import { HardWayLab, parseConfig } from "../../../components";
import type { NetworkFacts } from "../../../components/AwsHosts";
import type { LabPlan } from "../../../components/labPlan";
import { nthAddress, parseCidr } from "../../../components/plan/cidr";
import type { PlannedHost } from "../../../components/plan/routes";
import { MockEngine, valueOf } from "../../support/mocks";
import { facts, type Sections } from "../verify/samples";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+0URgznktt6L/ECNJLLcgEytVg91TzqsTVifIUnsDG";

/** The plan of a lab in a VPC. @param hosts one of them is the server */
export function plannedLab(hosts: number, more: Readonly<Record<string, unknown>> = {}): LabPlan {
  const values = { target: "aws", workers: hosts - 1, adminCidrs: ["192.0.2.0/24"], ...more };
  return offlinePlan(parseConfig(values, { directory: "/" }));
}

/** What the verification's own judges say of hosts that are as planned; the areas that a map shows, and whatever grows fastest. */
export function checksOf(plan: LabPlan): Check[] {
  const about = plan.hosts.map(({ name }) => ({
    ...{ host: name, hostname: name, machineId: `id-of-${name}`, mtu: "1500" },
    clock: { asked: 1, answered: 2, said: 1.5 },
  }));
  const hosts = plan.hosts.flatMap((host) => [
    ...judgeWay(host.name, plan, facts({ mtu: "1500", ping: "2 packets transmitted, 2 received\nrtt 1 ms" })),
    ...compareHosts(about).filter((row) => row.host === host.name),
    ...runtimeChecks(host, plan),
    ...(host.role === "worker" ? judgeCni(host, plan.cni, facts(cniSections(host))) : []),
    ...judgeRoutes(host.name, plan, facts(routeSections(host, plan))),
    ...reachChecks(host, plan),
  ]);
  const { vpc } = plan;
  return [...(vpc === undefined ? [] : judgeVpc(vpcOf({ ...plan, vpc }), vpcFacts({ ...plan, vpc }))), ...hosts];
}

const podOf = ({ podCidr = "10.200.0.0/24" }: PlannedHost) => nthAddress(parseCidr(podCidr), 4);

function runtimeChecks({ name, role }: PlannedHost, plan: LabPlan): Check[] {
  const rows = new Rows(name, role === "worker" ? "runtime" : "kernel");
  if (role === "worker") rows.equal("CRI version", "containerd 1.7.24~ds1, CRI v1", "containerd 1.7.24~ds1, CRI v1");
  for (const [key, value] of Object.entries(plan.kernel.sysctls)) rows.equal(`sysctl ${key} now`, value, value);
  return rows.rows;
}

function cniSections(host: PlannedHost): Sections {
  const address = podOf(host);
  const gateway = nthAddress(parseCidr(host.podCidr!), 1);
  return {
    ...{ plugins: "bridge executable\nhost-local executable\nloopback executable\nportmap executable" },
    "conf-files": "10-bridge.conflist\n99-loopback.conf",
    ...{ netns: "", add: "{}" },
    address: JSON.stringify([{ ifname: "eth0", mtu: 1500, addr_info: [{ local: address, prefixlen: 24 }] }]),
    route: JSON.stringify([{ dst: "default", gateway, dev: "eth0" }]),
    ping: "2 packets transmitted, 2 received, 0% packet loss\nrtt min/avg/max/mdev = 0.1/0.2/0.3/0.1 ms",
    ...{ "add-loopback": "{}", lo: '[{"ifname":"lo","flags":["UP"]}]', lease: "lease", veth: "veth", del: "" },
    ...{ "lease-after": "", "veth-after": [2, "ls: cannot access"], "del-loopback": "", "netns-del": "" },
    "netns-after": [2, "ls: cannot access"],
  };
}

function routeSections({ name, address }: PlannedHost, plan: LabPlan): Sections {
  const own = plan.routes.filter(({ host }) => host === name);
  const asked = own.flatMap(({ destination, nextHop }) => {
    const target = nthAddress(parseCidr(destination), 2);
    const route = JSON.stringify([{ dst: target, gateway: nextHop, dev: "eth1" }]);
    return [
      [`get ${target}`, route],
      [`from ${target}`, JSON.stringify([{ dst: address, type: "local" }])],
      [`to ${target}`, route],
    ];
  });
  return {
    ...(Object.fromEntries(asked) as Sections),
    ...{ routes: "[]", obstacles: "", dropins: "" },
    addresses: JSON.stringify([{ ifindex: 3, ifname: "eth1", addr_info: [{ local: address, prefixlen: 24 }] }]),
    units: "Id=hardway-pod-routes.service\nUnitFileState=enabled",
    "unit-text": own.map(({ destination, nextHop }) => `${destination} via ${nextHop}`).join("\n"),
  };
}

function reachChecks(host: PlannedHost, plan: LabPlan): Check[] {
  const isWorker = host.role === "worker";
  const expected = isWorker ? expectedSource(host, podOf(host), plan) : host.address;
  const label = isWorker ? `pod on ${host.name}` : host.name;
  const source: Source = { host, label, expected, expectedOutside: expected };
  const targets = plan.hosts
    .filter(({ name, role }) => role === "worker" && name !== host.name)
    .map((target) => ({ host: target, address: podOf(target) }));
  const answers = targets.flatMap(({ host: { name } }) => [
    [`http ${name}`, `${name} answers run1 to ${expected}`],
    [`ping ${name}`, "2 packets transmitted, 2 packets received, 0% packet loss\nround-trip 1 ms"],
    [`http host-port-of-${name}`, `${name} answers run1 to ${expected}`],
  ]);
  return judgeReach(source, targets, "run1", facts(Object.fromEntries(answers) as Sections));
}

type LabInVpc = LabPlan & { readonly vpc: NonNullable<LabPlan["vpc"]> };

function vpcOf({ vpc: plan, hosts }: LabInVpc): { plan: LabInVpc["vpc"]; network: NetworkFacts } {
  const instances = hosts.map(({ name, address }, index) => {
    const id = index.toString(16).padStart(17, "0");
    return [name, { id: `i-${id}`, networkInterfaceId: `eni-${id}`, privateIp: address }] as const;
  });
  const network = {
    ...{ vpcId: "vpc-1", subnetIds: ["subnet-a"], routeTableIds: { one: "rtb-02d917e96f5fe0801" } },
    ...{ securityGroupId: "sg-1", instances: Object.fromEntries(instances) },
  };
  return { plan, network };
}

function vpcFacts(lab: LabInVpc): VpcFacts {
  const { plan, network } = vpcOf(lab);
  const routes = plan.routes.map(({ destination, node }) => ({
    ...{ DestinationCidrBlock: destination, State: "active" as const },
    NetworkInterfaceId: network.instances[node]!.networkInterfaceId,
  }));
  const out = { DestinationCidrBlock: "0.0.0.0/0", GatewayId: "igw-1", State: "active" as const };
  const rule = (id: string, CidrIpv4: string) => ({ SecurityGroupRuleId: id, IpProtocol: "-1", CidrIpv4 });
  return {
    routeTables: [
      { RouteTableId: "rtb-02d917e96f5fe0801", Routes: [out, ...routes], Associations: [{ SubnetId: "subnet-a" }] },
    ],
    instances: Object.values(network.instances).map(({ id }) => ({
      ...{ InstanceId: id, SourceDestCheck: false, SecurityGroups: [{ GroupId: "sg-1" }] },
    })),
    rules: [
      { ...rule("sgr-out", "0.0.0.0/0"), IsEgress: true },
      { SecurityGroupRuleId: "sgr-ssh", IpProtocol: "tcp", FromPort: 22, ToPort: 2222, CidrIpv4: "192.0.2.0/24" },
      { SecurityGroupRuleId: "sgr-members", IpProtocol: "-1", ReferencedGroupInfo: { GroupId: "sg-1" } },
      ...plan.podCidrRules.map(({ destination, node }) => rule(`sgr-${node}`, destination)),
    ],
  };
}

/** What the components send to hosts of this plan. @param more configuration of the lab besides */
export async function scriptsOf(plan: LabPlan, more?: Readonly<Record<string, unknown>>): Promise<SentScript[]> {
  return (await sentTo(plan, more)).scripts;
}

/** The same, with the secrets that scripts read from standard input, as they are sent. */
export async function sentTo(
  plan: LabPlan,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly scripts: SentScript[]; readonly secrets: readonly string[] }> {
  const engine = await new MockEngine().start();
  const ssh = { host: "192.0.2.1", user: "admin", password: "canary", hostKey };
  const hosts = plan.hosts.map(({ name, role, address }) => ({ name, role, address, ssh }));
  const lab = new HardWayLab("lab", parseConfig({ target: "hosts", hosts, ...more }, { directory: "/" }));
  await Promise.all([valueOf(lab.plan), valueOf(lab.runtimeFacts)]);
  await pulumi.runtime.disconnect();
  const resources = engine.resources.map(({ type, name, inputs }) => ({
    ...{ urn: `urn:pulumi:dev::hardway::hardway:index:HardWayLab$${type}::${name}`, type, inputs },
  }));
  const stdins = resources.flatMap(({ inputs }) => ("stdin" in inputs ? [JSON.stringify(inputs["stdin"])] : []));
  // A line is a name and a value in base64.
  const secrets = stdins.flatMap((text) =>
    [...text.matchAll(/\w+ ([A-Za-z0-9+/]{8,})/g)].map(([, value = ""]) => value),
  );
  return { scripts: sentScripts({ resources }), secrets };
}

/** As the README has it. */
export const laterFile: KeptExperiment = {
  ...{ name: "later-file", node: "node-0", at: "2026-11-21T12:05:00.000Z", kept: false },
  seen: (["before", "broken", "repaired"] as const).map((moment) => ({
    ...{ moment, host: "node-0", question: "What would the next boot set ip_forward to?" },
    command: "/usr/lib/systemd/systemd-sysctl --cat-config | sed -n 's/^net.ipv4.ip_forward *= *//p' | tail -n 1",
    ...{ expected: moment === "broken" ? "0" : "1", output: moment === "broken" ? "0" : "1", ok: true },
  })),
};

/** A report of a lab in which everything is as planned. */
export function reportOf(plan: LabPlan, change: Partial<LabReport> = {}): LabReport {
  return {
    ...{ lab: "dev", command: "./hardway", plan, outdated: false, experiments: [laterFile], scripts: [] },
    verification: { at: "2026-11-21T12:00:00.000Z", checks: checksOf(plan) },
    ...change,
  };
}

/** The same checks with other observations in those whose name begins so, which are then not ok. */
export function broken(checks: readonly Check[], begin: string, observed: string): Check[] {
  return checks.map((check) => (check.check.startsWith(begin) ? { ...check, observed, ok: false } : check));
}
