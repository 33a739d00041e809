import { z } from "zod";
import { labDefaults } from "../labArgs";
import { networkDefaults } from "../network/networkDefaults";
import { Architecture, OperatingSystem } from "../network/osImages";
import { Masquerade, mtuProblem } from "../node/cniFiles";
import { cidrProblem, isAddress, parseCidr } from "../plan/cidr";
import { controllersProblem } from "../plan/cluster";
import { longestPodCidr } from "../plan/podCidrs";
import { stepNames } from "../plan/steps";
import { clusterShape } from "./clusterSchema";
import { cidr, hostNameSchema, network, unless } from "./fields";
import { bastionSchema, loginKeySchema, sshSchema } from "./loginSchema";
import { reservedProblem } from "./reserved";
import { unwrapped } from "./zodProblems";
import { credentialsSchema, imageReference, nodeSchema, runtimeShape } from "./runtimeSchema";

/**
 * host-local keeps the first and the last address of a network, and the bridge has one (containernetworking/plugins,
 * range.go).
 */
const podNetwork = network.refine(
  (text) => cidrProblem(text) !== undefined || parseCidr(text).prefix <= 30,
  "must be a /30 or larger, so that there is an address for a pod beside the bridge's",
);

const address = z
  .string()
  .refine(isAddress, 'must be an IPv4 address such as "10.240.0.80"')
  .superRefine(unless((text) => (isAddress(text) ? reservedProblem(parseCidr(`${text}/32`)) : undefined)));

/** A file that systemd-modules-load or sysctl reads lies directly in its folder and ends in `.conf`. */
const confFile = (folder: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${folder}/[A-Za-z0-9._-]+\\.conf$`),
      `must be a .conf file in ${folder}, which is what is read at boot`,
    );

const moduleName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, "must be the name of a kernel module");
const sysctlName = z
  .string()
  .regex(/^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)+$/, "must be the name of a sysctl such as net.ipv4.ip_forward");
/** YAML has a number where somebody wrote one without quotes. */
const sysctlValue = z.preprocess(
  (value) => (Number.isSafeInteger(value) ? String(value) : value),
  z.string().regex(/^[^\n]+$/, "must be one line"),
);

/** An id of EC2, e.g. `vpc-0123456789abcdef0`. */
const ec2Id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `must be an id such as ${prefix}-0123456789abcdef0`);

/** Such an id, or an empty text for none. */
const optionalEc2Id = (prefix: string) =>
  z.string().regex(new RegExp(`^$|^${prefix}-[0-9a-f]{8,17}$`), `must be an id such as ${prefix}-0123456789abcdef0`);

export const hostSchema = z.strictObject({
  name: hostNameSchema,
  role: z.enum(["controller", "worker"]),
  address,
  podCidr: podNetwork.optional(),
  ssh: sshSchema,
});

export const inventorySchema = z.strictObject({ hosts: z.array(hostSchema).min(1, "must name at least one host") });

/** Keys that only target hosts reads. */
const hostsShape = {
  hosts: z.array(hostSchema).default([]),
  inventory: z.string().default(""),
};

/** Keys that only target aws reads. */
const awsShape = {
  controllers: z.int().superRefine(unless(controllersProblem)).default(networkDefaults.controllers),
  workers: z.int().min(1).max(50).default(networkDefaults.workers),
  zones: z.int().min(1).max(3).default(networkDefaults.zones),
  vpcCidr: network.default(networkDefaults.vpcCidr),
  instanceType: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, "must be an EC2 instance type such as t3.small")
    .default(networkDefaults.instanceType),
  controllerInstanceType: z
    .string()
    .regex(/^$|^[a-z0-9-]+\.[a-z0-9-]+$/, "must be an EC2 instance type such as t3.small")
    .default(""),
  os: z.enum(OperatingSystem).default(networkDefaults.os),
  architecture: z.enum(Architecture).default(networkDefaults.architecture),
  amiId: optionalEc2Id("ami").default(""),
  rootVolumeGiB: z.int().min(8, "must be at least 8 (GiB)").max(16384).default(networkDefaults.rootVolumeGiB),
  dataVolumeGiB: z.int().min(0).max(16384).default(networkDefaults.dataVolumeGiB),
  adminCidrs: z.array(cidr).default([]),
  sshPort: z.int().min(1).max(65535).default(networkDefaults.sshPort),
  publicAddresses: z.boolean().default(networkDefaults.publicAddresses),
  bastion: bastionSchema.prefault({}),
  sshPublicKey: loginKeySchema.default(""),
  sshPrivateKeyFile: z.string().default(""),
  routesPerTable: z.int().min(3).max(1000).default(networkDefaults.routesPerTable),
  vpcId: optionalEc2Id("vpc").default(""),
  subnetIds: z.array(ec2Id("subnet")).max(3).default([]),
  routeTableIds: z.array(ec2Id("rtb")).default([]),
};

/** A host, or one of its steps. */
const stepOfHost = z
  .string()
  .regex(
    new RegExp(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(/(${stepNames.join("|")}))?$`),
    `must be the name of a host, or HOST/STEP with a step of ${stepNames.join(", ")}`,
  );

export type HostsOnlyKey = keyof typeof hostsShape;
export type AwsOnlyKey = keyof typeof awsShape;
export const hostsOnlyKeys = Object.keys(hostsShape) as HostsOnlyKey[];
export const awsOnlyKeys = Object.keys(awsShape) as AwsOnlyKey[];

/** The config keys of the `hardway` namespace; the same as in Pulumi.yaml, which a test holds it to. */
export const configSchema = z.strictObject({
  target: z.enum(["aws", "hosts"]).default("aws"),
  ...hostsShape,
  ...awsShape,
  clusterCidr: network.default(labDefaults.clusterCidr),
  podCidrPrefix: z
    .int()
    .min(8)
    .max(longestPodCidr, `must be at most ${longestPodCidr}, so that a node has room for pods`)
    .default(labDefaults.podCidrPrefix),
  modulesFile: confFile("/etc/modules-load.d").default(labDefaults.modulesFile),
  sysctlFile: confFile("/etc/sysctl.d").default(labDefaults.sysctlFile),
  extraModules: z.array(moduleName).default([]),
  extraSysctls: z.record(sysctlName, sysctlValue).prefault({}),
  ...runtimeShape,
  registryCredentials: credentialsSchema.default({}),
  nodes: z.record(hostNameSchema, nodeSchema).default({}),
  ...clusterShape,
  masquerade: z.enum(Masquerade).default(labDefaults.masquerade),
  podMtu: z.int().superRefine(unless(mtuProblem)).default(labDefaults.podMtu),
  runAgain: z.record(stepOfHost, z.int().min(0)).default({}),
  probeImage: imageReference.default(labDefaults.probeImage),
  sshTimeoutSeconds: z.int().min(5).max(3600).default(labDefaults.sshTimeoutSeconds),
});

export type ConfigValues = z.infer<typeof configSchema>;
export type HostValues = z.infer<typeof hostSchema>;

/** Whether the values of a config key are plain text rather than JSON. */
export function isTextKey(key: string): boolean {
  const type = unwrapped(configSchema.shape[key as keyof typeof configSchema.shape]);
  return type instanceof z.ZodString || type instanceof z.ZodEnum;
}
