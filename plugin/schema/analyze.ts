import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";
import type ts from "typescript";
import { description, version } from "../../package.json";
import { servedComponents } from "../components";
import { packageName, type PackageSchema } from "./packageSchema";
import { documentedDefaults, type DocumentedDefaults } from "./documentedDefaults";

/** What the components' sources say. */
interface Analysis {
  /** The schema as Pulumi's analyzer makes it. */
  readonly schema: PackageSchema;
  readonly defaults: DocumentedDefaults;
}

/**
 * Reads the components' types and docstrings. Takes some seconds, as it compiles them.
 *
 * @throws Error that names the component and the property whose type no other language has.
 */
export function analyzeComponents(): Analysis {
  const folder = join(__dirname, "..");
  const names = new Set(Object.keys(servedComponents));
  const analyzer = new Analyzer(folder, packageName, { main: "../components/index.ts" }, names);
  const { components, typeDefinitions, dependencies } = analyzer.analyze();
  const raw = generateSchema(packageName, version, description, components, typeDefinitions, dependencies);
  const schema = structuredClone(raw) as unknown as PackageSchema;
  // The generator leaves out what it was told of types.
  for (const [name, { description: text }] of Object.entries(typeDefinitions)) {
    const type = schema.types[`${packageName}:index:${name}`];
    if (type !== undefined && text !== undefined) type.description = text;
  }
  // To compile all of it once more would take as long again.
  const program = Reflect.get(analyzer, "program") as ts.Program;
  return { schema, defaults: documentedDefaults(program) };
}
