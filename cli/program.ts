import { Argument, Command, Option } from "commander";
import { version } from "../package.json";
import { buildable, buildNames, defaultBuild, type BuildName } from "./artifacts/recipes";
import type { GlobalOptions } from "./context";

/** Shown by every --help. */
const exitCodes = `
Exit codes:
   0 ok                    1 something is off (a check failed, a host or the engine refused)
  64 wrong usage          69 a tool is missing and could not be had
  70 a bug in hardway     75 another run holds the lab; try again
  78 configuration       130 interrupted
  "ssh" ends with the exit code of the remote command.`;

/** The commands, their options and their help. What a command does is loaded when it is called. */
export const program = new Command("hardway");

function command(name: string, summary: string, examples: readonly string[], parent: Command = program): Command {
  const lines = examples.map((example) => `  ${example}`).join("\n");
  const added = parent.command(name).summary(summary).description(`${summary}.`);
  return globalOptions(added).addHelpText("after", `\nExamples:\n${lines}\n${exitCodes}`);
}

/** A line for each of what `artifacts build` can be asked for. */
function buildTable(): string {
  const width = Math.max(...buildNames.map((name) => name.length));
  const line = (name: BuildName) =>
    `  ${name.padEnd(width)}  ${String(buildable[name].minutes).padStart(2)} min  ${buildable[name].title}`;
  return buildNames.map(line).join("\n");
}

/** Before the command or after it: `hardway --lab two up` and `hardway up --lab two` are the same. */
function globalOptions(command: Command): Command {
  return command
    .option("--lab <name>", "which lab; the Pulumi stack has the same name (default: dev)")
    .option("--json", "print the result as JSON on stdout, and progress on stderr")
    .option("--yes", "do not ask before something is removed, or made on AWS")
    .addOption(
      new Option("--plugins <choice>", "which Pulumi plugins to use (default: bundled for the embedded lab)").choices([
        "official",
        "bundled",
      ]),
    )
    .option("--no-color", "no colours; NO_COLOR in the environment does the same");
}

/** @param run loads the module of the command, so that no command waits for what another needs. */
async function finish(this: Command, run: (options: GlobalOptions) => Promise<number>): Promise<void> {
  const given = givenOptions(this);
  process.exitCode = await run({
    lab: "dev",
    ...(Object.assign({}, ...given) as Partial<GlobalOptions>),
    color: given.every(({ color }) => color !== false),
  });
}

/** What was written before the command, after it, and, for one of `cloud`, between the two. The last one counts. */
function givenOptions(command: Command): Partial<GlobalOptions>[] {
  return [...(command.parent === null ? [] : givenOptions(command.parent)), command.opts<Partial<GlobalOptions>>()];
}

globalOptions(program)
  .description('Builds and keeps "Kubernetes the hard way" labs on real machines.')
  .version(version)
  .addHelpText(
    "after",
    `\nExamples:\n  ./hardway up\n  ./hardway ssh node-0 -- ip route\n  ./hardway verify --json\n  ./hardway --lab two up\n${exitCodes}`,
  )
  .showSuggestionAfterError()
  // So that "hardway ssh node-0 ls -l" leaves -l to ls.
  .enablePositionalOptions()
  .exitOverride();

command("up", "Make the machines, build the lab on them, and verify it", [
  "./hardway up",
  "./hardway up --lab two",
  "./hardway up --skip-verify",
  "./hardway up --replace node-0",
  "./hardway up --json > lab.json",
])
  .option("--skip-verify", "leave the verification out")
  .option("--replace <node...>", "give these machines up with their disks, and make them anew")
  .action(function (this: Command, { skipVerify, replace }: { skipVerify?: boolean; replace?: string[] }) {
    return finish.call(this, async (options) =>
      (await import("./commands/up.js")).up(options, { verify: skipVerify !== true, replace }),
    );
  });

command("preview", "Show what up would change, without machines or logins", [
  "./hardway preview",
  "./hardway preview --json",
]).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/preview.js")).preview(options));
});

command("verify", "Check on the hosts that everything is as planned", [
  "./hardway verify",
  "./hardway verify --json | jq '.[] | select(.ok | not)'",
]).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/verify.js")).verify(options));
});

command("repair", "Mend hosts that somebody or something changed: run the steps again whose checks fail", [
  "./hardway repair",
  "./hardway repair node-0",
  "./hardway repair --preview",
])
  .argument("[node...]", "hosts whose steps may run again (default: all)")
  .option("--preview", "only say what would run")
  .action(function (this: Command, nodes: string[], { preview }: { preview?: boolean }) {
    return finish.call(this, async (options) =>
      (await import("./commands/repair.js")).repair(options, { nodes, preview: preview === true }),
    );
  });

command("status", "Show the lab's machines and its last run", ["./hardway status", "./hardway status --json"]).action(
  function (this: Command) {
    return finish.call(this, async (options) => (await import("./commands/status.js")).status(options));
  },
);

command("ssh", "Log in to a host, or run a command there", [
  "./hardway ssh node-0",
  "./hardway ssh node-0 -- sudo ctr -n k8s.io images ls",
  "./hardway ssh server -- 'ip route | grep 10.200'",
])
  .argument("<node>", "name of the host, e.g. node-0")
  .argument("[command...]", "command with its arguments, passed on as ssh does")
  .passThroughOptions()
  .action(function (this: Command, node: string, remote: string[]) {
    return finish.call(this, async (options) => (await import("./commands/ssh.js")).ssh(options, node, remote));
  });

