import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseConfig } from "../../components/config/parse";
import type { LabConfig } from "../../components/config/labConfig";
import { ExitCode, messageOf, UserError } from "../errors";
import { plannedHosts } from "./plannedMachines";

/** The stack file that labs without one of their own start from. */
const defaultStack = "dev";
const namespace = "hardway:";

/** The lab's configuration as it stands in Pulumi.yaml and the stack file. */
export interface LabSettings {
  /** Values of the `hardway` namespace, defaults included, by name without the namespace. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Whether the hosts are the user's own; then no machines are made. */
  readonly bringYourOwn: boolean;
  /** Whether a value is encrypted, so that only the engine can read it. */
  readonly hasSecrets: boolean;
  /** The stack file that was read; `undefined` when there is none. */
  readonly stackFile?: string;
}

/** @throws UserError (exit 78) when a file is not what Pulumi would take. */
export function readSettings(root: string, stack: string): LabSettings {
  const project = readYaml(join(root, "Pulumi.yaml"));
  const stackFile = stackFileOf(root, stack);
  const own = stackFile === undefined ? {} : section(readYaml(stackFile)["config"]);
  const values: Record<string, unknown> = {};
  let hasSecrets = false;
  for (const [key, declared] of Object.entries(section(project["config"]))) {
    const name = ownName(key, true);
    const value = section(declared)["value"] ?? section(declared)["default"];
    if (name !== undefined && value !== undefined) values[name] = value;
  }
  for (const [key, value] of Object.entries(own)) {
    const name = ownName(key, false);
    if (name === undefined) continue;
    hasSecrets ||= isSecret(value);
    values[name] = typeof value === "string" ? fromText(value) : value;
  }
  return { values, bringYourOwn: isFilled(values["hosts"]) || isFilled(values["inventory"]), hasSecrets, stackFile };
}

/** The stack's file in the checkout, else that of the `dev` stack. */
export function stackFileOf(root: string, stack: string): string | undefined {
  return [stack, defaultStack].map((name) => join(root, `Pulumi.${name}.yaml`)).find((file) => existsSync(file));
}

/** The configuration checked as the program checks it, with the hosts of `inventory` unless the user names his own. */
export function checkedConfig(settings: LabSettings, root: string, inventory?: string): LabConfig {
  const values = Object.fromEntries(Object.entries(settings.values).filter(([key, value]) => !isUnset(key, value)));
  return parseConfig(values, { directory: root, defaultInventory: inventory });
}

/**
 * Checks everything that can be known before there are machines, so that a mistake costs no boot.
 *
 * @throws ConfigError with every problem.
 */
export function checkBeforeMachines(settings: LabSettings, root: string): LabConfig {
  const workers = Number(settings.values["workers"]);
  // Stands for the machines to come; when the count itself is wrong, the schema says so.
  const hosts = plannedHosts(Number.isInteger(workers) && workers >= 1 && workers <= 20 ? workers : 1).map((host) => ({
    ...host,
    ssh: { host: host.address, password: "-" },
  }));
  return checkedConfig({ ...settings, values: { ...settings.values, hosts } }, root);
}

/** An empty list of hosts and an empty inventory mean the same as none. */
function isUnset(key: string, value: unknown): boolean {
  return (key === "hosts" || key === "inventory") && !isFilled(value);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== "";
}

/** In Pulumi.yaml a key without a namespace belongs to the project; in a stack file it has to have one. */
function ownName(key: string, bare: boolean): string | undefined {
  if (key.startsWith(namespace)) return key.slice(namespace.length);
  return bare && !key.includes(":") ? key : undefined;
}

/** `pulumi config set hardway:workers 3` writes "3"; the program reads such text as JSON too. */
function fromText(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? text : value;
  } catch {
    return text;
  }
}

function isSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || Object.values(value).some(isSecret);
}

function section(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function readYaml(file: string): Record<string, unknown> {
  try {
    return section(parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, ExitCode.config);
  }
}
