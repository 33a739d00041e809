import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

export type Properties = Record<string, unknown>;

const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
const launchers = path.join(__dirname, "../../providers/bin");

/** The command plugin as the engine runs it: its launcher in a process, gRPC to it, and an engine that takes its log. */
export class CommandPlugin {
  /** Messages that the plugin logged, one entry per line. */
  readonly log: { severity: number; line: string }[] = [];
  readonly client: ResourceProviderClient;
  readonly #stop: () => Promise<void>;

  private constructor(client: ResourceProviderClient, stop: () => Promise<void>) {
    this.client = client;
    this.#stop = stop;
  }

  /**
   * @param env additional environment of the plugin process
   * @param name of another plugin whose launcher is to run
   */
  static async start(env: Record<string, string> = {}, cwd?: string, name = "command"): Promise<CommandPlugin> {
    const engine = new grpc.Server(unlimited);
    let plugin: CommandPlugin | undefined = undefined;
    engine.addService(EngineService, {
      log: (call: grpc.ServerUnaryCall<LogRequest, Empty>, callback: grpc.sendUnaryData<Empty>) => {
        for (const line of call.request.getMessage().split("\n")) {
          plugin?.log.push({ severity: call.request.getSeverity(), line });
        }
        callback(null, new Empty());
      },
    });
    const enginePort = await new Promise<number>((resolve, reject) =>
      engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const child = spawn(
      path.join(launchers, `pulumi-resource-${name}`),
      ["--logtostderr", "-v=9", `127.0.0.1:${enginePort}`],
      {
        cwd,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    if (!/^\d+$/.test(line)) throw new Error(`the plugin's first line must be a port, it is ${JSON.stringify(line)}`);
    const client = new ResourceProviderClient(`127.0.0.1:${line}`, grpc.credentials.createInsecure(), unlimited);
    plugin = new CommandPlugin(client, async () => {
      client.close();
      const exited = once(child, "exit");
      child.kill("SIGINT");
      await exited;
      engine.forceShutdown();
    });
    return plugin;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  async check(type: string, inputs: Properties): Promise<{ inputs: Properties; failures: Record<string, string> }> {
    const request = new pb.CheckRequest().setUrn(urn(type)).setNews(struct(inputs));
    const response = await this.#call<pb.CheckResponse>((done) => this.client.check(request, done));
    const failures = response.getFailuresList().map((each) => [each.getProperty(), each.getReason()] as const);
    return { inputs: plain(response.getInputs()), failures: Object.fromEntries(failures) };
  }

  /** Changed properties with their kind (`UPDATE`, `ADD_REPLACE`, ...). */
  async diff(type: string, state: Properties, inputs: Properties): Promise<Record<string, string>> {
    const request = new pb.DiffRequest().setUrn(urn(type)).setOlds(struct(state)).setNews(struct(inputs));
    const response = await this.#call<pb.DiffResponse>((done) => this.client.diff(request, done));
    const kinds = Object.entries(pb.PropertyDiff.Kind);
    const found = [...response.getDetaileddiffMap().entries()] as [string, pb.PropertyDiff][];
    const name = (kind: number) => kinds.find(([, value]) => (value as number) === kind)?.[0] ?? String(kind);
    const detailed = Object.fromEntries(found.map(([key, difference]) => [key, name(difference.getKind())]));
    const some = response.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME;
    if (some !== found.length > 0) throw new Error("`changes` and `detailedDiff` do not agree");
    return detailed;
  }

  async create(type: string, inputs: Properties, options: { preview?: boolean; timeout?: number } = {}) {
    const request = new pb.CreateRequest().setUrn(urn(type)).setProperties(struct(inputs));
    request.setPreview(options.preview ?? false).setTimeout(options.timeout ?? 0);
    const response = await this.#call<pb.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), outputs: plain(response.getProperties()) };
  }

  async update(type: string, state: Properties, inputs: Properties, preview = false): Promise<Properties> {
    const request = new pb.UpdateRequest().setUrn(urn(type)).setOlds(struct(state)).setNews(struct(inputs));
    request.setPreview(preview);
    const response = await this.#call<pb.UpdateResponse>((done) => this.client.update(request, done));
    return plain(response.getProperties());
  }

  async delete(type: string, state: Properties): Promise<void> {
    const request = new pb.DeleteRequest().setUrn(urn(type)).setProperties(struct(state));
    await this.#call<Empty>((done) => this.client.delete(request, done));
  }

  async invoke(token: string, args: Properties): Promise<Properties> {
    const request = new pb.InvokeRequest().setTok(token).setArgs(struct(args));
    const response = await this.#call<pb.InvokeResponse>((done) => this.client.invoke(request, done));
    const failures = response.getFailuresList().map((each) => each.getReason());
    if (failures.length > 0) throw new Error(failures.join("; "));
    return plain(response.getReturn());
  }

  async cancel(): Promise<void> {
    await this.#call<Empty>((done) => this.client.cancel(new Empty(), done));
  }

  /** Lines of the log without those about connecting. */
  lines(): string[] {
    return this.log.map(({ line }) => line).filter((line) => !/^Dial/.test(line));
  }

  async #call<T>(send: (done: (error: grpc.ServiceError | null, response: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) =>
      send((error, response) => (error ? reject(new Error(error.details)) : resolve(response))),
    );
  }
}

/** Marks a value as the engine marks a secret. */
export function secret(value: unknown): Properties {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

/** What the engine sends for a value that is not known yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const urn = (type: string) => `urn:pulumi:dev::project::parent:index:Component$${type}::resource`;
const struct = (properties: Properties) => Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
const plain = (value: Struct | undefined) => (value?.toJavaScript() ?? {}) as Properties;

/** The message of the error that a promise ends with. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("expected a failure");
}

/** Waits, at most 15 s, until a condition holds. */
export async function eventually(condition: () => boolean) {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not true within 15 s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
