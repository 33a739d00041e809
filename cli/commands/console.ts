import { connect } from "node:net";
import { Lab, type GlobalOptions } from "../lab/context";
import { ExitCode, messageOf, UserError } from "../errors";
import { knownInstances, nodeName } from "../lab/instances";
import { requireLab, unknownHost } from "../lab/knownNames";

/** Ctrl-], as in telnet. */
const leaveKey = 0x1d;

/** Attaches the terminal to a machine's serial console, which works even when SSH does not answer. */
export async function console(options: GlobalOptions, node: string): Promise<number> {
  const lab = new Lab(options);
  const { paths } = lab;
  requireLab(paths);
  const all = (await knownInstances(lab, (text) => process.stderr.write(`${text}\n`))) ?? [];
  if (all.length === 0)
    throw new UserError(
      `Lab "${paths.name}" has no machines in the embedded EC2, so there is no console to attach to.`,
    );
  const machine = all.find((entry) => nodeName(entry) === node);
  if (machine === undefined) throw unknownHost(node, all.map(nodeName), paths.name);
  if (machine.state !== "running") throw new UserError(`${node} is ${machine.state}; boot it with "./hardway start".`);
  return attach(machine.consoleSocket, node, {
    input: process.stdin,
    output: process.stdout,
    remarks: process.stderr,
  });
}

/** The person's side of a console. */
interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
  /** For remarks that are not the machine's. */
  readonly remarks: NodeJS.WritableStream;
}

/** Raw in both directions until Ctrl-] or the end of the machine. */
export function attach(path: string, node: string, terminal: Terminal): Promise<number> {
  const { input, output, remarks } = terminal;
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let left = false;
    const leave = () => {
      left = true;
      socket.destroySoon();
    };
    const onData = (data: Buffer) => {
      const at = data.indexOf(leaveKey);
      socket.write(at < 0 ? data : data.subarray(0, at));
      if (at >= 0) leave();
    };
    socket.on("connect", () => {
      remarks.write(`Console of ${node}; Ctrl-] leaves, Enter shows a prompt.\n`);
      if (input.isTTY) input.setRawMode(true);
      // The end of a pipe does not end the session: the machine may still be answering.
      input.on("data", onData);
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, leave);
    });
    socket.on("data", (data) => output.write(data));
    socket.on("error", (error) =>
      reject(new UserError(`The console of ${node} does not answer (${path}): ${messageOf(error)}`)),
    );
    socket.on("close", () => {
      if (input.isTTY) input.setRawMode(false);
      input.off("data", onData).pause();
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, leave);
      remarks.write(left ? "\nLeft the console.\n" : `\n${node} closed its console.\n`);
      resolve(ExitCode.ok);
    });
  });
}
