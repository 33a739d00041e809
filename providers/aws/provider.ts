import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { version } from "@pulumi/aws/package.json";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Operations } from "../plugin/operations";
import { hasUnknown, plain, unknown, type Properties } from "../plugin/properties";
import { checkFailure, commonMethods, diffResponse, propertiesOf, typeOf, write } from "../plugin/provider";
import { unary, unimplemented } from "../plugin/server";
import { Account } from "./account";
import { checkConfig, settings, withSecretKeys } from "./config";
import { functions } from "./functions";
import type { ResourceLifecycle } from "./lifecycle";
import { autoname } from "./naming";
import { resources } from "./registry";
import { isGiven } from "../plugin/schema";
import { checkInputs, withSchemaDefaults } from "./schema";
import { allTags } from "./tags";

/** The gRPC service of the plugin: what pulumi-aws of the same version does, for the resources that a lab needs. */
export function awsProvider(engine: string | undefined): IResourceProviderServer {
  const operations = new Operations(engine);
  /** Undefined until the engine configures the plugin, and while its configuration is not known. */
  let account: Account | undefined;

  const configured = () => {
    if (account === undefined) throw new Error("the aws provider's configuration is not known yet");
    return account;
  };

  function check(request: pb.CheckRequest): pb.CheckResponse {
    const { type, schema } = resourceOf(request.getUrn());
    const given = propertiesOf(request.getNews());
    const failures = checkInputs(type.inputs, given);
    if (failures.length === 0) failures.push(...(type.validate?.(plain(given) as Properties) ?? []));
    const response = new pb.CheckResponse().setFailuresList(failures.map(checkFailure));
    if (failures.length > 0) return response.setInputs(request.getNews());

    const inputs = withSchemaDefaults(type.inputs, given);
    const defaults = inputs.__defaults as string[];
    const name = type.autoname;
    if (name && !isGiven(inputs[name.property]) && !(name.unless && isGiven(inputs[name.unless]))) {
      const chosen = autoname(request, name.property, propertiesOf(request.getOlds()));
      if (chosen === undefined) {
        const reason = `Missing required property '${name.property}': autonaming is disabled`;
        return response.setFailuresList([checkFailure({ property: name.property, reason })]);
      }
      inputs[name.property] = chosen;
      defaults.push(name.property);
    }
    if (!isGiven(inputs.region)) {
      inputs.region = account?.region ?? unknown;
      defaults.push("region");
    }
    if ("tagsAll" in schema) {
      inputs.tagsAll = allTags(account ? account.defaultTags : unknown, inputs.tags);
    }
    return response.setInputs(write({ ...inputs, __defaults: defaults.sort() }));
  }

  return {
    ...commonMethods("aws", version, operations),

    checkConfig: unary((request: pb.CheckRequest) => {
      const inputs = propertiesOf(request.getNews());
      const failures = checkConfig(inputs).map(checkFailure);
      return new pb.CheckResponse().setInputs(write(withSecretKeys(inputs))).setFailuresList(failures);
    }),

    // Another region makes other resources, which their own diffs say: each has its region.
    diffConfig: unary((request: pb.DiffRequest) => {
      const [before, after] = [request.getOlds(), request.getNews()].map((each) =>
        JSON.stringify(plain(propertiesOf(each))),
      );
      const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
      return new pb.DiffResponse().setChanges(before === after ? DIFF_NONE : DIFF_SOME);
    }),

    configure: unary(async (request: pb.ConfigureRequest, call) => {
      const known = settings(propertiesOf(request.getArgs()));
      account = known && (await operations.run("", 0, call, (operation) => Account.open(known, operation)));
      return new pb.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(false)
        .setAcceptoutputs(false)
        .setSupportspreview(true);
    }),

    check: unary(check),

    diff: unary((request: pb.DiffRequest) => {
      const resource = resourceOf(request.getUrn());
      const [state, inputs] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      const response = diffResponse(resource.diff(state, inputs), Object.keys(resource.schema), state, inputs);
      // Two resources cannot have one name: where the program gives it, the old one goes first.
      const name = resource.type.autoname?.property;
      const named = name !== undefined && !(inputs.__defaults as string[] | undefined)?.includes(name);
      const sameName = named && !response.getDiffsList().includes(name) && isGiven(inputs[name]);
      return response.setDeletebeforereplace(response.getReplacesList().length > 0 && sameName);
    }),

    create: unary(async (request: pb.CreateRequest, call) => {
      const resource = resourceOf(request.getUrn());
      const inputs = propertiesOf(request.getProperties());
      if (request.getPreview()) return new pb.CreateResponse().setProperties(write(resource.previewCreate(inputs)));
      const seconds = resource.timeout("create", request.getTimeout());
      const { id, state } = await operations.run(request.getUrn(), seconds, call, (operation) =>
        resource.create(inputs, configured(), operation),
      );
      return new pb.CreateResponse().setId(id).setProperties(write(state));
    }),

    update: unary(async (request: pb.UpdateRequest, call) => {
      const resource = resourceOf(request.getUrn());
      const state = propertiesOf(request.getOlds());
      const inputs = propertiesOf(request.getNews());
      if (request.getPreview()) {
        return new pb.UpdateResponse().setProperties(write(resource.previewUpdate(state, inputs)));
      }
      const seconds = resource.timeout("update", request.getTimeout());
      const updated = await operations.run(request.getUrn(), seconds, call, (operation) =>
        resource.update(request.getId(), state, inputs, configured(), operation),
      );
      return new pb.UpdateResponse().setProperties(write(updated));
    }),

    delete: unary(async (request: pb.DeleteRequest, call) => {
      const resource = resourceOf(request.getUrn());
      const seconds = resource.timeout("delete", request.getTimeout());
      await operations.run(request.getUrn(), seconds, call, (operation) =>
        resource.delete(request.getId(), propertiesOf(request.getProperties()), configured(), operation),
      );
      return new Empty();
    }),

    read: unary(async (request: pb.ReadRequest, call) => {
      const resource = resourceOf(request.getUrn());
      const [state, inputs] = [propertiesOf(request.getProperties()), propertiesOf(request.getInputs())];
      const found = await operations.run(request.getUrn(), 0, call, (operation) =>
        resource.read(request.getId(), state, inputs, configured(), operation),
      );
      if (!found) return new pb.ReadResponse();
      const response = new pb.ReadResponse().setId(found.id);
      return response.setProperties(write(found.state)).setInputs(write(found.inputs));
    }),

    invoke: unary(async (request: pb.InvokeRequest, call) => {
      const token = request.getTok();
      const called = functions[token] ?? unimplemented(`the bundled aws plugin has no function ${token}`);
      const args = propertiesOf(request.getArgs());
      const failures = checkInputs(called.args, args).map(checkFailure);
      if (failures.length > 0) return new pb.InvokeResponse().setFailuresList(failures);
      if (hasUnknown(args)) throw new Error(`${token} has arguments that are not known yet`);
      const known = plain(args) as Properties;
      const result = await operations.run("", 0, call, (operation) =>
        called.call(known, configured().context(known.region, operation), configured()),
      );
      return new pb.InvokeResponse().setReturn(write({ ...known, ...result }));
    }),
  };
}

/** The resource of a URN. */
function resourceOf(urn: string): ResourceLifecycle {
  const type = typeOf(urn);
  return resources[type] ?? unimplemented(`${type} is not supported by the bundled plugin; use the official one`);
}
