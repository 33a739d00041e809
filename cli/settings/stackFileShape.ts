import { readYamlFile } from "../../components/config/yaml";
import { ExitCode, messageOf, UserError } from "../errors";
import { isMap } from "../yaml";

/** What a stack file may contain besides `config`; see ProjectStack in pulumi/pulumi, sdk/go/common/workspace/project.go. */
const otherKeys = ["encryptionsalt", "encryptedkey", "secretsprovider", "environment"];

/**
 * A stack file of the checkout. An empty one is refused: without a target, the lab would be made on AWS and cost money.
 *
 * @throws UserError (exit 78) that names the file and the key
 */
export function readStackYaml(file: string): Record<string, unknown> {
  const content = parseFile(file);
  if (content === null || content === undefined)
    refuse(file, 'is empty; a stack file has a map "config", e.g. a copy of Pulumi.dev.yaml');
  if (!isMap(content)) refuse(file, `holds ${kindOf(content)}; a stack file is a map with "config" in it`);
  for (const key of Object.keys(content))
    if (key !== "config" && !otherKeys.includes(key))
      refuse(file, `has a key "${key}", which a stack file does not have; settings stand under "config"`);
  if ("config" in content) checkConfig(file, content["config"]);
  return content;
}

function checkConfig(file: string, config: unknown): void {
  if (!isMap(config)) refuse(file, `has ${kindOf(config)} as "config"; it is a map of keys such as hardway:workers`);
  for (const key of Object.keys(config))
    if (!/^[^:]+:[^:]/.test(key)) refuse(file, `has a key "${key}" in "config"; say whose it is, e.g. hardway:${key}`);
  readEc2Endpoint(file, config["aws:endpoints"]);
}

/**
 * The URL of the EC2 API that `aws:endpoints` names, which decides whether a lab is built on this computer; undefined for AWS's own.
 *
 * @param value a list of maps from a service to its URL, or its JSON, as `pulumi config set` writes it
 * @throws UserError (exit 78) for anything else
 */
export function readEc2Endpoint(file: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const list = typeof value === "string" ? fromJson(value) : value;
  const form = 'must be a list like [{ ec2: "http://127.77.0.1:4566" }], in the clear';
  if (!Array.isArray(list)) refuse(file, `has aws:endpoints in a form that cannot be read: it ${form}`);
  for (const entry of list as unknown[]) {
    if (!isMap(entry)) refuse(file, `has ${kindOf(entry)} in aws:endpoints, which ${form}`);
    for (const [service, url] of Object.entries(entry))
      if (typeof url !== "string" || !isWebUrl(url))
        refuse(file, `has no URL as ${service} in aws:endpoints (${JSON.stringify(url)}), which ${form}`);
  }
  return (list as Record<string, string>[]).map(({ ec2 }) => ec2).find(Boolean);
}

function parseFile(file: string): unknown {
  try {
    return readYamlFile(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, ExitCode.config);
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value === "string" ? "text" : typeof value}`;
}

function refuse(file: string, text: string): never {
  throw new UserError(`${file} ${text}.`, ExitCode.config);
}
