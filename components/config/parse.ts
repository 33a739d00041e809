import { dirname } from "node:path";
import type { HardWayLabArgs, KnownHost } from "../labArgs";
import type { NodeRuntime } from "../completeLab";
import { placeNodes } from "../plan/network";
import { awsSettings } from "./awsSettings";
import { clusterSettings } from "./clusterSettings";
import { toConnection } from "./connection";
import type { HostKeys } from "./hostKeys";
import { hostProblems, podCidrsOf } from "./hostProblems";
import { readInventoryFile } from "./inventory";
import { MirrorSums, type DefaultMirror } from "./defaultMirror";
import { nodeRuntimes } from "./nodeRuntimes";
import { officialPluginProblems } from "./officialPlugin";
import { resolvePath } from "./privateKey";
import { ConfigError, type Problem } from "./problems";
import { configSchema, type ConfigValues, type HostValues } from "./schema";
import { sysctlProblems } from "./sysctlProblems";
import { targetProblems } from "./targetProblems";
import { zodProblems } from "./zodProblems";

/** A checked configuration, as `HardWayLab` takes it: each worker of `hosts` has a pod CIDR, and each worker a runtime. */
export interface LabConfig extends HardWayLabArgs {
  /** With target hosts; none with target aws. */
  readonly hosts: KnownHost[];
  /** By the worker's name. */
  readonly runtimes: Record<string, NodeRuntime>;
}

/** Where a configuration comes from besides its values. */
export interface ConfigContext {
  /** Relative paths in `hardway:hosts` and `hardway:inventory` start here. */
  readonly directory: string;
  /** Inventory file to use when neither `hosts` nor `inventory` is set; HARDWAY_INVENTORY. */
  readonly defaultInventory?: string;
  /** Mirror of release files to use when `runtimeMirror` is not set; HARDWAY_MIRROR and HARDWAY_MIRROR_SUMS. */
  readonly defaultMirror?: DefaultMirror;
  /** Keys of hosts that have none in their `ssh`; HARDWAY_HOST_KEYS. */
  readonly hostKeys?: HostKeys;
  /** Keys of other namespaces that look like slips of ours; see `stackValues`. */
  readonly strayKeys?: readonly string[];
  /** Whether the official command plugin is to log in, which cannot do all that the bundled one can. @default false */
  readonly officialPlugin?: boolean;
  /** Network that the machines of the embedded EC2 have besides the VPC's. @default none, or not known */
  readonly managementCidr?: string;
  /** Whether a key's value is encrypted in the stack's configuration. @default unknown, and not asked for */
  isSecret?(key: string): boolean;
}

/**
 * Checks the values of the `hardway` config namespace and everything they lead to: the inventory file, the private
 * keys, and the hosts against each other.
 *
 * @throws ConfigError with every problem that was found.
 */
export function parseConfig(values: Readonly<Record<string, unknown>>, context: ConfigContext): LabConfig {
  const parsed = configSchema.safeParse(values);
  const early = [...targetProblems(values), ...strayProblems(context.strayKeys ?? [])];
  if (!parsed.success) {
    throw new ConfigError([...zodProblems(parsed.error, values, "hardway:", configSchema), ...early]);
  }
  if (early.length > 0) throw new ConfigError(early);

  const problems = sysctlProblems(parsed.data.extraSysctls, parsed.data.cluster);
  if (Object.keys(parsed.data.registryCredentials).length > 0 && context.isSecret?.("registryCredentials") === false) {
    const rule =
      "must be secret, or the passwords stand in the stack's file as they are: remove it (pulumi config rm " +
      "registryCredentials), change the passwords where that file was shared, and set each with pulumi config set --secret --path " +
      `'registryCredentials["docker.io"].password'`;
    problems.push({ key: "hardway:registryCredentials", rule });
  }
  const { hosts, aws } =
    parsed.data.target === "aws"
      ? { hosts: [], aws: awsSettings(parsed.data, context.directory, problems) }
      : { hosts: listedHosts(parsed.data, context, problems), aws: undefined };
  const nodes = aws === undefined ? hosts : placeNodes(parsed.data, aws.zones ?? 1);
  const workers = nodes.filter(({ role }) => role === "worker").map(({ name }) => name);
  const { directory, defaultMirror } = context;
  const mirrors = { sums: new MirrorSums(directory, problems, defaultMirror), defaultMirror };
  const runtimes = nodeRuntimes(parsed.data, workers, problems, mirrors);
  if (context.officialPlugin) problems.push(...officialPluginProblems(hosts, aws));
  const place = { hosts: nodes, runtimes, managementCidr: context.managementCidr };
  const cluster = clusterSettings(parsed.data, place, problems, mirrors);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...{ ...common(parsed.data), hosts, runtimes },
    ...(aws === undefined ? {} : { aws }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

function strayProblems(keys: readonly string[]): Problem[] {
  return keys.map((key) => {
    const name = key.slice(key.indexOf(":") + 1);
    return { key, rule: `is no key of this program (did you mean "hardway:${name}"?)` };
  });
}

/** The values that both targets read. */
function common(values: ConfigValues) {
  const { clusterCidr, podCidrPrefix, modulesFile, sysctlFile, extraModules, extraSysctls } = values;
  const { registryCredentials, masquerade, podMtu, runAgain, probeImage, sshTimeoutSeconds } = values;
  return {
    ...{ clusterCidr, podCidrPrefix, modulesFile, sysctlFile, extraModules, extraSysctls },
    ...{ registryCredentials, masquerade, podMtu, runAgain, probeImage, sshTimeoutSeconds },
  };
}

/** The hosts of the config or the inventory, each worker with its pod CIDR. */
function listedHosts(values: ConfigValues, context: ConfigContext, problems: Problem[]): KnownHost[] {
  const { hosts: inline, inventory, clusterCidr } = values;
  const listed = inline.length === 0 ? readInventory(inventory, context) : fromConfig(inline, context);
  problems.push(...hostProblems(listed.hosts, clusterCidr, listed.key));
  const hosts = listed.hosts.map(({ ssh, ...host }, index) => {
    const { directory } = listed;
    const own = { key: `${listed.key}[${index}].ssh`, directory, problems, hostKeys: context.hostKeys };
    return { ...host, connection: toConnection(ssh, own) };
  });
  const podCidrs = podCidrsOf(hosts, values, problems);
  return hosts.map((host) => ({ ...host, podCidr: podCidrs.get(host.name) }));
}

interface ListedHosts {
  readonly hosts: readonly HostValues[];
  /** How problems name the list. */
  readonly key: string;
  /** Where relative paths start. */
  readonly directory: string;
}

function fromConfig(hosts: readonly HostValues[], context: ConfigContext): ListedHosts {
  return { hosts, key: "hardway:hosts", directory: context.directory };
}

function readInventory(configured: string, context: ConfigContext): ListedHosts {
  const named = configured || context.defaultInventory;
  if (!named) {
    throw new ConfigError([
      {
        key: "hardway:hosts",
        rule:
          "is not set, and neither is hardway:inventory: list your hosts in one of them " +
          '(examples/vagrant shows how), or let "./hardway up" make the machines',
      },
    ]);
  }
  const path = resolvePath(named, context.directory);
  const key = configured === "" ? "HARDWAY_INVENTORY" : "hardway:inventory";
  try {
    return { hosts: readInventoryFile(path), key: `${path}: hosts`, directory: dirname(path) };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([{ key, rule: `names a file that cannot be read: ${(error as Error).message}`, got: named }]);
  }
}
