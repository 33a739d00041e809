import { readFileSync } from "node:fs";
import { join } from "node:path";
import { machineSpecs } from "../cli/lab/plannedMachines";
import { cacheDirectory } from "../cli/paths";
import { SshSession } from "../cli/ssh/session";
import { LabMachines } from "../cloud/machines/LabMachines";
import type { MachineStatus } from "../cloud/machines/types";
import { TestState } from "../tests/support/hardwayCli";
import type { Figures } from "./report";

/** One command of the stack as its state has it. */
interface Command {
  readonly host: string;
  readonly create: string;
  readonly delete?: string;
}

const workers = 2;

/** Runs the measurements on a lab that is its own; `close` removes it whatever happened. */
export class Bench {
  private readonly state = new TestState("dev");
  private readonly machines = LabMachines.open({
    directory: this.state.labDirectory,
    cacheDirectory: cacheDirectory(),
  });
  private hosts: MachineStatus[] = [];

  constructor(private readonly say: (text: string) => void) {}

  async run(): Promise<Figures> {
    this.say("booting the machines");
    const config = { workers, machineMemoryMiB: 1024, machineCores: 1 };
    this.hosts = (await this.machines.up(machineSpecs(config))).machines;
    this.say("first round, not counted: package lists and caches are warm for both sides afterwards");
    await this.up();
    await this.down();

    this.say("hardway up on booted hosts");
    const loginsBefore = await this.logins();
    const upSeconds = await timed(() => this.up());
    const loginsAfter = await this.logins();
    const commands = await this.commands();

    this.say("hardway up and preview with nothing to do");
    const noopUpSeconds = median([
      await timed(() => this.up()),
      await timed(() => this.up()),
      await timed(() => this.up()),
    ]);
    const preview = () => this.hardway("preview");
    const previewSeconds = median([await timed(preview), await timed(preview), await timed(preview)]);
    await this.down();

    this.say("the same commands as one script per host");
    const scriptSeconds = await timed(() => this.asScripts(commands, (command) => command.create));
    await this.asScripts([...commands].reverse(), (command) => command.delete);

    const count = (host: string) => commands.filter((command) => command.host === host).length;
    const names = this.hosts.map((host) => host.name);
    return {
      workers,
      resources: Object.fromEntries(names.map((name) => [name, count(name)])),
      // One of them is our own second look at the log.
      connections: Object.fromEntries(
        names.map((name) => [name, (loginsAfter.get(name) ?? 0) - (loginsBefore.get(name) ?? 0) - 1]),
      ),
      upSeconds,
      scriptSeconds,
      noopUpSeconds,
      previewSeconds,
    };
  }

  async close(): Promise<void> {
    await this.machines.destroy();
    this.state.remove();
  }

  private up(): Promise<void> {
    return this.hardway("up", "--yes", "--skip-verify");
  }

  private down(): Promise<void> {
    return this.hardway("down", "--yes", "--keep-machines");
  }

  private async hardway(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.state.hardway(...args);
    if (code !== 0) throw new Error(`hardway ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  }

  /** Commands in the order in which the engine ran them; a dependency always comes before what needs it. */
  private async commands(): Promise<Command[]> {
    const { code, stdout, stderr } = await this.state.shell("pulumi stack export");
    if (code !== 0) throw new Error(stderr);
    const { deployment } = JSON.parse(stdout) as {
      deployment: { resources: { urn: string; type: string; inputs?: { create?: string; delete?: string } }[] };
    };
    return deployment.resources
      .filter((resource) => resource.type === "command:remote:Command")
      .map(({ urn, inputs }) => ({
        host: this.hosts.find(({ name }) => urn.endsWith(`-${name}`))?.name ?? "",
        create: inputs?.create ?? "",
        delete: inputs?.delete,
      }));
  }

  /** All hosts at the same time, each with one session that gets all of its commands on standard input. */
  private async asScripts(commands: Command[], text: (command: Command) => string | undefined): Promise<void> {
    await Promise.all(
      this.hosts.map((host) => {
        const parts = commands
          .filter((command) => command.host === host.name)
          .flatMap((command) => text(command) ?? []);
        // Each ends in exec, so it gets a shell of its own; its stdin is not the script that we are being read from.
        const script = parts.map((part) => `(\n${part}\n) </dev/null >/dev/null || exit`).join("\n");
        return this.onHost(host, (session) => runOn(session, script));
      }),
    );
  }

  private async logins(): Promise<Map<string, number>> {
    const counts = this.hosts.map(async (host): Promise<[string, number]> => {
      const command = "sudo -n journalctl -b --no-pager -o cat | grep -c '^Accepted publickey'";
      return [host.name, Number(await this.onHost(host, (session) => runOn(session, command)))];
    });
    return new Map(await Promise.all(counts));
  }

  private async onHost<T>(host: MachineStatus, action: (session: SshSession) => Promise<T>): Promise<T> {
    const privateKey = readFileSync(join(host.ssh.privateKeyFile), "utf8");
    const session = await SshSession.connect({ ...host.ssh, privateKey });
    try {
      return await action(session);
    } finally {
      session.close();
    }
  }
}

async function runOn(session: SshSession, script: string): Promise<string> {
  const { code, stdout, stderr } = await session.exec("sh -s", { stdin: script, timeoutSeconds: 1200 });
  if (code !== 0) throw new Error(`a script ended with ${code}: ${stderr}`);
  return stdout;
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
