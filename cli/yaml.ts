import { existsSync } from "node:fs";
import { readYamlFile } from "../components/config/yaml";
import { ExitCode, messageOf, UserError } from "./errors";

/** A map of a YAML file; anything else counts as an empty one. */
export function section(value: unknown): Record<string, unknown> {
  return isMap(value) ? value : {};
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws UserError (exit 78) that names the file. */
export function readYaml(file: string): Record<string, unknown> {
  try {
    return section(readYamlFile(file));
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, ExitCode.config);
  }
}

/** The same; empty where there is no such file. */
export function readYamlIfThere(file: string): Record<string, unknown> {
  return existsSync(file) ? readYaml(file) : {};
}
