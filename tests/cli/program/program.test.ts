import { expect } from "chai";
import type { Command, CommanderError } from "commander";
import { buildNames } from "../../../cli/artifacts/recipes";
import { program } from "../../../cli/program/program";

const commands = [
  "up",
  "preview",
  "diagram",
  "verify",
  "repair",
  "try",
  "explain",
  "report",
  "follow",
  "walk",
  "status",
  "ssh",
  "kubectl",
  "kubeconfig",
  "tunnel",
  "script",
  "console",
  "stop",
  "start",
  "down",
  "doctor",
  "setup",
  "env",
  "certs",
  "cloud",
  "artifacts",
];
const ofCloud = ["start", "stop", "status", "logs", "trace", "set"];
const cloud = program.commands.find((command) => command.name() === "cloud");
const certs = program.commands.find((command) => command.name() === "certs");
const artifacts = program.commands.find((command) => command.name() === "artifacts");

/** What the command line prints, and the error that it ends with. */
async function parse(...args: string[]): Promise<{ out: string; err: string; code: string }> {
  let [out, err] = ["", ""];
  const capture = (command: Command) =>
    command.configureOutput({ writeOut: (text) => (out += text), writeErr: (text) => (err += text) });
  capture(program);
  program.commands.forEach(capture);
  cloud?.commands.forEach(capture);
  for (const row of [artifacts, certs]) row?.commands.forEach(capture);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    return { out, err, code: (error as CommanderError).code };
  }
  throw new Error(`${args.join(" ")} was run`);
}

describe("the command line", () => {
  it("has the documented commands", () => {
    expect(program.commands.map((command) => command.name())).to.have.members(commands);
  });

  it("has the documented commands of cloud", () => {
    expect(cloud?.commands.map((command) => command.name())).to.have.members(ofCloud);
  });

  for (const name of [...commands, ...ofCloud.map((command) => `cloud ${command}`), "certs renew"]) {
    it(`has help with examples and exit codes for ${name}`, async () => {
      const { out, code } = await parse(...name.split(" "), "--help");
      expect(code).to.equal("commander.helpDisplayed");
      expect(out)
        .to.match(new RegExp(`^Usage: hardway ${name} `))
        .and.match(new RegExp(`Examples:\\n  .*hardway ${name}\\b`))
        .and.contain("130 interrupted")
        .and.contain("--lab <name>");
    });
  }

  it("names the commands of cloud in its help", async () => {
    const { out } = await parse("cloud", "--help");
    for (const name of ofCloud) expect(out).to.match(new RegExp(`^  ${name} `, "m"));
  });

  it("says of a trace and of a change what can be said", async () => {
    const { out } = await parse("cloud", "trace", "--help");
    expect(out.replaceAll(/\s+/g, " "))
      .to.contain('--protocol <name> icmp: a ping (choices: "icmp", "tcp", "udp", default: "icmp")')
      .and.contain("--port <n> destination port, for tcp and udp");
    expect((await parse("cloud", "set", "--help")).out.replaceAll(/\s+/g, " ")).to.contain(
      "routesPerTable=N, insufficientCapacity=TYPE_OR_ZONE,..., guestPorts=PORT,...",
    );
  });

  it("says what can be built, and what is without a name", async () => {
    const { out } = await parse("artifacts", "build", "--help");
    for (const name of buildNames) expect(out).to.match(new RegExp(`^  ${name} +\\d+ min  \\S`, "m"));
    expect(out.replaceAll(/\s+/g, " ")).to.contain("default: containerd, runc, cni-plugins)");
  });

  const wrong: [args: string[], message: string][] = [
    [["upp"], "unknown command 'upp'\n(Did you mean up?)"],
    [["up", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"],
    [["--plugins", "some", "up"], "Allowed choices are official, bundled."],
    [["up", "--plugins"], "argument missing"],
    [["ssh"], "missing required argument 'node'"],
    [["up", "too", "many"], "too many arguments"],
    [["down", "--keep-machines"], "unknown option '--keep-machines'"],
    [["cloud"], "Usage: hardway cloud"],
    [["cloud", "stat"], "unknown command 'stat'\n(Did you mean start?)"],
    [["cloud", "status", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"],
    [["cloud", "trace", "node-0"], "missing required argument 'destination'"],
    [["cloud", "trace", "a", "b", "--protocol", "sctp"], "Allowed choices are icmp, tcp, udp."],
    [["cloud", "set"], "missing required argument 'setting'"],
    [["artifacts", "build", "runsk"], `Allowed choices are ${buildNames.join(", ")}.`],
    [["cloud", "start", "now"], "too many arguments"],
    [[], "Usage: hardway"],
  ];
  for (const [args, message] of wrong) {
    it(`refuses "${args.join(" ")}"`, async () => {
      const { out, err } = await parse(...args);
      expect(err).to.contain(message);
      expect(out).to.equal("");
    });
  }
});
