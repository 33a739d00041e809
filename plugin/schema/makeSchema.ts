import { join } from "node:path";
import { analyzeComponents } from "./analyze";
import { finishSchema } from "./finishSchema";
import type { PackageSchema } from "./packageSchema";

/** Where the schema is kept, which the plugin answers with. */
export const schemaFile = join(__dirname, "..", "schema.json");

/** The package's schema, made from the components' types and docstrings. Takes some seconds. */
export function makeSchema(): PackageSchema {
  const { schema, defaults } = analyzeComponents();
  return finishSchema(schema, defaults);
}
