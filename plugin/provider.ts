import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { version } from "../package.json";
import { servedComponents } from "./components";
import { mendDeletedWith } from "./deletedWith";

/** The engine has checked the arguments with the schema. */
type Component = new (name: string, args: never, opts: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

interface Outputs {
  readonly resources: Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>;
}

/** Makes components for programs in other languages: the engine sends their arguments, and gets their outputs. */
export class ComponentPlugin implements pulumi.provider.Provider {
  readonly version = version;
  readonly schema = readFileSync(join(__dirname, "schema.json"), "utf8");
  readonly #outputs = JSON.parse(this.schema) as Outputs;

  async construct(
    name: string,
    type: string,
    args: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    const outputs = this.#outputs.resources[type]?.properties;
    const components: Readonly<Record<string, Component>> = servedComponents;
    const Class = components[type.split(":").at(-1) ?? ""];
    if (outputs === undefined || Class === undefined)
      throw new Error(`hardway has no component ${type}; it has ${Object.keys(components).join(", ")}`);
    const made = new Class(name, args as never, await mendDeletedWith(opts));
    const state = Object.keys(outputs).map((output) => [output, Reflect.get(made, output) as unknown]);
    return { urn: made.urn, state: Object.fromEntries(state) as pulumi.Inputs };
  }
}
