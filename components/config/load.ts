import * as pulumi from "@pulumi/pulumi";
import { shownError } from "../shownError";
import type { LabConfig } from "./labConfig";
import type { DefaultMirror } from "./mirror";
import { parseConfig } from "./parse";
import { ConfigError } from "./problems";
import { isTextKey } from "./schema";

const namespace = "hardway:";

/**
 * The stack's configuration, checked. Relative paths start at the program's directory.
 *
 * @throws pulumi.RunError with every problem at once; the engine shows it without a stack trace.
 */
export function loadConfig(): LabConfig {
  try {
    return parseConfig(configValues(), {
      directory: process.cwd(),
      defaultInventory: process.env["HARDWAY_INVENTORY"],
      defaultMirror: mirrorOf(process.env),
      isSecret: secretKeys(process.env),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw shownError(error.message);
  }
}

/** What the command line says about the mirror that it serves. */
export function mirrorOf(env: NodeJS.ProcessEnv): DefaultMirror | undefined {
  const { HARDWAY_MIRROR: url, HARDWAY_MIRROR_SUMS: sumsFile } = env;
  return url && sumsFile ? { url, sumsFile } : undefined;
}

/** What the engine says about which keys are encrypted; the SDK has no public way to ask it. */
export function secretKeys(env: NodeJS.ProcessEnv): (key: string) => boolean {
  const keys = JSON.parse(env["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as string[];
  return (key) => keys.includes(namespace + key);
}

/** The values of our namespace. Secrets are decrypted here; the command resources take connections as secrets. */
function configValues(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(namespace))
      .map(([key, text]) => [key.slice(namespace.length), parseValue(key.slice(namespace.length), text)]),
  );
}

/** The engine hands every value over as text: strings as they stand, everything else as JSON. */
function parseValue(key: string, text: string): unknown {
  if (isTextKey(key)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // the schema then names the type that it wants
  }
}
