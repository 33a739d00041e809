import { Command, Option } from "commander";
import { version } from "../../package.json";
import type { CommandRow } from "../commands/row";
import { commandTable } from "../commands/table";
import type { GlobalOptions } from "../lab/context";

/** Shown by every --help. */
const exitCodes = `
Exit codes:
   0 ok                    1 something is off (a check failed, a host or the engine refused)
  64 wrong usage          69 a tool is missing and could not be had
  70 a bug in hardway     75 another run holds the lab; try again
  78 configuration       130 interrupted
  "ssh" and "kubectl" end with the exit code of the remote command.`;

/** The command line: its options, its commands and their help. */
export const program = globalOptions(new Command("hardway"))
  .description('Builds and keeps "Kubernetes the hard way" labs on real machines.')
  .version(version)
  .addHelpText(
    "after",
    examples(["./hardway up", "./hardway ssh node-0 -- ip route", "./hardway verify --json", "./hardway --lab two up"]),
  )
  .showSuggestionAfterError()
  // So that "hardway ssh node-0 ls -l" leaves -l to ls.
  .enablePositionalOptions()
  .exitOverride();
for (const row of commandTable) addCommand(program, row);

function addCommand(parent: Command, row: CommandRow): void {
  const { name, summary, description = `${summary}.`, load, passThrough, commands = [] } = row;
  const command = globalOptions(parent.command(name))
    .summary(summary)
    .description(description)
    .addHelpText("after", examples(row.examples));
  for (const argument of row.arguments ?? []) command.addArgument(argument);
  for (const option of row.options ?? []) command.addOption(option);
  if (passThrough) command.passThroughOptions();
  if (row.unknownOptions) command.allowUnknownOption();
  if (commands.length > 0) command.enablePositionalOptions();
  for (const below of commands) addCommand(command, below);
  if (load !== undefined)
    command.action(async (...given: unknown[]) => {
      given.pop(); // commander passes the command itself last
      const action = await load();
      process.exitCode = await action(globalValues(command), ...(given as never[]));
    });
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}\n${exitCodes}`;
}

/** Before the command or after it: `hardway --lab two up` and `hardway up --lab two` are the same. */
function globalOptions(command: Command): Command {
  return command
    .option("--lab <name>", "which lab; the Pulumi stack has the same name (default: dev)")
    .option("--json", "print the result as JSON on stdout, and progress on stderr")
    .option("--yes", "do not ask before something is removed, made on AWS, or issued again")
    .addOption(
      new Option("--plugins <choice>", "which Pulumi plugins to use (default: bundled for the embedded lab)").choices([
        "official",
        "bundled",
      ]),
    )
    .option("--no-color", "no colours; NO_COLOR in the environment does the same");
}

function globalValues(command: Command): GlobalOptions {
  const given = givenOptions(command);
  return {
    lab: "dev",
    ...(Object.assign({}, ...given) as Partial<GlobalOptions>),
    color: given.every(({ color }) => color !== false),
  };
}

/** What was written before the command, after it, and, for one of `cloud`, between the two. The last one counts. */
function givenOptions(command: Command): Partial<GlobalOptions>[] {
  return [...(command.parent === null ? [] : givenOptions(command.parent)), command.opts<Partial<GlobalOptions>>()];
}
