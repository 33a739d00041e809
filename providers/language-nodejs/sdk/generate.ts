import { sdkDeclarations } from "./declarations";
import { lastPart, npmName, type PackageSpec, type ResourceSpec } from "./packageSpec";

/**
 * The SDK of a package of components for programs in Node.js, as texts by file: JavaScript with declarations, which needs no
 * build. The schema's defaults are left to the plugin, which has them itself.
 *
 * @throws Error for a package that has something else than components, with all of it
 */
export function generateSdk(spec: PackageSpec): Record<string, string> {
  const others = unsupported(spec);
  if (others.length > 0)
    throw new Error(
      `hardway's Node.js language host makes SDKs for packages of components alone, and ${spec.name} has ${others.join(", ")}; ` +
        "the official pulumi-language-nodejs makes others",
    );
  return { "package.json": manifest(spec), "index.js": implementation(spec), "index.d.ts": sdkDeclarations(spec) };
}

function unsupported({ resources = {}, functions = {}, parameterization }: PackageSpec): string[] {
  const custom = Object.entries(resources).filter(([, { isComponent = false }]) => !isComponent);
  const withMethods = Object.entries(resources).filter(([, { methods = {} }]) => Object.keys(methods).length > 0);
  return [
    ...custom.map(([token]) => `the resource ${token}`),
    ...withMethods.map(([token]) => `methods of ${token}`),
    ...Object.keys(functions).map((token) => `the function ${token}`),
    ...(parameterization === undefined ? [] : ["a parameterization"]),
  ];
}

function manifest(spec: PackageSpec): string {
  const { name, version = "0.0.0", description, license, pluginDownloadURL: server } = spec;
  const text = {
    name: npmName(spec),
    version,
    description,
    license,
    main: "index.js",
    types: "index.d.ts",
    // The program's own copy: two of them do not know each other's resources.
    peerDependencies: { "@pulumi/pulumi": "^3.142.0" },
    // Tells the language host which plugin the program needs.
    pulumi: { resource: true, name, version, server },
  };
  return `${JSON.stringify(text, undefined, 2)}\n`;
}

/** What all components have in common; `exports.Name` is written out for each, since ES modules look for that text. */
const common = `
function component({ type, inputs, required, secrets, outputs }) {
  return class extends pulumi.ComponentResource {
    static __pulumiType = type;

    static isInstance(value) {
      return value !== undefined && value !== null && value.__pulumiType === type;
    }

    constructor(name, args = {}, opts = {}) {
      const missing = opts.urn === undefined ? required.filter((key) => args[key] === undefined) : [];
      if (missing.length > 0) throw new Error(\`\${type} \${name} needs \${missing.join(", ")}\`);
      const properties = {};
      for (const key of outputs) properties[key] = undefined;
      for (const key of inputs)
        properties[key] = secrets.includes(key) && args[key] !== undefined ? pulumi.secret(args[key]) : args[key];
      super(type, name, properties, pulumi.mergeOptions(defaults, opts), true);
    }
  };
}
`;

function implementation({ name, version, pluginDownloadURL, resources = {}, types = {} }: PackageSpec): string {
  const enums = Object.entries(types).flatMap(([token, { enum: values }]) => {
    if (values === undefined) return [];
    const members = Object.fromEntries(values.map((each) => [each.name ?? String(each.value), each.value]));
    return [`exports.${lastPart(token)} = ${JSON.stringify(members)};`];
  });
  const components = Object.entries(resources).map(
    ([token, resource]) => `exports.${lastPart(token)} = component(${JSON.stringify(shapeOf(token, resource))});`,
  );
  return [
    '"use strict";',
    `// Made by hardway's Node.js language host from the schema of ${name} ${version ?? ""}.`,
    'const pulumi = require("@pulumi/pulumi");',
    "",
    `const defaults = ${JSON.stringify({ version, pluginDownloadURL })};`,
    common,
    ...enums,
    ...components,
    "",
  ].join("\n");
}

function shapeOf(type: string, { inputProperties = {}, requiredInputs = [], properties = {} }: ResourceSpec) {
  const secrets = Object.entries(inputProperties).flatMap(([key, { secret }]) => (secret ? [key] : []));
  return {
    type,
    inputs: Object.keys(inputProperties),
    required: requiredInputs,
    secrets,
    outputs: Object.keys(properties),
  };
}
