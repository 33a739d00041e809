import { join } from "node:path";
import { parseConfig } from "../../components/config/parse";
import type { DefaultMirror } from "../../components/config/mirror";
import type { LabConfig } from "../../components/config/labConfig";
import type { LabPaths } from "../paths";
import { readYaml, section } from "../yaml";
import { isLoopback } from "./endpoint";
import { readStackFile } from "./stackFile";

const namespace = "hardway:";

/** What a lab is built on: the EC2 on this computer, AWS itself, or hosts that are there already. */
export type LabKind = "embedded" | "aws" | "hosts";

/** How the AWS plugin is set up, as far as the stack file says it. */
export interface AwsSettings {
  readonly region?: string;
  readonly profile?: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  /** URL of the EC2 API where it is not AWS's own. */
  readonly endpoint?: string;
}

/** The lab's configuration as it stands in Pulumi.yaml, the stack file and the lab's workspace. */
export interface LabSettings {
  readonly kind: LabKind;
  /** Values of the `hardway` namespace, defaults included, by name without the namespace. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly aws: AwsSettings;
  /** Whether a value is encrypted, so that only the engine can read it. */
  readonly hasSecrets: boolean;
  /** The stack file of the checkout; `undefined` when there is none. */
  readonly stackFile?: string;
}

/** @throws UserError (exit 78) when a file is not what Pulumi would take. */
export function readSettings(root: string, paths: Pick<LabPaths, "name" | "workspace">): LabSettings {
  const project = readYaml(join(root, "Pulumi.yaml"));
  const { content, source: stackFile } = readStackFile(root, paths);
  const own = section(content["config"]);
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
  const aws = awsSettings(own);
  return { kind: kindOf(values["target"], aws), values, aws, hasSecrets, stackFile };
}

function kindOf(target: unknown, { endpoint }: AwsSettings): LabKind {
  if (target === "hosts") return "hosts";
  return endpoint !== undefined && isLoopback(endpoint) ? "embedded" : "aws";
}

function awsSettings(own: Readonly<Record<string, unknown>>): AwsSettings {
  const text = (key: string): Record<string, string> => {
    const value = own[`aws:${key}`];
    return typeof value === "string" ? { [key]: value } : {};
  };
  const endpoints = own["aws:endpoints"];
  const list: unknown = typeof endpoints === "string" ? fromText(endpoints) : endpoints;
  const endpoint = Array.isArray(list) ? list.map((entry) => section(entry)["ec2"]).find(Boolean) : undefined;
  return {
    ...text("region"),
    ...text("profile"),
    ...text("accessKey"),
    ...text("secretKey"),
    ...(typeof endpoint === "string" && { endpoint }),
  };
}

/**
 * The configuration checked as the program checks it.
 *
 * @throws ConfigError with every problem.
 */
export function checkedConfig(settings: LabSettings, root: string, defaultMirror?: DefaultMirror): LabConfig {
  const values = Object.fromEntries(Object.entries(settings.values).filter(([key, value]) => !isUnset(key, value)));
  return parseConfig(values, {
    directory: root,
    defaultInventory: process.env["HARDWAY_INVENTORY"],
    defaultMirror,
  });
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
