import type { Client, ClientChannel } from "ssh2";
import type { Properties } from "../plugin/properties";
import { connect, type Connection, type SshEndpoint } from "./connection";
import { CommandOutput } from "./output";
import { commandLife, previousOutputEnvironment, type CommandOperation, type CommandResourceType } from "./resource";
import { remoteCommandSchema } from "./schema";

/** Linux takes no environment string longer than this (MAX_ARG_STRLEN in execve(2)), and OpenSSH no packet of twice that. */
const longestVariable = 128 * 1024 - 1;

/** Milliseconds that a cancelled command has to end after SIGTERM. */
const grace = 2000;

export const remoteCommand: CommandResourceType = {
  schema: remoteCommandSchema,
  computed: () => ["stdout", "stderr"],
  ...commandLife(runRemote),
};

async function runRemote(command: string, inputs: Properties, previous: Properties, operation: CommandOperation) {
  const connection = await connect(inputs.connection as unknown as SshEndpoint, operation);
  try {
    return await execute(connection, command, inputs, previous, operation);
  } finally {
    connection.close();
  }
}

function execute(
  connection: Connection,
  command: string,
  inputs: Properties,
  previous: Properties,
  operation: CommandOperation,
): Promise<Properties> {
  const { client, name } = connection;
  const output = new CommandOutput(inputs.logging, operation);
  const required = (inputs.environment ?? {}) as Record<string, string>;
  const refusal = (variable: string) =>
    `Unable to set '${variable}'. This only works if your SSH server is configured to accept these variables via ` +
    `AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could prefix the command ` +
    `itself with the variables in the form 'VAR=value command'`;

  return new Promise((resolve, reject) => {
    let ended: { code: number | null; signal?: string } | undefined;
    let channel: ClientChannel | undefined;
    const settle = (finish: () => void) => {
      operation.stop.removeEventListener("abort", stop);
      finish();
    };
    const fail = (cause: string) => settle(() => reject(output.failure(cause, command)));
    const stop = () => {
      if (channel) terminate(client, channel);
      setTimeout(() => client.destroy(), grace).unref();
    };
    const stopped = () =>
      operation.stop.aborted ? `${(operation.stop.reason as Error).message} (${name})` : undefined;

    operation.stop.addEventListener("abort", stop);
    client.on("error", (error) => {
      const frozen = error.message === "Keepalive timeout";
      fail(frozen ? `${name}: the host stopped answering` : `${name}: connection failed: ${error.message}`);
    });
    client.once("close", () => {
      if (!ended) fail(stopped() ?? `${name}: the connection was lost before the command ended`);
    });

    askBeforeExec(client, (variable) => {
      if (!(variable in required)) return operation.log.warning(refusal(variable));
      return new Error(`could not set environment variable ${JSON.stringify(variable)}: ${refusal(variable)}`);
    });
    const env = { ...withinLimit(previousOutputEnvironment(inputs, previous), operation), ...required };
    client.exec(command, { env }, (error, opened) => {
      if (error) return settle(() => reject(new Error(`${name}: ${error.message}`)));
      channel = opened;
      if (operation.stop.aborted) stop();
      opened.on("data", (chunk: Buffer) => output.add("stdout", chunk));
      opened.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
      opened.on("error", () => {}); // the command ended without reading all of its input
      opened.on("exit", (code: number | null, signal?: string) => (ended = { code, signal }));
      opened.on("close", () => {
        if (stopped() !== undefined) fail(stopped() ?? "");
        else if (ended?.code === 0) settle(() => resolve(output.end()));
        else if (ended?.signal) fail(`Process exited from signal ${ended.signal.replace(/^SIG/, "")}`);
        else if (ended) fail(`Process exited with status ${ended.code}`);
        // No status: either the connection is gone, which the client reports, or the host forgot it.
        else setImmediate(() => fail("wait: remote command exited without exit status or exit signal"));
      });
      opened.end(typeof inputs.stdin === "string" ? inputs.stdin : undefined);
    });
  });
}

function withinLimit(variables: Record<string, string>, { log }: CommandOperation): Record<string, string> {
  const fits = ([name, value]: [string, string]) => Buffer.byteLength(name + value) < longestVariable;
  for (const [name] of Object.entries(variables).filter((entry) => !fits(entry))) {
    log.warning(`${name} is not set: the previous output is too long for an environment variable`);
  }
  return Object.fromEntries(Object.entries(variables).filter(fits));
}

/** The parts of ssh2 1.17 that are needed here and that its types do not show. */
interface Internals {
  _protocol: {
    env: (channel: number, name: string, value: string, wantReply: boolean) => void;
    exec: (channel: number, command: string, wantReply: boolean) => void;
    signal: (channel: number, name: string) => void;
  };
  _chanMgr: { get(localChannel: number): { _callbacks: ((refused: boolean | Error) => void)[] } };
}

/**
 * Makes the client ask the server about every environment variable and start the command only when all that are
 * needed were taken. ssh2 sends env requests without asking for an answer, so that a variable which the server does
 * not accept would go unnoticed. The connection's first and only channel is number 0.
 * @param refused what to do about a refused variable: an Error keeps the command from starting
 */
function askBeforeExec(client: Client, refused: (variable: string) => Error | void) {
  const { _protocol: protocol, _chanMgr: channels } = client as unknown as Internals;
  const { env, exec } = protocol;
  const answers: Promise<Error | void>[] = [];
  protocol.env = (channel, name, value) => {
    const answer = new Promise<boolean | Error>((resolve) => channels.get(0)._callbacks.push(resolve));
    answers.push(answer.then((problem) => (problem ? refused(name) : undefined)));
    env.call(protocol, channel, name, value, true);
  };
  protocol.exec = (channel, command, wantReply) => {
    void Promise.all(answers).then((all) => {
      const problem = all.find((each) => each instanceof Error);
      if (problem) channels.get(0)._callbacks.shift()?.(problem);
      else exec.call(protocol, channel, command, wantReply);
    });
  };
}

/** Channel.signal does nothing once the input has ended, which it has for every command; SSH allows it (RFC 4254, 6.9). */
function terminate(client: Client, channel: ClientChannel) {
  const { outgoing } = channel as unknown as { outgoing: { id: number; state: string } };
  if (outgoing.state !== "closed") (client as unknown as Internals)._protocol.signal(outgoing.id, "TERM");
}
