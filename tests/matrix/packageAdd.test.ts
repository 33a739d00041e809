import { expect } from "chai";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { KernelPrep } from "../../components";
import type { TestEngine } from "../providers/engine";
import { repository, TestState } from "../support/hardwayCli";
import { commandsFromTypeScript, commandsOf, eventsOf, yamlEngine } from "./yaml";

const connection = { host: "192.0.2.10", user: "admin", privateKey: "key", hostKey: "ssh-ed25519 AAAA" };
const kernel = { connection, swap: "keep" as const, extraModules: ["ip_vs"] };

describe("pulumi package add with the plugin's folder", () => {
  let state: TestState;
  let engine: TestEngine;
  let plugin: string;
  let wanted: Record<string, unknown>;

  before(async () => {
    state = new TestState("added");
    engine = await yamlEngine();
    // npm works in it.
    plugin = join(await state.copyCheckout(), "plugin");
    wanted = await commandsFromTypeScript(engine, "written", () => new KernelPrep("db", kernel));
    expect(Object.keys(wanted)).to.have.length(1);
  });
  after(async () => {
    engine?.stop();
    await state?.remove();
  });

  /** A project to which the plugin is added. */
  async function added(name: string, files: Record<string, string>): Promise<string> {
    const folder = join(engine.directory, name);
    mkdirSync(folder);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    await engine.succeed(folder, "package", "add", plugin);
    await engine.succeed(folder, "stack", "init", name);
    return folder;
  }

  it("makes the components known to a project in YAML", async () => {
    const folder = await added("in-yaml", { "Pulumi.yaml": stringify({ name: "project", runtime: "yaml" }) });
    const file = join(folder, "Pulumi.yaml");
    const project = parse(readFileSync(file, "utf8")) as { packages: object };
    expect(project.packages).to.deep.equal({ hardway: plugin });
    const resources = { kernel: { type: "hardway:KernelPrep", name: "db", properties: kernel } };
    writeFileSync(file, stringify({ ...project, resources }));
    expect(commandsOf(await eventsOf(engine, folder, "preview"), "in-yaml")).to.deep.equal(wanted);
  });

  it("gives a project in Node.js an SDK, which it installs and says how to import", async () => {
    const sdk = join(repository, "node_modules/@pulumi/pulumi");
    const folder = await added("in-node", {
      "Pulumi.yaml": stringify({ name: "project", runtime: "nodejs" }),
      "package.json": JSON.stringify({ name: "project", dependencies: { "@pulumi/pulumi": `file:${sdk}` } }),
      "index.ts": `import * as hardway from "@pulumi/hardway";
        const { urn } = new hardway.KernelPrep("db", ${JSON.stringify(kernel)});
        export const kernel = urn;`,
    });
    const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { dependencies: object };
    expect(dependencies).to.include({ "@pulumi/hardway": "file:sdks/hardway" });
    expect(commandsOf(await eventsOf(engine, folder, "preview"), "in-node")).to.deep.equal(wanted);
  });

  it("leaves nothing in that folder", () => {
    expect(readdirSync(plugin).sort()).to.deep.equal(readdirSync(join(repository, "plugin")).sort());
  });
});
