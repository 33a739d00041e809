import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { CniConfig, HardWayLab, KernelPrep, PodRoutes } from "../../components";
import { schemaFile } from "../../plugin/schema/makeSchema";
import { engineVersion } from "../../cli/toolchain/engineVersion";
import type { TestEngine } from "../providers/engine";
import { languagesModule, languageTools, type LanguageTools } from "../support/languageTools";
import { pythonEnv } from "../support/pythonEnv";
import { commandsFromTypeScript, commandsOf, YamlProject, yamlEngine } from "./yaml";

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
    const all = registered.map((line) => JSON.parse(line) as { type: string; inputs: object });
    const [prep, hostRoutes, lab] = ["KernelPrep", "PodRoutes", "HardWayLab"].map((name) =>
      all.find(({ type }) => type === `hardway:index:${name}`),
    );
    expect(prep?.inputs).to.deep.include({
      swap: "keep",
      extraModules: ["ip_vs"],
      address: "192.0.2.10",
      bridge: "cni0",
    });
    const [route] = (hostRoutes!.inputs as { routes: unknown[] }).routes;
    expect(route).to.deep.equal({ destination: "10.200.1.0/24", nextHop: "192.0.2.11" });
    const { hosts, runtime } = lab!.inputs as { hosts: object[]; runtime: { settings: object } };
    expect(hosts).to.have.length(1);
    expect(hosts[0]).to.deep.include({ name: "node-0", role: "worker", address: "192.0.2.10" });
    expect(runtime.settings).to.deep.include({ handlers: ["runc", "crun"], imageArchives: ["/srv/a.tar"] });
  });

  describe("from YAML", () => {
    let engine: TestEngine;
    before(async () => {
      engine = await yamlEngine();
    });
    after(() => engine?.stop());

    it("preview the same resources with the same commands as from TypeScript", async () => {
      const wanted = await commandsFromTypeScript(engine, "same", () => {
        new KernelPrep("db", kernel);
        new CniConfig("db", cni);
        new PodRoutes("db", routes);
      });
      const project = await YamlProject.make(engine, "yaml", {
        resources: {
          kernel: { type: "hardway:KernelPrep", name: "db", properties: kernel },
          cni: { type: "hardway:CniConfig", name: "db", properties: cni },
          routes: { type: "hardway:PodRoutes", name: "db", properties: routes },
        },
      });
      const previewed = commandsOf(await project.events("preview"), "yaml");
      expect(Object.keys(previewed)).to.have.length(3);
      expect(previewed).to.deep.equal(wanted);
    });

    it("preview a whole lab as from TypeScript, with keys and logins that are secret", async () => {
      const lab = {
        hosts: [
          { name: "server", role: "controller" as const, address: "192.0.2.10" },
          { name: "node-0", role: "worker" as const, address: "192.0.2.11", podCidr: "10.200.7.0/24" },
          { name: "node-1", role: "worker" as const, address: "192.0.2.12" },
        ],
        runtime: { settings: { handlers: ["runc" as const, "crun" as const] } },
        runtimes: { "node-1": { kind: "crio" as const, settings: { runtimeSource: "release" as const } } },
        masquerade: "outsideCluster" as const,
        runAgain: { "node-0/cni": 1 },
      };
      const connectTo = <Key>(address: string, privateKey: Key) => ({ ...connection, host: address, privateKey });
      const hosts = <Key>(key: Key) => lab.hosts.map((host) => ({ ...host, connection: connectTo(host.address, key) }));
      const wanted = await commandsFromTypeScript(engine, "lab", () => {
        const credentials = { "docker.io": { username: "me", password: pulumi.secret("canary-login") } };
        new HardWayLab("lab", { ...lab, hosts: hosts(pulumi.secret("canary-key")), registryCredentials: credentials });
      });
      const credentials = { "docker.io": { username: "me", password: "${password}" } };
      const project = await YamlProject.make(engine, "lab-yaml", {
        config: { privateKey: { type: "string", secret: true }, password: { type: "string", secret: true } },
        resources: {
          lab: {
            type: "hardway:HardWayLab",
            properties: { ...lab, hosts: hosts("${privateKey}"), registryCredentials: credentials },
          },
        },
        outputs: { podCidrs: "${lab.podCidrs}", modules: "${lab.plan.kernel.modules}" },
      });
      await project.succeed("config", "set", "--secret", "privateKey", "canary-key");
      await project.succeed("config", "set", "--secret", "password", "canary-login");
      const previewed = commandsOf(await project.events("preview"), "lab-yaml");
      expect(Object.keys(previewed)).to.have.length(13);
      expect(previewed).to.deep.equal(wanted);
    });

    it("refuse a value that is none of an argument's, and list those that are", async () => {
      const properties = { ...kernel, swap: "nope" };
      const project = await YamlProject.make(engine, "wrong", {
        resources: { kernel: { type: "hardway:KernelPrep", properties } },
      });
      const { code, output } = await project.run("preview");
      expect(code).not.to.equal(0);
      expect(output).to.match(/Allowed values are .*"off".*"keep"/s);
    });

    it("tie what a component makes to what it is deletedWith", async () => {
      const project = await YamlProject.make(engine, "tied", {
        resources: {
          machine: { type: "hardway:SshKeyPair" },
          key: { type: "hardway:SshKeyPair", options: { deletedWith: "${machine}" } },
        },
      });
      await project.succeed("up", "--yes", "--skip-preview");
      const exported = await project.succeed("stack", "export");
      const { deployment } = JSON.parse(exported) as { deployment: { resources: State[] } };
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
