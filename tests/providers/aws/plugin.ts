import type * as grpc from "@grpc/grpc-js";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { CommandPlugin, type Properties } from "../pluginProcess";

/** Enough of a configuration for what asks AWS nothing. */
export const offline = { region: "us-east-1", skipCredentialsValidation: "true", skipRequestingAccountId: "true" };

interface DiffResult {
  /** Kind by path: `UPDATE`, `ADD_REPLACE`, ... */
  detailed: Record<string, string>;
  replaces: string[];
  deleteBeforeReplace: boolean;
}

interface Partial {
  id: string;
  state: Properties;
  inputs: Properties;
}

/** The aws plugin as the engine runs it: its launcher in a process, and gRPC to it. */
export class AwsPlugin {
  /** What the last error said about a resource that exists all the same. */
  lastPartial: Partial | undefined;

  private constructor(readonly process: CommandPlugin) {}

  /** @param config the provider's; without it the plugin stays unconfigured */
  static async start(config?: Properties, env: Record<string, string> = {}): Promise<AwsPlugin> {
    const plugin = new AwsPlugin(await CommandPlugin.start(env, undefined, "aws"));
    if (config) {
      try {
        await plugin.configure(config);
      } catch (error) {
        await plugin.stop();
        throw error;
      }
    }
    return plugin;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  async configure(config: Properties): Promise<void> {
    const request = new pb.ConfigureRequest().setArgs(struct(config)).setAcceptsecrets(true);
    await this.#call((done) => this.process.client.configure(request, done));
  }

  async checkConfig(config: Properties) {
    const request = new pb.CheckRequest().setUrn(urn("pulumi:providers:aws")).setNews(struct(config));
    return checked(await this.#call<pb.CheckResponse>((done) => this.process.client.checkConfig(request, done)));
  }

  async check(type: string, inputs: Properties, olds: Properties = {}) {
    const request = new pb.CheckRequest().setUrn(urn(type)).setNews(struct(inputs)).setOlds(struct(olds));
    request.setRandomseed(Buffer.from("0123456789abcdef", "hex"));
    return checked(await this.#call<pb.CheckResponse>((done) => this.process.client.check(request, done)));
  }

  async diff(type: string, state: Properties, inputs: Properties): Promise<DiffResult> {
    const request = new pb.DiffRequest().setUrn(urn(type)).setId("id").setOlds(struct(state)).setNews(struct(inputs));
    const response = await this.#call<pb.DiffResponse>((done) => this.process.client.diff(request, done));
    const kinds = Object.entries(pb.PropertyDiff.Kind);
    const found = [...response.getDetaileddiffMap().entries()] as [string, pb.PropertyDiff][];
    const kindOf = (each: pb.PropertyDiff) =>
      kinds.find(([, value]) => (value as number) === (each.getKind() as number))?.[0] ?? "";
    const some = response.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME;
    if (some !== found.length > 0) throw new Error("`changes` and `detailedDiff` do not agree");
    return {
      detailed: Object.fromEntries(found.map(([path, each]) => [path, kindOf(each)])),
      replaces: response.getReplacesList().sort(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(type: string, inputs: Properties, options: { preview?: boolean; timeout?: number } = {}) {
    const request = new pb.CreateRequest().setUrn(urn(type)).setProperties(struct(inputs));
    request.setPreview(options.preview ?? false).setTimeout(options.timeout ?? 0);
    const response = await this.#call<pb.CreateResponse>((done) => this.process.client.create(request, done));
    return { id: response.getId(), outputs: plain(response.getProperties()) };
  }

  async previewUpdate(type: string, state: Properties, inputs: Properties): Promise<Properties> {
    const request = new pb.UpdateRequest().setUrn(urn(type)).setId("id").setPreview(true);
    request.setOlds(struct(state)).setNews(struct(inputs));
    return plain(
      (await this.#call<pb.UpdateResponse>((done) => this.process.client.update(request, done))).getProperties(),
    );
  }

  async delete(type: string, id: string, state: Properties): Promise<void> {
    const request = new pb.DeleteRequest().setUrn(urn(type)).setId(id).setProperties(struct(state));
    await this.#call((done) => this.process.client.delete(request, done));
  }

  /** An import where no state is given. The id is empty when there is no such resource. */
  async read(type: string, id: string, state: Properties = {}, inputs: Properties = {}) {
    const request = new pb.ReadRequest().setUrn(urn(type)).setId(id).setProperties(struct(state));
    request.setInputs(struct(inputs));
    const response = await this.#call<pb.ReadResponse>((done) => this.process.client.read(request, done));
    return { id: response.getId(), state: plain(response.getProperties()), inputs: plain(response.getInputs()) };
  }

  invoke(token: string, args: Properties): Promise<Properties> {
    return this.process.invoke(token, args);
  }

  async #call<T>(send: (done: (error: grpc.ServiceError | null, response: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) =>
      send((error, response) => {
        if (!error) return resolve(response);
        this.lastPartial = partialOf(error);
        reject(new Error(error.details));
      }),
    );
  }
}

/** The state that an error carries, as the engine reads it. */
function partialOf(error: grpc.ServiceError): Partial | undefined {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (bytes === undefined) return undefined;
  const [detail] = Status.deserializeBinary(bytes as Buffer).getDetailsList();
  if (detail?.getTypeName() !== "pulumirpc.ErrorResourceInitFailed") throw new Error("another kind of detail");
  const failed = pb.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return { id: failed.getId(), state: plain(failed.getProperties()), inputs: plain(failed.getInputs()) };
}

function checked(response: pb.CheckResponse): { inputs: Properties; failures: Record<string, string> } {
  const failures = response.getFailuresList().map((each) => [each.getProperty(), each.getReason()] as const);
  return { inputs: plain(response.getInputs()), failures: Object.fromEntries(failures) };
}

const urn = (type: string) => `urn:pulumi:dev::project::parent:index:Component$${type}::resource`;
const struct = (properties: Properties) => Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
const plain = (value: Struct | undefined) => (value?.toJavaScript() ?? {}) as Properties;
