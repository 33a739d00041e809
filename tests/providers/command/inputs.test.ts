import { expect } from "chai";
import { CommandPlugin, failureOf, secret, unknown, type Properties } from "../pluginProcess";

const connection = { host: "h", privateKey: "private-canary" };
const withDefaults = { ...connection, dialErrorLimit: 10, perDialTimeout: 15, port: 22, user: "root" };

describe("inputs of the command plugin", () => {
  let plugin: CommandPlugin;
  before(async () => void (plugin = await CommandPlugin.start()));
  after(() => plugin?.stop());

  describe("check", () => {
    it("fills in the connection's defaults, and marks as secret what the official plugin marks: all of it, and some inside", async () => {
      const { inputs, failures } = await plugin.check("command:remote:Command", {
        connection: {
          ...{ ...connection, host: secret("h"), privateKey: secret("private-canary"), privateKeyPassword: "p" },
          ...{ user: null, proxy: secret({ host: "p", port: 2222, password: "q", privateKey: unknown }) },
        },
        create: "true",
      });
      expect(failures).to.deep.equal({});
      const defaults = { dialErrorLimit: 10, perDialTimeout: 15, user: "root" };
      const proxy = { ...defaults, host: "p", port: 2222, password: secret("q"), privateKey: unknown };
      const marked = { privateKey: secret("private-canary"), privateKeyPassword: secret("p") };
      expect(inputs).to.deep.equal({
        connection: secret({ ...defaults, port: 22, host: secret("h"), ...marked, proxy: secret(proxy) }),
        create: "true",
      });
    });

    it("accepts values that are not known yet", async () => {
      for (const inputs of [
        { connection: unknown, create: unknown, environment: unknown, triggers: unknown, stdin: secret(unknown) },
        { connection: { host: unknown, port: unknown, proxy: unknown }, environment: { A: unknown } },
      ]) {
        expect((await plugin.check("command:remote:Command", inputs)).failures).to.deep.equal({});
      }
    });

    const cases: [type: string, inputs: Properties, failures: Record<string, string>][] = [
      ["remote:Command", { create: "a" }, { connection: "Missing required property 'connection'" }],
      ["remote:Command", { connection: {} }, { "connection.host": "Missing required property 'connection.host'" }],
      [
        "remote:Command",
        { connection: { ...connection, privatekey: "x" }, updaet: "x" },
        {
          "connection.privatekey": "Unknown property 'connection.privatekey'; did you mean 'connection.privateKey'?",
          updaet: "Unknown property 'updaet'; did you mean 'update'?",
        },
      ],
      [
        "remote:Command",
        { connection: { host: "h", port: "22", dialErrorLimit: 1.5, privateKey: ["private-canary"] }, create: 1 },
        {
          "connection.port": "'connection.port' must be a number, found a value of type string",
          "connection.dialErrorLimit":
            "'connection.dialErrorLimit' must be a whole number, found a value of type number",
          "connection.privateKey": "'connection.privateKey' must be a string, found an array",
          create: "'create' must be a string, found a value of type number",
        },
      ],
      [
        "remote:Command",
        { connection, environment: { A: 1 }, logging: "all", triggers: "x", addPreviousOutputInEnv: "no" },
        {
          "environment.A": "'environment.A' must be a string, found a value of type number",
          logging: "'logging' must be one of stdout, stderr, stdoutAndStderr, none, found a value of type string",
          triggers: "'triggers' must be an array, found a value of type string",
          addPreviousOutputInEnv: "'addPreviousOutputInEnv' must be a boolean, found a value of type string",
        },
      ],
      [
        "local:Command",
        { connection, interpreter: "sh", assetPaths: [1] },
        {
          connection: "Unknown property 'connection'; did you mean 'environment'?",
          interpreter: "'interpreter' must be an array of strings, found a value of type string",
          "assetPaths[0]": "'assetPaths[0]' must be a string, found a value of type number",
        },
      ],
    ];
    for (const [type, inputs, expected] of cases) {
      it(`finds everything wrong with ${JSON.stringify(Object.keys(inputs))} of ${type}, and shows no value`, async () => {
        const { failures } = await plugin.check(`command:${type}`, inputs);
        expect(Object.keys(failures)).to.have.members(Object.keys(expected));
        for (const [property, reason] of Object.entries(expected)) {
          if (property !== "connection" || type !== "local:Command") expect(failures[property]).to.equal(reason);
        }
        expect(JSON.stringify(failures)).not.to.contain("canary");
      });
    }
  });

  it("refuses by name what only the official plugin has, and forgets what that one has made", async () => {
    const official =
      "; use the official one: pulumi plugin install resource command 1.2.1, and ./hardway with --plugins official";
    const bundled = "hardway's bundled command plugin has no";
    for (const type of ["command:remote:CopyToRemote", "command:remote:CopyFile"]) {
      expect(await failureOf(plugin.check(type, {}))).to.equal(`${bundled} resource ${type}${official}`);
      await plugin.delete(type, { connection: secret(connection), remotePath: "/r" });
    }
    const run = plugin.invoke("command:local:run", { command: "true" });
    expect(await failureOf(run)).to.equal(`${bundled} function command:local:run${official}`);
    expect(await failureOf(plugin.check("command:x:Y", {}))).to.equal(`${bundled} resource command:x:Y`);
  });

  describe("diff", () => {
    const command = {
      connection: secret(withDefaults),
      create: "c",
      environment: { A: "1" },
      stdin: "i",
      triggers: ["t", { deep: [1] }],
    };
    const local = { create: "c", dir: "d", interpreter: ["sh"], assetPaths: ["a"], archivePaths: ["b"], triggers: [] };
    const remote = "command:remote:Command";
    const cases: [what: string, type: string, before: Properties, changed: Properties, expected: Properties][] = [
      ["nothing", remote, command, {}, {}],
      ["create", remote, command, { create: "c2" }, { create: "UPDATE" }],
      ["a new update", remote, command, { update: "u" }, { update: "ADD" }],
      ["a new delete", remote, command, { delete: "d" }, { delete: "ADD" }],
      ["stdin that goes", remote, command, { stdin: undefined }, { stdin: "DELETE" }],
      [
        "environment",
        remote,
        command,
        { environment: { A: "2", B: "3" } },
        { "environment.A": "UPDATE", "environment.B": "ADD" },
      ],
      ["logging", remote, command, { logging: "none" }, { logging: "ADD" }],
      [
        "the host",
        remote,
        command,
        { connection: secret({ ...withDefaults, host: "h2" }) },
        { "connection.host": "UPDATE" },
      ],
      [
        "the host key",
        remote,
        command,
        { connection: secret({ ...withDefaults, hostKey: "k" }) },
        { "connection.hostKey": "ADD" },
      ],
      ["an unknown connection", remote, command, { connection: unknown }, { connection: "UPDATE" }],
      ["a trigger", remote, command, { triggers: ["t2", { deep: [1] }] }, { "triggers[0]": "UPDATE_REPLACE" }],
      [
        "inside a trigger",
        remote,
        command,
        { triggers: ["t", { deep: [2] }] },
        { "triggers[1].deep[0]": "UPDATE_REPLACE" },
      ],
      ["a further trigger", remote, command, { triggers: ["t", { deep: [1] }, 3] }, { "triggers[2]": "ADD_REPLACE" }],
      ["triggers that go", remote, command, { triggers: undefined }, { triggers: "DELETE_REPLACE" }],
      ["an unknown trigger", remote, command, { triggers: unknown }, { triggers: "UPDATE_REPLACE" }],
      [
        "a trigger beside update",
        remote,
        { ...command, update: "u" },
        { update: "u", triggers: [] },
        { "triggers[0]": "DELETE_REPLACE", "triggers[1]": "DELETE_REPLACE" },
      ],
      ["stdin that becomes secret", remote, command, { stdin: secret("i") }, { stdin: "UPDATE" }],
      ["stdin that is no secret any more", remote, { ...command, stdin: secret("i") }, {}, {}],
      ["output", remote, { ...command, stdout: "x", stderr: "y" }, {}, {}],
      ["the directory", "command:local:Command", local, { dir: "e" }, { dir: "UPDATE" }],
      ["the interpreter", "command:local:Command", local, { interpreter: ["sh", "-e"] }, { "interpreter[1]": "ADD" }],
      [
        "paths",
        "command:local:Command",
        local,
        { assetPaths: ["x"], archivePaths: [] },
        { "assetPaths[0]": "UPDATE", "archivePaths[0]": "DELETE" },
      ],
      ["a first trigger", "command:local:Command", local, { triggers: [1] }, { "triggers[0]": "ADD_REPLACE" }],
    ];
    for (const [what, type, before, changed, expected] of cases) {
      it(`${type}: ${what} gives ${JSON.stringify(expected)}`, async () => {
        const inputs = Object.fromEntries(
          Object.entries({ ...before, ...changed }).filter(([, value]) => value !== undefined),
        );
        if (what === "stdin that is no secret any more") inputs.stdin = "i";
        delete inputs.stdout;
        delete inputs.stderr;
        expect(await plugin.diff(type, before, inputs)).to.deep.equal(expected);
      });
    }
  });
});
