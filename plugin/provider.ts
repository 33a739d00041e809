import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { version } from "../package.json";
import { servedComponents } from "./components";
import { mendDeletedWith } from "./deletedWith";
import { outputsInPlain } from "./plainArguments";
import type { PackageSchema } from "./schema/packageSchema";

/** The engine has checked the arguments with the schema. */
type Component = new (name: string, args: never, opts: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

/** Makes components for programs in other languages: the engine sends their arguments, and gets their outputs. */
export class ComponentPlugin implements pulumi.provider.Provider {
  readonly version = version;
  readonly schema = readFileSync(join(__dirname, "schema.json"), "utf8");
  readonly #package = JSON.parse(this.schema) as PackageSchema;

  async construct(
    name: string,
    type: string,
    args: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    const { resources, types } = this.#package;
    const resource = resources[type];
    const components: Readonly<Record<string, Component>> = servedComponents;
    const Class = components[type.split(":").at(-1) ?? ""];
    if (resource === undefined || Class === undefined)
      throw new Error(`hardway has no component ${type}; it has ${Object.keys(components).join(", ")}`);
    const outputs = outputsInPlain(args, resource.inputProperties, types);
    if (outputs.length > 0)
      throw new Error(
        `${outputs.join(", ")} of ${type} ${name} must be plain, since what is made depends on it: found outputs of resources, or ` +
          "secrets, which are outputs too. Give values that the program knows from the start",
      );
    const made = new Class(name, args as never, await mendDeletedWith(opts));
    const state = Object.keys(resource.properties).map((output) => [output, Reflect.get(made, output) as unknown]);
    return { urn: made.urn, state: Object.fromEntries(state) as pulumi.Inputs };
  }
}
