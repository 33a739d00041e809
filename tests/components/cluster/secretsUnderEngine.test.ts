import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { HardWayLab, parseConfig } from "../../../components";
import { TestEngine, type Outcome, type TestStack } from "../../providers/engine";
import { sendInstead } from "../../support/sentCommands";
import { startSshServer, type SshServer } from "../../support/sshServer";

const clusterScripts = ["60-etcd", "61-control-plane", "70-kubelet", "71-kube-proxy", "80-cluster-services"] as const;
/** Those of them that get keys. */
const withKeys = clusterScripts.slice(0, 4);

/**
 * Instead of a script, a host gets a command that keeps the standard input under the script's name, and fails where the file
 * `fail` names it.
 */
function sendNamesOnly(): void {
  sendInstead((script, text) => {
    const again = /^# run again: .*$/m.exec(text)?.[0] ?? "";
    return `cat >'${script}.in'; echo '{"changed":false}'; [ "$(cat fail)" != '${script}' ] || { echo broken >&2; false; } ${again}`;
  });
}

/** The keys of a cluster under the real engine: those that reach hosts, and those that never do. */
describe("the keys of a cluster", function () {
  this.timeout(400_000);
  let engine: TestEngine;
  let servers: readonly SshServer[];
  let stack: TestStack;
  /** Pieces of every key that there was, as they are and as they travel. */
  const keys = new Set<string>();
  /** What the engine has printed, reported and put into errors, by what it did. */
  const said: Record<string, string> = {};

  before(async () => {
    engine = await TestEngine.start();
    servers = await Promise.all([startSshServer(), startSshServer()]);
    fail("");
    stack = await engine.stack("keys");
  });
  after(async () => {
    await Promise.all((servers ?? []).map((server) => server.stop()));
    engine?.stop();
  });

  function fail(script: string): void {
    for (const { home } of servers) writeFileSync(join(home, "fail"), script);
  }

  const lab =
    (certificateGeneration: number, values: object = {}) =>
    () => {
      sendNamesOnly();
      const ssh = (index: number) => servers[index]?.connection();
      const hosts = [
        { name: "server", role: "controller", address: "10.240.0.10", ssh: ssh(0) },
        { name: "node-0", role: "worker", address: "10.240.0.80", ssh: ssh(1) },
      ];
      const config = { target: "hosts", cluster: true, certificateGeneration, hosts, ...values };
      const made = new HardWayLab("lab", parseConfig(config, { directory: "/" }));
      return Promise.resolve({ plan: made.plan, certificateExpiry: made.certificateExpiry });
    };

  function note(what: string, { output, error = "", events, outputs }: Outcome): void {
    // Pulumi's SDK puts whole resources into messages that only --debug shows: docs/cluster.md warns of that.
    const shown = events.filter(({ diagnosticEvent }) => String(diagnosticEvent?.severity) !== "debug");
    said[what] = [output, error, JSON.stringify(shown), JSON.stringify(outputs)].join("\n");
  }

  /** Learns the keys that there are now, of which none may be in the state in the clear. */
  async function expectSafeState(): Promise<void> {
    for (const text of await keysNow()) for (const piece of piecesOf(text)) keys.add(piece);
    expectNoKey(engine.backendText(), "the state");
  }

  /** From what hosts were sent, and from the state, which has those of the authorities as well. */
  async function keysNow(): Promise<string[]> {
    const sent = servers.flatMap(({ home }) =>
      readdirSync(home)
        .filter((name) => name.endsWith(".in"))
        .flatMap((name) => readFileSync(join(home, name), "utf8").trim().split("\n"))
        .map((line) => Buffer.from(line.split(" ")[1] ?? "", "base64").toString()),
    );
    const kept = Object.values(await stack.state()).filter(({ type }) => type === "pulumi:index:Stash");
    const stashed = textsIn(kept.map(({ outputs }) => outputs));
    return [...sent, ...stashed].filter((text) => text.includes("PRIVATE KEY") || /secret: |^[\w+/]{43}=$/.test(text));
  }

  function expectNoKey(text: string, where: string): void {
    const found = [...keys].filter((piece) => text.includes(piece));
    expect(found, where).to.deep.equal([]);
  }

  it("are in no preview, and in the state only encrypted", async () => {
    note("first preview", await stack.preview(lab(1), { diff: true }));
    const made = await stack.up(lab(1));
    expect(made.error).to.equal(undefined);
    note("up", made);
    await expectSafeState();
    // 12 leaf certificates, 3 authorities and the key for tokens, in lines and as sent; the key for Secrets, alone and in its file.
    expect(keys.size).to.be.greaterThan(80);
    for (const script of withKeys) {
      const [file] = servers.map(({ home }) => join(home, `${script}.in`)).filter((path) => existsSync(path));
      expect(readFileSync(file ?? expect.fail(script), "utf8"), script).to.match(/^FILE_\d+ \S{40}/);
    }
    note("preview of a renewal", await stack.preview(lab(2), { diff: true }));
  });

  for (const [index, script] of clusterScripts.entries())
    it(`are in nothing that is said or kept when ${script} fails`, async () => {
      fail(script);
      for (const { home } of servers) rmSync(join(home, `${script}.in`), { force: true });
      // Other certificates have it run; the last step has none, and is asked.
      const asked = script === "80-cluster-services" ? { runAgain: { "server/cluster": 1 } } : {};
      const failed = await stack.up(lab(index + 2, asked));
      fail("");
      expect(failed.error, "the step was not run").to.contain("broken");
      note(script, failed);
      await expectSafeState();
    });

  it("are in nothing that was said then, nor are those of a first preview, which nobody keeps", () => {
    expect(Object.keys(said)).to.have.length(8);
    for (const [what, text] of Object.entries(said)) {
      expectNoKey(text, what);
      const named = ["PRIVATE KEY", ...inBase64("PRIVATE KEY", 8)].filter((piece) => text.includes(piece));
      expect(named, what).to.deep.equal([]);
    }
  });
});

/** Every text in a value, at any depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return nested(value) ?? [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** A secret is exported as the text of its JSON; undefined for a text that is none. */
function nested(text: string): string[] | undefined {
  try {
    return textsIn(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A key in pieces that are long enough to be nothing else: its lines, and the text in base64, from each third byte. */
function piecesOf(text: string): string[] {
  const lines = text.split("\n").flatMap((line) => line.replace(/^.*secret: /, ""));
  const secret = lines.filter((line) => /^[\w+/=]{40,}$/.test(line));
  return [...secret, ...inBase64(text, 40)];
}

/** What base64 has of a text, wherever in another one it begins, in pieces of so many characters. */
function inBase64(text: string, length: number): string[] {
  return [0, 1, 2].flatMap((skipped) => {
    const whole = Buffer.from(text).subarray(skipped).toString("base64");
    return whole.match(new RegExp(`[\\w+/]{${length}}`, "g")) ?? [];
  });
}
