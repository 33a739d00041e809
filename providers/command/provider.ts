import { randomBytes } from "node:crypto";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Operations } from "../plugin/operations";
import { changes, plain, unknown, type Properties } from "../plugin/properties";
import { checkFailure, commonMethods, diffResponse, propertiesOf, typeOf, write } from "../plugin/provider";
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
    ...commonMethods("command", version, operations),
    configure: unary(() => new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
    checkConfig: unary((request: pb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),

    check: unary((request: pb.CheckRequest) => {
      const { inputs, failures } = checkedInputs(resourceOf(request.getUrn()).schema, propertiesOf(request.getNews()));
      return new pb.CheckResponse().setInputs(write(inputs)).setFailuresList(failures.map(checkFailure));
    }),

    diff: unary((request: pb.DiffRequest) => {
      const { schema } = resourceOf(request.getUrn());
      const [state, inputs] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      const found = [...changes(inputsOf(schema, state), inputsOf(schema, inputs))].map(([path, kind]) => {
        const property = path.replace(/[.[].*$/s, "");
        return { path, property, kind, replaces: property === "triggers" };
      });
      return diffResponse(found, Object.keys(schema), state, inputs);
    }),

    create: unary(async (request: pb.CreateRequest, call) => {
      const urn = request.getUrn();
      const resource = resourceOf(urn);
      const inputs = propertiesOf(request.getProperties());
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
      const state = propertiesOf(request.getOlds());
      const inputs = propertiesOf(request.getNews());
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
      const state = propertiesOf(request.getProperties());
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
  };
}

type Work<T> = (operation: CommandOperation) => Promise<T>;

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
