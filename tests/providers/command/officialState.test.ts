import { readFileSync } from "node:fs";
import path from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { TestEngine, type TestStack } from "../engine";

interface State {
  readonly version: number;
  readonly deployment: { readonly resources: { readonly urn: string; readonly inputs: Record<string, unknown> }[] };
}

/** A state that pulumi-command 1.2.1 made of the program below; its Diff compares inputs with their secret marks. */
const official = JSON.parse(readFileSync(path.join(__dirname, "recorded/official-state.json"), "utf8")) as State;

const program = () => {
  const credentials = { privateKey: "the key", privateKeyPassword: "its passphrase" };
  new command.remote.Command("step", {
    connection: pulumi.secret({
      ...credentials,
      ...{ host: "192.0.2.1", user: "admin", hostKey: "ssh-ed25519 AAAA", dialErrorLimit: 3 },
      proxy: { host: "192.0.2.2", password: "the proxy's" },
    }),
    create: "echo made",
    delete: "echo gone",
    logging: "none",
    addPreviousOutputInEnv: false,
  });
  new command.remote.Command("open", { connection: { host: "192.0.2.3", password: "open" }, create: "echo open" });
  // The SDK makes the connection one secret and drops the mark inside of it.
  new command.remote.Command("marked", {
    connection: { host: pulumi.secret("192.0.2.4") },
    stdin: pulumi.secret("in"),
  });
  new command.local.Command("here", { create: "echo here" });
  return Promise.resolve({});
};

describe("a stack that goes from the official command plugin to this one and back", function () {
  this.timeout(120_000);
  let engine: TestEngine;
  let stack: TestStack;
  before(async () => {
    engine = await TestEngine.start();
    stack = await engine.stack("official");
  });
  after(() => engine?.stop());

  const inputsOf = (state: State): Record<string, unknown> =>
    Object.fromEntries(
      state.deployment.resources
        .filter(({ urn }) => urn.includes("::command:"))
        .map(({ urn, inputs }) => [urn.split("::").at(-1) ?? "", readable(inputs)] as const),
    );

  it("runs no step again, and has every input and secret mark as the official one's Check sets them", async () => {
    // Secrets are encrypted with what the stack itself has.
    await stack.up(() => Promise.resolve({}));
    const { deployment: own } = (await stack.stack.exportStack()) as { deployment: { secrets_providers: unknown } };
    const deployment = { ...official.deployment, secrets_providers: own.secrets_providers };
    await stack.stack.importStack({ ...official, deployment });
    const { error, operations, output } = await stack.up(program);
    expect(error, output).to.equal(undefined);
    expect(operations).to.deep.equal({ step: "same", open: "same", marked: "same", here: "same" });
    expect(inputsOf(await stack.stack.exportStack())).to.deep.equal(inputsOf(official));
  });
});

/** Secrets as `{ secret: value }`; the state has them as marked JSON text. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  if ("plaintext" in value) return { secret: readable(JSON.parse(value.plaintext as string)) };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readable(each)]));
}
