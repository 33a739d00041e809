import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { makeSchema, schemaFile } from "./makeSchema";

/** `npm run schema`: writes plugin/schema.json anew, after a change of the components' arguments, outputs or docstrings. */
async function main(): Promise<void> {
  writeFileSync(schemaFile, await format(JSON.stringify(makeSchema()), { filepath: schemaFile, printWidth: 120 }));
}

void main();
