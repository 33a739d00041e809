import { z } from "zod";

/** What the API knows. It is kept in one JSON file; see Store. Times are ISO 8601. */

/** Written into the file. A change of what follows that an older file does not fit needs another number. */
export const stateVersion = 1;

const tag = z.strictObject({ key: z.string(), value: z.string() });

const settings = z.strictObject({
  /** Non-local routes that a route table may have (AWS: 500). */
  routesPerTable: z.int().min(0),
  /** Instance types or availability zones for which there is no capacity. */
  insufficientCapacity: z.array(z.string()),
  /** TCP ports of this computer that machines may reach, besides what the embedded EC2 itself serves to them. */
  guestPorts: z.array(z.int().min(1).max(65535)).optional(),
});

const vpc = z.strictObject({
  id: z.string(),
  cidr: z.string(),
  cidrAssociationId: z.string(),
  networkAclId: z.string(),
  tenancy: z.string(),
  enableDnsSupport: z.boolean(),
  enableDnsHostnames: z.boolean(),
  enableNetworkAddressUsageMetrics: z.boolean(),
});

const subnet = z.strictObject({
  id: z.string(),
  vpcId: z.string(),
  cidr: z.string(),
  zone: z.string(),
  mapPublicIpOnLaunch: z.boolean(),
  networkAclAssociationId: z.string(),
  /** Attributes that nothing here acts on, kept as they were set. */
  hostnameType: z.string(),
  resourceNameDnsARecord: z.boolean(),
});

const internetGateway = z.strictObject({ id: z.string(), vpcId: z.string().optional() });

const route = z.strictObject({
  destination: z.string(),
  /** `igw-...` or `eni-...`; it may be gone since. */
  target: z.string(),
});

const association = z.strictObject({ id: z.string(), subnetId: z.string().optional(), main: z.boolean() });

const routeTable = z.strictObject({
  id: z.string(),
  vpcId: z.string(),
  /** Without the local route. */
  routes: z.array(route),
  associations: z.array(association),
});

const securityGroupRule = z.strictObject({
  id: z.string(),
  egress: z.boolean(),
  /** `-1`, `tcp`, `udp`, `icmp`, `icmpv6` or a protocol number. */
  protocol: z.string(),
  /** -1 for all. */
  fromPort: z.int(),
  toPort: z.int(),
  peer: z.union([
    z.strictObject({ cidr: z.string() }),
    z.strictObject({ cidrIpv6: z.string() }),
    z.strictObject({ groupId: z.string() }),
  ]),
  description: z.string().optional(),
});

const securityGroup = z.strictObject({
  id: z.string(),
  vpcId: z.string(),
  name: z.string(),
  description: z.string(),
  rules: z.array(securityGroupRule),
});

const keyPair = z.strictObject({
  id: z.string(),
  name: z.string(),
  type: z.enum(["rsa", "ed25519"]),
  fingerprint: z.string(),
  /** One line, as in authorized_keys. */
  publicKey: z.string(),
  createTime: z.string(),
});

const networkInterface = z.strictObject({
  id: z.string(),
  subnetId: z.string(),
  description: z.string(),
  mac: z.string(),
  /** The primary one first. */
  addresses: z.array(z.string()),
  groupIds: z.array(z.string()),
  sourceDestCheck: z.boolean(),
  createTime: z.string(),
  attachment: z
    .strictObject({
      id: z.string(),
      instanceId: z.string(),
      attachTime: z.string(),
      deleteOnTermination: z.boolean(),
    })
    .optional(),
  /** Whether its instance gets a public address at each start. */
  autoPublicAddress: z.boolean(),
  /** The one that it got. An allocated address goes before it. */
  publicAddress: z.string().optional(),
});

const instanceState = z.enum(["pending", "running", "shutting-down", "terminated", "stopping", "stopped"]);

const instance = z.strictObject({
  id: z.string(),
  reservationId: z.string(),
  launchIndex: z.int(),
  clientToken: z.string().optional(),
  imageId: z.string(),
  architecture: z.string(),
  imageDiskGiB: z.int(),
  type: z.string(),
  keyName: z.string().optional(),
  authorizedKey: z.string().optional(),
  vpcId: z.string(),
  subnetId: z.string(),
  zone: z.string(),
  /** Of the primary network interface; it outlives a termination only in this. */
  networkInterfaceId: z.string(),
  /** Of earlier states only: an instance's volumes name it, and the root's device tells which it is. */
  volumeId: z.string().optional(),
  privateAddress: z.string(),
  state: instanceState,
  stateReason: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  stateTransitionReason: z.string(),
  /** Whether it ever ran: a launch that fails ends an instance, a later start that fails only stops it. */
  hasRun: z.boolean(),
  launchTime: z.string(),
  terminatedTime: z.string().optional(),
  /** Base64, as it was sent. */
  userData: z.string().optional(),
  shutdownBehavior: z.enum(["stop", "terminate"]),
  disableApiTermination: z.boolean(),
  disableApiStop: z.boolean(),
  ebsOptimized: z.boolean(),
  monitoring: z.boolean(),
  cpuCredits: z.string(),
  metadata: z.strictObject({
    httpEndpoint: z.string(),
    httpTokens: z.string(),
    httpPutResponseHopLimit: z.int(),
    httpProtocolIpv6: z.string(),
    instanceMetadataTags: z.string(),
  }),
});

