import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sentScripts } from "../../../cli/engine/sentScripts";
import { HardWayLab, parseConfig } from "../../../components";
import { renderScript } from "../../../components/remote/scriptText";
import { MockEngine, valueOf } from "../../support/mocks";
import { startSshServer, type SshServer } from "../../support/sshServer";
import { temporaryFolder } from "../support";
import { TestProject } from "./testProject";

const command = "command:remote:Command";

describe("what hosts were sent", () => {
  it("is each step of each host, as its component renders it", async () => {
    const engine = await new MockEngine().start();
    const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+0URgznktt6L/ECNJLLcgEytVg91TzqsTVifIUnsDG";
    const ssh = { host: "192.0.2.1", user: "admin", password: "any", hostKey };
    const values = {
      target: "hosts",
      hosts: [
        { name: "kernel-server", role: "controller", address: "10.240.0.10", ssh },
        { name: "node-0", role: "worker", address: "10.240.0.80", ssh },
        { name: "node-1", role: "worker", address: "10.240.0.81", ssh },
      ],
      nodes: { "node-0": { snapshotter: "btrfs" }, "node-1": { runtime: "crio", runtimeSource: "release" } },
      registryCredentials: { "docker.io": { username: "me", password: "canary" } },
    };
    await valueOf(new HardWayLab("lab", parseConfig(values, { directory: "/" })).runtimeFacts);
    await pulumi.runtime.disconnect();
    const resources = engine.resources.map(({ type, name, inputs }) => ({
      urn: `urn:pulumi:dev::hardway::hardway:index:HardWayLab$${type}::${name}`,
      type,
      inputs,
    }));

    const sent = sentScripts({ resources });
    const stepsOf = (name: string) => sent.filter(({ host }) => host === name).map(({ step }) => step);
    expect(stepsOf("kernel-server")).to.deep.equal(["reachable", "kernel", "routes"]);
    expect(stepsOf("node-0")).to.deep.equal(["reachable", "kernel", "store", "runtime", "cni", "routes"]);
    expect(stepsOf("node-1")).to.deep.equal(["reachable", "kernel", "runtime", "cni", "routes"]);
    expect(sent).to.have.length(engine.names(command).length);
    for (const { host, step, script, text, undo, secrets } of sent) {
      const { create, delete: taken, stdin } = engine.command(`lab-${step}-${host}`);
      expect({ text, undo }).to.deep.equal({ text: create, undo: taken });
      expect(text).to.match(new RegExp(`^# hardway ${script}\n`));
      expect(secrets, `${host} ${step}`).to.equal(stdin !== undefined);
      // A line of it is a name and a value in base64.
      const values = [...JSON.stringify(stdin ?? "").matchAll(/\w+ ([A-Za-z0-9+/]{8,})/g)].map(
        ([, value = ""]) => value,
      );
      expect(values.length > 0, `${host} ${step}`).to.equal(secrets);
      for (const value of [...values, "canary"]) expect(text).not.to.contain(value);
    }
    expect(sent.filter(({ secrets }) => secrets).map(({ host, step }) => `${host} ${step}`)).to.have.members([
      "node-0 runtime",
      "node-1 runtime",
    ]);
    expect(sent.find(({ host, step }) => host === "node-1" && step === "runtime")?.script).to.equal("31-crio");
  });

  it("has the steps of a cluster, with their undo and without what is secret", async () => {
    const engine = await new MockEngine(() => ({ version: "v1.36.3" })).start();
    const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+0URgznktt6L/ECNJLLcgEytVg91TzqsTVifIUnsDG";
    const ssh = { host: "192.0.2.1", user: "admin", password: "any", hostKey };
    const hosts = [
      { name: "server", role: "controller", address: "10.240.0.10", ssh },
      { name: "node-0", role: "worker", address: "10.240.0.80", ssh },
    ];
    const lab = new HardWayLab("lab", parseConfig({ target: "hosts", cluster: true, hosts }, { directory: "/" }));
    await Promise.all([valueOf(lab.plan), valueOf(lab.runtimeFacts)]);
    await pulumi.runtime.disconnect();
    const resources = engine.resources.map(({ type, name, inputs }) => ({
      ...{ urn: `urn:pulumi:dev::hardway::hardway:index:HardWayLab$${type}::${name}`, type, inputs },
    }));
    const sent = sentScripts({ resources }).filter(({ script }) => /^[678]/.test(script));
    expect(sent.map(({ host, step, script, secrets }) => [host, step, script, secrets])).to.deep.equal([
      ["server", "etcd", "60-etcd", true],
      ["server", "control-plane", "61-control-plane", true],
      ["node-0", "kubelet", "70-kubelet", true],
      ["node-0", "kube-proxy", "71-kube-proxy", true],
      ["server", "cluster", "80-cluster-services", false],
    ]);
    expect(sent.filter(({ undo }) => undo === undefined)).to.deep.equal([]);
    for (const { text } of sent) expect(text).not.to.match(/BEGIN|PRIVATE KEY/);
  });

  it("leaves out a text that is a secret, and what is no step of a host", () => {
    const inputs = { create: "# hardway 20-kernel-prep\nexec true" };
    const of = (name: string, type: string, given: object) => ({
      urn: `urn:pulumi:dev::hardway::${type}::${name}`,
      type,
      inputs: { ...given },
    });
    const secret = {
      create: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:AAAA" },
    };
    const resources = [
      of("lab-kernel-node-0", command, inputs),
      of("lab-kernel-node-1", command, secret),
      of("lab-kernel-node-2", "command:local:Command", inputs),
      of("other-kernel-node-3", command, inputs),
      of("lab-login", command, inputs),
    ];
    expect(sentScripts({ resources }).map(({ host }) => host)).to.deep.equal(["node-0"]);
  });

  describe("of a stack that was built", function () {
    this.timeout(300_000);
    const folder = temporaryFolder();
    let server: SshServer;
    before(async () => void (server = await startSshServer()));
    after(() => server.stop());

    it("is byte for byte what the host's sshd was asked to run", async () => {
      const value = "it's\\\n!";
      const script = { name: "20-kernel-prep", text: `read -r secret\nprintf '%s' "$VALUE" >value` };
      const create = renderScript(script, { variables: { VALUE: value }, timeoutSeconds: 20, asRoot: false });
      const program = `
const pulumi = require("@pulumi/pulumi");
const { remote } = require("@pulumi/command");
const stdin = pulumi.secret("canary\\n");
const connection = ${JSON.stringify(server.connection())};
new remote.Command("lab-kernel-node-0", { connection, stdin, create: ${JSON.stringify(create)}, delete: "true", addPreviousOutputInEnv: false });
`;
      const project = await TestProject.make(folder(), program, "config: {}\n");
      const stack = await project.open();
      await stack.up(project.report, { refresh: false });
      const [sent, ...others] = await stack.scripts();
      expect(others).to.deep.equal([]);
      expect(sent).to.deep.equal({
        ...{ host: "node-0", step: "kernel", script: "20-kernel-prep" },
        ...{ text: create, undo: "true", secrets: true },
      });
      expect(server.commands).to.deep.equal([create]);
      expect(readFileSync(join(server.home, "value"), "utf8")).to.equal(value);
      await stack.destroy(project.report);
    });
  });
});
