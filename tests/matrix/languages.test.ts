import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { CniConfig, KernelPrep, PodRoutes } from "../../components";
import { schemaFile } from "../../plugin/schema/makeSchema";
import { engineVersion } from "../../cli/toolchain/engineVersion";
import { TestEngine } from "../providers/engine";
import { languagesModule, languageTools, type LanguageTools } from "../support/languageTools";
import { pythonEnv } from "../support/pythonEnv";

const plugin = join(__dirname, "../../plugin");
const connection = { host: "192.0.2.10", user: "admin", privateKey: "key", hostKey: "ssh-ed25519 AAAA" };
const kernel = { connection, swap: "keep" as const, extraModules: ["ip_vs"], extraSysctls: { "vm.swappiness": "10" } };
const cni = { connection, podCidr: "10.200.0.0/24", masquerade: "outsideCluster" as const };
const routes = { connection, address: "192.0.2.10", routes: [{ destination: "10.200.1.0/24", nextHop: "192.0.2.11" }] };

describe("other languages", function () {
  this.timeout(20 * 60_000);
  let tools: LanguageTools;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hardway-languages-"));
    tools = await languageTools();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are tried with what the engine's own version has", () => {
    const pins = readFileSync(join(languagesModule, "go.mod"), "utf8");
    expect(pins).to.contain(`github.com/pulumi/pulumi/pkg/v3 v${engineVersion}\n`);
    const pulumi = readFileSync(join(__dirname, "../support/requirements.txt"), "utf8");
    expect(pulumi).to.contain(`pulumi==${engineVersion}\n`);
  });

  it("get SDKs of which no generator complains", () => {
    execFileSync(tools.sdks, [schemaFile, folder], { stdio: "pipe" });
    const python = readFileSync(join(folder, "python/pulumi_hardway/kernel_prep.py"), "utf8");
    expect(python).to.contain("extra_modules");
    expect(readFileSync(join(folder, "nodejs/kernelPrep.ts"), "utf8")).to.contain("extraModules");
    expect(readFileSync(join(folder, "go/hardway/kernelPrep.go"), "utf8")).to.contain("ExtraModules");
  });

  it("register from Python what the program says", () => {
    const python = join(pythonEnv(), "bin/python");
    // What pip notes of a package that it installs.
    const noted = join(folder, "python", "pulumi_hardway-0.1.0.dist-info");
    mkdirSync(noted);
    writeFileSync(join(noted, "METADATA"), "Metadata-Version: 2.1\nName: pulumi_hardway\nVersion: 0.1.0\n");
    const printed = execFileSync(python, [join(languagesModule, "program.py")], {
      encoding: "utf8",
      env: { ...process.env, PYTHONPATH: join(folder, "python"), PYTHONDONTWRITEBYTECODE: "1" },
    });
    const registered = printed.trim().split("\n");
    const [prep, hostRoutes] = registered.map((line) => JSON.parse(line) as { type: string; inputs: object });
    expect(prep?.type).to.equal("hardway:index:KernelPrep");
    expect(prep?.inputs).to.deep.include({
      swap: "keep",
      extraModules: ["ip_vs"],
      address: "192.0.2.10",
      bridge: "cni0",
    });
    expect(hostRoutes?.type).to.equal("hardway:index:PodRoutes");
    const [route] = (hostRoutes?.inputs as { routes: unknown[] }).routes;
    expect(route).to.deep.equal({ destination: "10.200.1.0/24", nextHop: "192.0.2.11" });
  });

  describe("from YAML", () => {
    let engine: TestEngine;
    before(async () => {
      engine = await TestEngine.start();
      // Else it has no --event-log.
      engine.env.PULUMI_DEBUG_COMMANDS = "true";
      const host = join(engine.env.PULUMI_HOME ?? "", "plugins", "language-yaml-v1.38.3");
      mkdirSync(host);
      symlinkSync(tools.yamlHost, join(host, "pulumi-language-yaml"));
    });
    after(() => engine?.stop());

    /** A project in YAML with a stack of its own. */
    async function project(name: string, resources: object): Promise<string> {
      const at = join(engine.directory, name);
      mkdirSync(at);
      const plugins = { providers: [{ name: "hardway", path: plugin }] };
      writeFileSync(
        join(at, "Pulumi.yaml"),
        stringify({ name: "project", runtime: "yaml", plugins, resources }, { aliasDuplicateObjects: false }),
      );
      const { code, output } = await engine.run(at, "stack", "init", name);
      expect(code, output).to.equal(0);
      return at;
    }

    it("preview the same resources with the same commands as from TypeScript", async () => {
      const written = await engine.stack("same");
      const { error, events } = await written.preview(() => {
        new KernelPrep("db", kernel);
        new CniConfig("db", cni);
        new PodRoutes("db", routes);
        return Promise.resolve({});
      });
      expect(error).to.equal(undefined);

      const at = await project("yaml", {
        kernel: { type: "hardway:KernelPrep", name: "db", properties: kernel },
        cni: { type: "hardway:CniConfig", name: "db", properties: cni },
        routes: { type: "hardway:PodRoutes", name: "db", properties: routes },
      });
      const log = join(engine.directory, "events.json");
      const { code, output } = await engine.run(at, "preview", "--event-log", log);
      expect(code, output).to.equal(0);
      const lines = readFileSync(log, "utf8").trim().split("\n");
      const previewed = commands(
        lines.map((line) => JSON.parse(line) as EngineEvent),
        "yaml",
      );
      expect(previewed.size).to.equal(3);
      expect(Object.fromEntries(previewed)).to.deep.equal(Object.fromEntries(commands(events, "same")));
    });

    it("refuse a value that is none of an argument's, and list those that are", async () => {
      const properties = { ...kernel, swap: "nope" };
      const at = await project("wrong", { kernel: { type: "hardway:KernelPrep", properties } });
      const { code, output } = await engine.run(at, "preview");
      expect(code).not.to.equal(0);
      expect(output).to.match(/Allowed values are .*"off".*"keep"/s);
    });

    it("tie what a component makes to what it is deletedWith", async () => {
      const at = await project("tied", {
        machine: { type: "hardway:SshKeyPair" },
        key: { type: "hardway:SshKeyPair", options: { deletedWith: "${machine}" } },
      });
      const { code, output } = await engine.run(at, "up", "--yes", "--skip-preview");
      expect(code, output).to.equal(0);
      const exported = await engine.run(at, "stack", "export");
      const { deployment } = JSON.parse(exported.output) as { deployment: { resources: State[] } };
      const machine = "urn:pulumi:tied::project::hardway:index:SshKeyPair::machine";
      const tied = deployment.resources.filter(({ deletedWith }) => deletedWith === machine).map(({ urn }) => urn);
      expect(tied.map((urn) => urn.split("::").slice(2).join(" ")).sort()).to.deep.equal([
        "hardway:index:SshKeyPair key",
        "hardway:index:SshKeyPair$command:local:Command key",
      ]);
    });
  });
});

interface State {
  readonly urn: string;
  readonly deletedWith?: string;
}

/** Inputs of the commands of a preview by URN, without the name of the stack. */
function commands(events: EngineEvent[], stack: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { resourcePreEvent } of events) {
    const metadata = resourcePreEvent?.metadata;
    if (metadata?.type !== "command:remote:Command") continue;
    found.set(metadata.urn.replace(`urn:pulumi:${stack}::`, ""), metadata.new?.inputs);
  }
  return found;
}