const volume = z.strictObject({
  id: z.string(),
  instanceId: z.string(),
  /** Name in the block device mapping; earlier states knew root volumes only. */
  device: z.string().default("/dev/xvda"),
  zone: z.string(),
  sizeGiB: z.int(),
  type: z.string(),
  encrypted: z.boolean(),
  iops: z.int().optional(),
  throughput: z.int().optional(),
  deleteOnTermination: z.boolean(),
  createTime: z.string(),
});

const address = z.strictObject({
  id: z.string(),
  publicAddress: z.string(),
  association: z.strictObject({ id: z.string(), networkInterfaceId: z.string() }).optional(),
});

/** What was asked for with a client token: the same again is answered with the same resources. Launches had them first. */
const launchToken = z.strictObject({
  token: z.string(),
  /** Digest of the request. */
  request: z.string(),
  /** Of whatever kind the resources are. */
  instanceIds: z.array(z.string()),
});

const byId = <T extends z.ZodType>(resource: T) => z.record(z.string(), resource);

const collections = {
  vpcs: byId(vpc),
  subnets: byId(subnet),
  internetGateways: byId(internetGateway),
  routeTables: byId(routeTable),
  securityGroups: byId(securityGroup),
  keyPairs: byId(keyPair),
  networkInterfaces: byId(networkInterface),
  instances: byId(instance),
  volumes: byId(volume),
  addresses: byId(address),
};

export const stateSchema = z.strictObject({
  version: z.literal(stateVersion),
  settings,
  ...collections,
  launchTokens: z.array(launchToken),
  /** By resource id. */
  tags: z.record(z.string(), z.array(tag)),
});

export type State = z.infer<typeof stateSchema>;
export type Ec2Settings = z.infer<typeof settings>;
export type Tag = z.infer<typeof tag>;
export type Vpc = z.infer<typeof vpc>;
export type Subnet = z.infer<typeof subnet>;
export type InternetGateway = z.infer<typeof internetGateway>;
export type Route = z.infer<typeof route>;
export type RouteTable = z.infer<typeof routeTable>;
export type SecurityGroup = z.infer<typeof securityGroup>;
export type SecurityGroupRule = z.infer<typeof securityGroupRule>;
export type KeyPair = z.infer<typeof keyPair>;
export type NetworkInterface = z.infer<typeof networkInterface>;
export type Instance = z.infer<typeof instance>;
export type InstanceState = z.infer<typeof instanceState>;
export type Volume = z.infer<typeof volume>;
export type Address = z.infer<typeof address>;

export const settingsSchema = settings;

/**
 * Checks what is new in `after`, record by record: what both states share was checked when it came in.
 * @throws Error that names the record when the schema refuses it; so what is written can always be read again.
 */
export function checkChanges(before: State, after: State): void {
  for (const [name, schema] of Object.entries(stateSchema.shape)) {
    const [old, now] = [before, after].map((state) => state[name as keyof State] as unknown);
    if (old === now) continue;
    if (!(schema instanceof z.ZodRecord)) {
      check(name, schema, now);
      continue;
    }
    const records = old as Record<string, unknown>;
    for (const [id, record] of Object.entries(now as Record<string, unknown>)) {
      if (records[id] !== record) check(`${name}[${JSON.stringify(id)}]`, schema.valueType, record);
    }
  }
}

function check(what: string, schema: z.core.$ZodType, value: unknown): void {
  const result = z.safeParse(schema, value);
  if (result.success) return;
  throw new Error(
    `The change is not written, since it could not be read again: ${what}: ${z.prettifyError(result.error)}`,
  );
}

export function emptyState(): State {
  return {
    version: stateVersion,
    settings: { routesPerTable: 500, insufficientCapacity: [] },
    ...(Object.fromEntries(Object.keys(collections).map((name) => [name, {}])) as Pick<
      State,
      keyof typeof collections
    >),
    launchTokens: [],
    tags: {},
  };
}
