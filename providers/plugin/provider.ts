import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Operations } from "./operations";
import { hasSecret, type ChangeKind, type Failure, type Properties } from "./properties";
import { unary, unimplemented } from "./server";

/** What plugins answer alike. */
export function commonMethods(name: string, version: string, operations: Operations) {
  return {
    handshake: unary(() => new pb.ProviderHandshakeResponse().setAcceptSecrets(true)),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    // The engine connects to one that attaches a debugger; it has nothing to say to us.
    attach: unary(() => new Empty()),
    cancel: unary(() => {
      operations.cancel();
      return new Empty();
    }),
    getSchema: unary(() => unimplemented(`the schema is in the npm package @pulumi/${name}, this plugin has none`)),
    getMapping: unary(() => new pb.GetMappingResponse()),
    getMappings: unary(() => new pb.GetMappingsResponse()),
    parameterize: unary(() => unimplemented(`the ${name} plugin cannot be parameterized`)),
    construct: unary(() => unimplemented(`the ${name} plugin has no components`)),
    call: unary(() => unimplemented(`the bundled ${name} plugin has no methods`)),
    list: () => unimplemented(`the bundled ${name} plugin cannot list resources`),
  };
}

/** The type in `urn:pulumi:stack::project::parentType$type::name`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

export function checkFailure({ property, reason }: Failure): pb.CheckFailure {
  return new pb.CheckFailure().setProperty(property).setReason(reason);
}

export interface Change {
  /** Path inside the resource, e.g. `rootBlockDevice.volumeSize`. */
  path: string;
  /** Top-level property. */
  property: string;
  kind: ChangeKind;
  replaces: boolean;
}

/** @param names of the properties that may have become secret */
export function diffResponse(
  changes: readonly Change[],
  names: readonly string[],
  state: Properties,
  inputs: Properties,
): pb.DiffResponse {
  const response = new pb.DiffResponse().setHasdetaileddiff(true);
  const changed = new Set(changes.map(({ property }) => property));
  const replaced = new Set(changes.flatMap(({ property, replaces }) => (replaces ? [property] : [])));
  for (const { path, kind, replaces } of changes) {
    const name = `${kind.toUpperCase()}${replaces ? "_REPLACE" : ""}` as keyof typeof pb.PropertyDiff.Kind;
    response.getDetaileddiffMap().set(path, new pb.PropertyDiff().setKind(pb.PropertyDiff.Kind[name]));
  }
  // A value that becomes a secret has to be encrypted in the state, for which nothing else is to be done.
  for (const name of names) {
    if (changed.has(name) || !hasSecret(inputs[name]) || hasSecret(state[name])) continue;
    changed.add(name);
    response.getDetaileddiffMap().set(name, new pb.PropertyDiff().setKind(pb.PropertyDiff.Kind.UPDATE));
  }
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  return response
    .setDiffsList([...changed])
    .setReplacesList([...replaced])
    .setChanges(changed.size === 0 ? DIFF_NONE : DIFF_SOME);
}

export function propertiesOf(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

export function write(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}
