import { randomBytes } from "node:crypto";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Operations } from "../plugin/operations";
import { changes, hasSecret, plain, unknown, type Properties } from "../plugin/properties";
import { unary, unimplemented } from "../plugin/server";
import { localCommand } from "./localCommand";
import { redactor } from "./redact";
import { remoteCommand } from "./remoteCommand";
import type { CommandOperation, CommandResourceType } from "./resource";
import { checkedInputs } from "./schema";

/** The release of pulumi-command whose behaviour this plugin has. */
export const version = "1.2.1";

const resources: Record<string, CommandResourceType> = {
  "command:local:Command": localCommand,
  "command:remote:Command": remoteCommand,
};

/** What the official plugin has and no component of hardway uses. */
const officialOnly = ["command:remote:CopyToRemote", "command:remote:CopyFile", "command:local:run"];

/**
 * The gRPC service of the plugin. It is built on the generated stubs: @pulumi/pulumi's own provider server takes no
 * secrets, does not tell a preview from an update, and gives a resource no way to be cancelled or to log.
 */
export function commandProvider(engine: string | undefined): IResourceProviderServer {
  const operations = new Operations(engine);

  function operate<T>(urn: string, secrets: Properties, seconds: number, call: AbortSignal, work: Work<T>) {
    return operations.run(urn, seconds, call, (operation) => work({ ...operation, redact: redactor(secrets) }));
  }

  return {
    handshake: unary(() => new pb.ProviderHandshakeResponse().setAcceptSecrets(true)),
    configure: unary(() => new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
    checkConfig: unary((request: pb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    // The engine connects to one that attaches a debugger; it has nothing to say to us.
    attach: unary(() => new Empty()),
    cancel: unary(() => {
      operations.cancel();
      return new Empty();
    }),

    check: unary((request: pb.CheckRequest) => {
      const { inputs, failures } = checkedInputs(resourceOf(request.getUrn()).schema, read(request.getNews()));
      const list = failures.map(({ property, reason }) =>
        new pb.CheckFailure().setProperty(property).setReason(reason),
      );
      return new pb.CheckResponse().setInputs(write(inputs)).setFailuresList(list);
    }),

    diff: unary((request: pb.DiffRequest) => {
      const { schema } = resourceOf(request.getUrn());
      const state = read(request.getOlds());
      const inputs = read(request.getNews());
      const response = new pb.DiffResponse().setHasdetaileddiff(true);
      const found = changes(inputsOf(schema, state), inputsOf(schema, inputs));
      for (const [path, kind] of found) {
        const property = path.replace(/[.[].*$/s, "");
        const replace = property === "triggers";
        if (replace && !response.getReplacesList().includes(property)) response.addReplaces(property);
        if (!response.getDiffsList().includes(property)) response.addDiffs(property);
        const name = `${kind.toUpperCase()}${replace ? "_REPLACE" : ""}` as keyof typeof pb.PropertyDiff.Kind;
        response.getDetaileddiffMap().set(path, new pb.PropertyDiff().setKind(pb.PropertyDiff.Kind[name]));
      }
      // A value that becomes a secret has to be encrypted in the state, for which nothing needs to run.
      for (const key of Object.keys(schema).filter((each) => hasSecret(inputs[each]) && !hasSecret(state[each]))) {
        if (response.getDiffsList().includes(key)) continue;
        response.addDiffs(key);
        response.getDetaileddiffMap().set(key, new pb.PropertyDiff().setKind(pb.PropertyDiff.Kind.UPDATE));
      }
      const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
      return response.setChanges(response.getDiffsList().length === 0 ? DIFF_NONE : DIFF_SOME);
    }),

    create: unary(async (request: pb.CreateRequest, call) => {
      const urn = request.getUrn();
      const resource = resourceOf(urn);
      const inputs = read(request.getProperties());
      const name = urn.split("::").slice(3).join("::");
      const response = new pb.CreateResponse().setId(name + randomBytes(4).toString("hex"));
      if (request.getPreview())
        return response.setId("").setProperties(write({ ...inputs, ...unknowns(resource, inputs) }));
      const outputs = await operate(urn, inputs, request.getTimeout(), call, (operation) =>
        resource.create(plain(inputs) as Properties, operation),
      );
      return response.setProperties(write({ ...inputs, ...outputs }));
    }),

    update: unary(async (request: pb.UpdateRequest, call) => {
      const urn = request.getUrn();
      const resource = resourceOf(urn);
      const state = read(request.getOlds());
      const inputs = read(request.getNews());
      const respond = (outputs: Properties) => new pb.UpdateResponse().setProperties(write({ ...inputs, ...outputs }));
      const same = changes(inputsOf(resource.schema, state), inputsOf(resource.schema, inputs)).size === 0;
      // Only secrecy changed: what ran before is still what was asked for.
      if (same) return respond(pick(state, resource.computed(inputs)));
      if (request.getPreview()) return respond(unknowns(resource, inputs));
      const outputs = await operate(urn, { ...state, ...inputs }, request.getTimeout(), call, (operation) =>
        resource.update(plain(inputs) as Properties, plain(state) as Properties, operation),
      );
      return respond(outputs);
    }),

    delete: unary(async (request: pb.DeleteRequest, call) => {
      const urn = request.getUrn();
      // The official plugin leaves on the host what it copied there.
      if (officialOnly.includes(typeOf(urn))) return new Empty();
      const state = read(request.getProperties());
      const resource = resourceOf(urn);
      await operate(urn, state, request.getTimeout(), call, (operation) =>
        resource.delete(plain(state) as Properties, operation),
      );
      return new Empty();
    }),

    // As with the official plugin, nothing is read back from a host.
    read: unary((request: pb.ReadRequest) =>
      new pb.ReadResponse()
        .setId(request.getId())
        .setProperties(request.getProperties())
        .setInputs(request.getInputs()),
    ),

    invoke: unary((request: pb.InvokeRequest) => missing("function", request.getTok())),

    getSchema: unary(() => unimplemented("the schema is in the npm package @pulumi/command, this plugin has none")),
    getMapping: unary(() => new pb.GetMappingResponse()),
    getMappings: unary(() => new pb.GetMappingsResponse()),
    parameterize: unary(() => unimplemented("the command plugin cannot be parameterized")),
    construct: unary(() => unimplemented("the command plugin has no components")),
    call: unary(() => unimplemented("the command plugin has no methods")),
    list: () => unimplemented("the command plugin cannot list resources"),
  };
}

type Work<T> = (operation: CommandOperation) => Promise<T>;

/** The type in `urn:pulumi:stack::project::parentType$type::name`. */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function resourceOf(urn: string): CommandResourceType {
  const type = typeOf(urn);
  return resources[type] ?? missing("resource", type);
}

function missing(what: "resource" | "function", token: string): never {
  const bundled = `hardway's bundled command plugin has no ${what} ${token}`;
  unimplemented(
    officialOnly.includes(token)
      ? `${bundled}; use the official one: pulumi plugin install resource command ${version}, and ./hardway with --plugins official`
      : bundled,
  );
}

const inputsOf = (schema: object, properties: Properties) => pick(properties, Object.keys(schema));

function pick(properties: Properties, keys: string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => keys.includes(key)));
}

function unknowns(resource: CommandResourceType, inputs: Properties): Properties {
  return Object.fromEntries(resource.computed(inputs).map((name) => [name, unknown]));
}

function read(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function write(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}