command("console", "Attach to a machine's serial console; Ctrl-] leaves", ["./hardway console node-0"])
  .argument("<node>", "name of the machine, e.g. node-0")
  .action(function (this: Command, node: string) {
    return finish.call(this, async (options) => (await import("./commands/console.js")).console(options, node));
  });

command("stop", "Shut the machines down; their disks stay", ["./hardway stop"]).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/stop.js")).stop(options));
});

command("start", "Boot the machines that are not running", [
  "./hardway start",
  "./hardway stop && ./hardway start && ./hardway verify",
]).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/start.js")).start(options));
});

command("down", "Undo the lab: its VPC and machines, or what was done on your hosts, and the lab's folder", [
  "./hardway down",
  "./hardway down --yes",
]).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/down.js")).down(options));
});

const cloud = command("cloud", "Look after the embedded EC2, which all labs on this computer share", [
  "./hardway cloud status",
  "./hardway cloud trace node-0 10.200.1.5",
]).enablePositionalOptions();

command("start", "Make it listen, without a lab", ["./hardway cloud start"], cloud).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/cloud.js")).start(options));
});

command("stop", "Shut all instances down, then stop it; disks and state stay", ["./hardway cloud stop"], cloud).action(
  function (this: Command) {
    return finish.call(this, async (options) => (await import("./commands/cloud.js")).stop(options));
  },
);

command(
  "status",
  "Show where it listens, its instances, and what its network passed and dropped",
  ["./hardway cloud status", "./hardway cloud status --json | jq .fabric"],
  cloud,
).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/cloud.js")).status(options));
});

command("logs", "Print its log", ["./hardway cloud logs", "./hardway cloud logs --lines 20"], cloud)
  .option("--lines <n>", "only the last lines", "200")
  .action(function (this: Command, { lines }: { lines: string }) {
    return finish.call(this, async (options) => (await import("./commands/cloud.js")).logs(options, lines));
  });

command(
  "trace",
  "Say hop by hop what the network would do with a packet, and which route or rule decides",
  [
    "./hardway cloud trace node-0 node-1",
    "./hardway cloud trace 10.200.0.5 10.200.1.5",
    "./hardway cloud trace server 10.240.0.80 --protocol tcp --port 22",
  ],
  cloud,
)
  .argument("<source>", "node, its address, or the address of a pod on it")
  .argument("<destination>", "node, or an address")
  .addOption(new Option("--protocol <name>", "icmp: a ping").choices(["icmp", "tcp", "udp"]).default("icmp"))
  .option("--port <n>", "destination port, for tcp and udp")
  .action(function (this: Command, source: string, destination: string, own: { protocol: string; port?: string }) {
    return finish.call(this, async (options) =>
      (await import("./commands/cloudTrace.js")).trace(options, { source, destination, ...own }),
    );
  });

command(
  "set",
  "Change a quota, make launches fail, or open ports of this computer to machines",
  [
    "./hardway cloud set routesPerTable=3",
    "./hardway cloud set insufficientCapacity=t2.micro",
    "./hardway cloud set insufficientCapacity=",
    "./hardway cloud set guestPorts=8080",
  ],
  cloud,
)
  .argument("<setting...>", "routesPerTable=N, insufficientCapacity=TYPE_OR_ZONE,..., guestPorts=PORT,...")
  .action(function (this: Command, settings: string[]) {
    return finish.call(this, async (options) => (await import("./commands/cloud.js")).set(options, settings));
  });

const artifacts = command(
  "artifacts",
  "Look after the mirror of release files, for networks without the projects' own",
  ["./hardway artifacts build", "./hardway artifacts list"],
).enablePositionalOptions();

command(
  "build",
  "Build release files from Go modules, into a mirror with its SHA256SUMS",
  ["./hardway artifacts build", "./hardway artifacts build runsc", "./hardway artifacts build --output /srv/mirror"],
  artifacts,
)
  .description(
    "Build release files from Go modules, into a mirror with its SHA256SUMS. What is there already stays.\n\n" +
      `What can be built, and how long it takes on 2 cores the first time:\n${buildTable()}`,
  )
  .addArgument(
    new Argument("[name...]", "what to build").choices(buildNames).default(defaultBuild, defaultBuild.join(", ")),
  )
  .option("--output <folder>", "also copy the mirror there, for a web server of yours")
  .action(function (this: Command, names: readonly BuildName[], { output }: { output?: string }) {
    return finish.call(this, async (options) =>
      (await import("./commands/artifacts.js")).build(options, names, output),
    );
  });

command(
  "list",
  "Show the release files that are known with their checksums, and which were built here",
  ["./hardway artifacts list", "./hardway artifacts list --json | jq .built"],
  artifacts,
).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/artifacts.js")).list(options));
});

command("doctor", "Show what is needed, what was found and where from; changes nothing", [
  "./hardway doctor",
  "./hardway doctor --json",
]).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/doctor.js")).doctor(options));
});

command("setup", "Get the tools that the lab needs, without making one", [
  "./hardway setup",
  "./hardway setup --print-engine",
])
  .option("--dev", "also what the project's own tests need")
  .option("--print-engine", "print the folder of the Pulumi engine on stdout")
  .action(function (this: Command, own: { dev?: boolean; printEngine?: boolean }) {
    return finish.call(this, async (options) => (await import("./commands/setup.js")).setup(options, own));
  });

command("env", "Print export lines with which plain pulumi works on the lab", [
  'eval "$(./hardway env)" && pulumi preview',
  'eval "$(./hardway env --lab two)"',
]).action(function (this: Command) {
  return finish.call(this, async (options) => (await import("./commands/env.js")).env(options));
});
