import type { AwsLabArgs } from "../labArgs";
import { networkDefaults } from "../network/networkDefaults";
import { architectureOf } from "../network/osImages";
import { overlaps, parseCidr, subnetCount } from "../plan/cidr";
import { placeNodes } from "../plan/network";
import { podRouteQuotaProblem } from "../plan/quota";
import { bastionConnection, loginKey } from "./awsAccess";
import { podCidrsOf } from "./hostProblems";
import { repeated, type Problem } from "./problems";
import type { ConfigValues } from "./schema";

/**
 * What target aws is to make, from values that have passed the schema.
 *
 * @param directory where relative paths start
 * @param problems everything that is wrong is added here
 */
export function awsSettings(values: ConfigValues, directory: string, problems: Problem[]): AwsLabArgs {
  problems.push(...networkProblems(values), ...existingProblems(values), ...machineProblems(values));
  const { vpcId, subnetIds, routeTableIds, adminCidrs, amiId } = values;
  const { zones: askedZones, vpcCidr, instanceType, os, architecture, rootVolumeGiB, dataVolumeGiB } = values;
  const login = loginKey(values, directory, problems);
  const zones = subnetIds.length > 0 ? subnetIds.length : askedZones;
  podCidrsOf(placeNodes(values, zones), values, problems);
  return {
    controllers: values.controllers,
    workers: values.workers,
    zones,
    vpcCidr,
    instanceType,
    os,
    architecture,
    rootVolumeGiB,
    dataVolumeGiB,
    sshPort: values.sshPort,
    publicAddresses: values.publicAddresses,
    routesPerTable: values.routesPerTable,
    ...(values.controllerInstanceType === "" ? {} : { controllerInstanceType: values.controllerInstanceType }),
    ...(amiId === "" ? {} : { amiId }),
    ...(adminCidrs.length === 0 ? {} : { adminCidrs }),
    bastion: bastionConnection(values, directory, login, problems),
    loginKey: login,
    ...(vpcId === ""
      ? {}
      : { existing: { vpcId, subnetIds, ...(routeTableIds.length === 0 ? {} : { routeTableIds }) } }),
  };
}

/** About a network that the program makes, and about routes, which every network has. */
function networkProblems({ vpcId, vpcCidr, zones, clusterCidr, workers, routesPerTable }: ConfigValues): Problem[] {
  const problems: Problem[] = [];
  const quota = podRouteQuotaProblem(workers, routesPerTable);
  if (quota !== undefined) problems.push({ key: "hardway:routesPerTable", rule: `is too low: ${quota}` });
  if (vpcId !== "") return problems;
  const vpc = parseCidr(vpcCidr);
  const key = "hardway:vpcCidr";
  if (vpc.prefix < 16 || vpc.prefix > 24) {
    problems.push({
      key,
      rule: "must have a prefix length from 16 (the VPC's largest) to 24 (a subnet)",
      got: vpcCidr,
    });
  } else if (subnetCount(vpc, 24) < zones) {
    problems.push({ key, rule: `must have room for ${zones} subnets of length /24`, got: vpcCidr });
  }
  if (overlaps(vpc, parseCidr(clusterCidr))) {
    problems.push({ key, rule: `must not overlap the cluster CIDR ${clusterCidr}, which is for pods`, got: vpcCidr });
  }
  return problems;
}

/** About a network that is there already. */
function existingProblems({ vpcId, vpcCidr, subnetIds, routeTableIds, zones }: ConfigValues): Problem[] {
  const problems: Problem[] = [];
  if (vpcId === "") {
    for (const [key, ids] of Object.entries({ subnetIds, routeTableIds })) {
      if (ids.length > 0)
        problems.push({ key: `hardway:${key}`, rule: "needs hardway:vpcId, the VPC that they are in" });
    }
    return problems;
  }
  if (subnetIds.length === 0) {
    problems.push({ key: "hardway:subnetIds", rule: "must name the subnets of hardway:vpcId that the nodes go to" });
  }
  problems.push(...repeated("hardway:subnetIds", subnetIds), ...repeated("hardway:routeTableIds", routeTableIds));
  if (subnetIds.length > 1 && routeTableIds.length === 0) {
    problems.push({ key: "hardway:routeTableIds", rule: "must name the route tables of the subnets, each once" });
  }
  if (zones !== networkDefaults.zones && zones !== subnetIds.length) {
    problems.push({ key: "hardway:zones", rule: "must not be set: hardway:subnetIds decide", got: zones });
  }
  if (vpcCidr !== networkDefaults.vpcCidr) {
    problems.push({
      key: "hardway:vpcCidr",
      rule: "must not be set: the VPC of hardway:vpcId has its own",
      got: vpcCidr,
    });
  }
  return problems;
}

function machineProblems(values: ConfigValues): Problem[] {
  const problems = repeated("hardway:adminCidrs", values.adminCidrs);
  const actual = architectureOf(values.instanceType);
  if (actual !== undefined && actual !== values.architecture) {
    problems.push({
      key: "hardway:architecture",
      rule: `must be ${actual} for instance type ${values.instanceType}`,
      got: values.architecture,
    });
  }
  if (values.adminCidrs.length === 0 && (!values.publicAddresses || values.bastion.host !== "")) {
    problems.push({
      key: "hardway:adminCidrs",
      rule: "must name the networks that SSH comes from inside the VPC, as the nodes are not reached at public addresses",
    });
  }
  return problems;
}
