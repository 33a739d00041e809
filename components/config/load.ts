import * as pulumi from "@pulumi/pulumi";
import { shownError } from "../shownError";
import { readHostKeys } from "./hostKeys";
import type { DefaultMirror } from "./defaultMirror";
import { parseConfig, type LabConfig } from "./parse";
import { ConfigError } from "./problems";
import { stackValues } from "./stackValues";

const namespace = "hardway:";

/**
 * The stack's configuration, checked. Relative paths start at the program's directory.
 *
 * @throws pulumi.RunError with every problem at once; the engine shows it without a stack trace.
 */
export function loadConfig(): LabConfig {
  try {
    // Secrets are decrypted here; the command resources take connections as secrets.
    const { values, strayKeys } = stackValues(pulumi.runtime.allConfig());
    const { HARDWAY_HOST_KEYS: hostKeys } = process.env;
    return parseConfig(values, {
      strayKeys,
      ...(hostKeys ? { hostKeys: readHostKeys(hostKeys) } : {}),
      directory: process.cwd(),
      defaultInventory: process.env["HARDWAY_INVENTORY"],
      defaultMirror: mirrorOf(process.env),
      officialPlugin: process.env["HARDWAY_PLUGINS"] === "official",
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
