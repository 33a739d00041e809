import { ConfigError } from "./problems";
import { inventorySchema, type HostValues } from "./schema";
import { readYamlFile } from "./yaml";
import { zodProblems } from "./zodProblems";

/**
 * The hosts that a file lists.
 *
 * @param path absolute
 * @throws ConfigError with everything that is wrong with its content; Error when it cannot be read
 */
export function readInventoryFile(path: string): readonly HostValues[] {
  const content = readYamlFile(path);
  const parsed = inventorySchema.safeParse(content);
  if (!parsed.success) throw new ConfigError(zodProblems(parsed.error, content, `${path}: `, inventorySchema));
  return parsed.data.hosts;
}
