import { guestCidr } from "../../cloud/guestNetwork";
import { join } from "node:path";
import { ownName, stackValues } from "../../components/config/stackValues";
import { parseConfig, type LabConfig } from "../../components/config/parse";
import type { DefaultMirror } from "../../components/config/defaultMirror";
import { ConfigError } from "../../components/config/problems";
import { ExitCode, UserError } from "../errors";
import type { LabPaths } from "../paths";
import { readYaml, section } from "../yaml";
import { isLoopback } from "./loopback";
import { labStackFile, readStackFile } from "./stackFile";
import { readEc2Endpoint } from "./stackFileShape";

/** What a lab is built on: the EC2 on this computer, AWS itself, or hosts that are there already. */
export type LabKind = "embedded" | "aws" | "hosts";

/** Pulumi's official plugins, or the ones that come with hardway. */
export type PluginChoice = "official" | "bundled";

/** How the AWS plugin is set up, as far as the stack file says it. */
export interface AwsPluginSettings {
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
  /** Keys that look like misspelled keys of `hardway`. */
  readonly strayKeys: readonly string[];
  readonly aws: AwsPluginSettings;
  /** Whether a value is encrypted, so that only the engine can read it. */
  readonly hasSecrets: boolean;
  /** The stack file of the checkout; `undefined` when there is none. */
  readonly stackFile?: string;
}

/** @throws UserError (exit 78) when a file is not what Pulumi would take. */
export function readSettings(root: string, paths: Pick<LabPaths, "name" | "workspace">): LabSettings {
  const project = readYaml(join(root, "Pulumi.yaml"));
  const { content, source: stackFile, differing } = readStackFile(root, paths);
  const own = section(content["config"]);
  const defaults = Object.entries(section(project["config"])).map(
    ([key, declared]) => [key, section(declared)["value"] ?? section(declared)["default"]] as const,
  );
  const set = stackValues(own);
  const values = { ...stackValues(Object.fromEntries(defaults)).values, ...set.values };
  const hasSecrets = Object.entries(own).some(([key, value]) => ownName(key) !== undefined && isSecret(value));
  if (isSecret(values["target"])) {
    const file = differing.includes("hardway:target") ? labStackFile(paths) : (stackFile ?? labStackFile(paths));
    throw new UserError(`${file} has hardway:target encrypted; set it in the clear.`, ExitCode.config);
  }
  // The checkout's endpoints have already been checked; these may have been set in the workspace.
  const endpoint = readEc2Endpoint(labStackFile(paths), own["aws:endpoints"]);
  const aws = { ...awsSettings(own), ...(endpoint !== undefined && { endpoint }) };
  return { kind: kindOf(values["target"], aws), values, strayKeys: set.strayKeys, aws, hasSecrets, stackFile };
}

function kindOf(target: unknown, { endpoint }: AwsPluginSettings): LabKind {
  if (target === "hosts") return "hosts";
  return endpoint !== undefined && isLoopback(endpoint) ? "embedded" : "aws";
}

function awsSettings(own: Readonly<Record<string, unknown>>): AwsPluginSettings {
  const texts = ["region", "profile", "accessKey", "secretKey"].map((key) => [key, own[`aws:${key}`]] as const);
  return Object.fromEntries(texts.filter(([, value]) => typeof value === "string"));
}

/**
 * The configuration, checked as the program checks it. Only the engine can read encrypted values; whatever depends on them is
 * left to the program.
 *
 * @returns undefined where encrypted values leave the result open
 * @throws ConfigError with every problem.
 */
export function checkedConfig(
  settings: LabSettings,
  root: string,
  defaultMirror?: DefaultMirror,
  plugins?: PluginChoice,
): LabConfig | undefined {
  const { values, hidden } = withoutSecrets(settings.values);
  const defaultInventory = process.env["HARDWAY_INVENTORY"];
  try {
    return parseConfig(values, {
      ...{ directory: root, defaultInventory, defaultMirror, strayKeys: settings.strayKeys },
      officialPlugin: plugins === "official",
      ...(settings.kind === "embedded" ? { managementCidr: guestCidr } : {}),
      isSecret: (key) => isSecret(settings.values[key]),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.filter(({ key }) => !hidden.some((path) => isWithin(key, path)));
    if (problems.length > 0) throw new ConfigError(problems);
    return undefined;
  }
}

/** Replaces encrypted values by a text and lists their keys in `hidden`, as problems name them. Logins, on which nothing depends, are left out. */
function withoutSecrets(values: Readonly<Record<string, unknown>>) {
  const hidden: string[] = [];
  const mask = (value: unknown, path: string): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if ("secure" in value) {
      hidden.push(path);
      // A key that needs a passphrase cannot be read without it.
      if (path.endsWith(".privateKeyPassword"))
        hidden.push(...["privateKey", "privateKeyFile"].map((name) => path.replace(/[^.]*$/, name)));
      return "(encrypted)";
    }
    if (Array.isArray(value)) return value.map((entry, index) => mask(entry, `${path}[${index}]`));
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mask(entry, `${path}.${key}`)]));
  };
  const masked = Object.entries(values).map(([key, value]) => [key, mask(value, `hardway:${key}`)] as const);
  const isHiddenLogin = ([key, value]: readonly [string, unknown]) =>
    key === "registryCredentials" && typeof value === "string";
  return { values: Object.fromEntries(masked.filter((entry) => !isHiddenLogin(entry))), hidden };
}

/** Whether a problem is about what is at `path`, or in it. */
function isWithin(key: string, path: string): boolean {
  return key.startsWith(path) && /^([.[]|$)/.test(key.slice(path.length));
}

function isSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || Object.values(value).some(isSecret);
}
