import { expect } from "chai";
import type { Command, CommanderError } from "commander";
import { program } from "../../cli/program";

const commands = [
  "up",
  "preview",
  "verify",
  "status",
  "ssh",
  "console",
  "stop",
  "start",
  "down",
  "doctor",
  "setup",
  "env",
];

/** What the command line prints, and the error that it ends with. */
async function parse(...args: string[]): Promise<{ out: string; err: string; code: string }> {
  let [out, err] = ["", ""];
  const capture = (command: Command) =>
    command.configureOutput({ writeOut: (text) => (out += text), writeErr: (text) => (err += text) });
  capture(program);
  program.commands.forEach(capture);
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

  for (const name of commands) {
    it(`has help with examples and exit codes for ${name}`, async () => {
      const { out, code } = await parse(name, "--help");
      expect(code).to.equal("commander.helpDisplayed");
      expect(out)
        .to.match(new RegExp(`Examples:\\n  .*hardway ${name}\\b`))
        .and.contain("130 interrupted");
    });
  }

  const wrong: [args: string[], message: string][] = [
    [["upp"], "unknown command 'upp'\n(Did you mean up?)"],
    [["up", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"],
    [["--plugins", "some", "up"], "Allowed choices are official, bundled."],
    [["up", "--plugins"], "argument missing"],
    [["ssh"], "missing required argument 'node'"],
    [["up", "too", "many"], "too many arguments"],
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
