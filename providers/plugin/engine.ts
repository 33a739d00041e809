import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { unlimitedMessages } from "./server";

/** Longest piece of one log message, in characters; output without line ends must not become one giant message. */
const longestMessage = 64 * 1024;

/** Shows messages of one resource through the engine. */
export interface Log {
  /** Progress: shown while the resource is worked on, not kept in the summary. */
  status(message: string): void;
  warning(message: string): void;
  /** Waits until the engine has everything. Never fails: a lost log line must not fail a resource. */
  flush(): Promise<void>;
}

export class Engine {
  readonly #client: EngineClient;

  constructor(address: string) {
    this.#client = new EngineClient(address, grpc.credentials.createInsecure(), unlimitedMessages);
  }

  /**
   * Messages go out one request at a time, in order; lines that pile up meanwhile travel together, so that a command
   * printing a million lines costs neither a million requests nor a stalled connection.
   */
  log(urn: string): Log {
    let queue: Message[] = [];
    let sending: Promise<void> | undefined;

    const send = (severity: LogSeverity, message: string) =>
      new Promise<void>((resolve) => {
        const request = new LogRequest();
        request.setSeverity(severity);
        request.setUrn(urn);
        request.setMessage(message);
        request.setEphemeral(severity === LogSeverity.INFO);
        this.#client.log(request, () => resolve());
      });
    const drain = async () => {
      while (queue.length > 0) {
        const waiting = queue;
        queue = [];
        for (const { severity, message } of inBatches(waiting)) await send(severity, message);
      }
      sending = undefined;
    };
    const add = (severity: LogSeverity, message: string) => {
      queue.push({ severity, message });
      sending ??= drain();
    };
    return {
      status: (message) => add(LogSeverity.INFO, message),
      warning: (message) => add(LogSeverity.WARNING, message),
      flush: async () => sending,
    };
  }
}

interface Message {
  severity: LogSeverity;
  message: string;
}

/** Joins lines of one severity up to the longest message, and cuts what is longer. */
function* inBatches(messages: Message[]): Generator<Message> {
  let batch: Message | undefined;
  for (const { severity, message } of messages) {
    if (batch?.severity === severity && batch.message.length + message.length < longestMessage) {
      batch.message += `\n${message}`;
      continue;
    }
    if (batch) yield batch;
    let start = 0;
    for (; message.length - start > longestMessage; start += longestMessage) {
      yield { severity, message: message.slice(start, start + longestMessage) };
    }
    batch = { severity, message: message.slice(start) };
  }
  if (batch) yield batch;
}
