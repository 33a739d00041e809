import { silentLog, type Operation } from "../plugin/operations";
import {
  hasSecret,
  hideSecrets,
  isSecret,
  plain,
  secret,
  secretStrings,
  unknown,
  type Properties,
} from "../plugin/properties";
import type { Account } from "./account";
import type { Change } from "../plugin/provider";
import { differences } from "./diff";
import { initFailed } from "./errors";
import type { AwsOperation, AwsResourceType } from "./resource";
import type { Schema } from "../plugin/schema";
import { withSchemaDefaults } from "./schema";
import { ownTags, updateTags } from "./tags";
import { unlessGone, until, whileOthersUnknown } from "./waiting";

/** Default time for an operation, in seconds. */
const defaultTimeout = 20 * 60;

/** How long AWS may not show what it has just made, in seconds. */
const appearanceLimit = 120;

/** The life of one kind of resource, from what the engine sends to what it keeps. Values carry their secret markers. */
export class ResourceLifecycle {
  /** The inputs and, where the resource has tags, `tagsAll`, which a check fills in. */
  readonly schema: Schema;

  constructor(readonly type: AwsResourceType) {
    this.schema = "tags" in type.inputs ? { ...type.inputs, tagsAll: { type: "string{}" } } : type.inputs;
  }

  timeout(operation: "create" | "update" | "delete", custom: number): number {
    return custom > 0 ? custom : (this.type.timeouts?.[operation] ?? defaultTimeout);
  }

  diff(state: Properties, inputs: Properties): Change[] {
    const [before, after] = [plain(state) as Properties, plain(inputs) as Properties];
    const found = differences(this.schema, state, inputs);
    return found.map((each) => ({
      ...each,
      replaces: each.replaces || (this.type.replaces?.(each, after, before) ?? false),
    }));
  }

  /** What is known before a resource is made. */
  previewCreate(inputs: Properties): Properties {
    const chosen = Object.entries(this.schema).flatMap(([name, { computed }]) => (computed ? [name] : []));
    const names = [...chosen, ...this.type.outputs];
    return { ...Object.fromEntries(names.map((name) => [name, unknown])), ...withoutInternals(inputs) };
  }

  previewUpdate(state: Properties, inputs: Properties): Properties {
    const made = this.type.recomputed?.(this.diff(state, inputs)) ?? [];
    const kept = Object.entries(state).filter(([name]) => !(name in this.schema) || this.schema[name]?.computed);
    const fresh = Object.fromEntries(made.map((name) => [name, unknown]));
    return { ...Object.fromEntries(kept), ...fresh, ...withoutInternals(inputs) };
  }

  async create(inputs: Properties, account: Account, operation: Operation): Promise<{ id: string; state: Properties }> {
    const context = account.context(plain(inputs.region), operation);
    const known = plain(inputs) as Properties;
    let id: string | undefined;
    try {
      const isMade = () => id !== undefined;
      await whileOthersUnknown(context.stop, isMade, () => this.type.create(known, context, (made) => (id = made)));
      const created = id ?? "";
      const appears = `${this.type.title} (${created}) to appear`;
      // Parts of it may be known where it is asked for, and others not yet.
      const look = () => unlessGone(() => this.#read(created, inputs, {}, account, context));
      return { id: created, state: await until(appears, context.stop, look, appearanceLimit) };
    } catch (error) {
      throw await this.#failure("creating", error, id, inputs, inputs, account);
    }
  }

  async update(
    id: string,
    state: Properties,
    inputs: Properties,
    account: Account,
    operation: Operation,
  ): Promise<Properties> {
    const context = account.context(plain(state.region), operation);
    const known = plain(inputs) as Properties;
    const before = plain(state) as Properties;
    try {
      const changes = this.diff(state, inputs);
      if (changes.some(({ property }) => property === "tagsAll")) {
        await updateTags(this.type.taggedId?.(before) ?? id, before.tagsAll, known.tagsAll, context);
      }
      await this.type.update?.(id, known, changes, context);
      const read = await this.#read(id, { ...state, ...this.#given(inputs) }, inputs, account, context);
      if (!read) throw new Error("it does not exist any more; run 'pulumi refresh'");
      return read;
    } catch (error) {
      throw await this.#failure("updating", error, id, { ...state, ...this.#given(inputs) }, inputs, account);
    }
  }

  async delete(id: string, state: Properties, account: Account, operation: Operation): Promise<void> {
    const context = account.context(plain(state.region), operation);
    try {
      await this.type.delete(id, plain(state) as Properties, context);
    } catch (error) {
      throw this.#explained("deleting", error, id, state);
    }
  }

  /**
   * The state as AWS has it, and the inputs that go with it. Of a resource that is imported nothing is known but the id.
   * @returns undefined when the resource is gone
   */
  async read(id: string, state: Properties, inputs: Properties, account: Account, operation: Operation) {
    const context = account.context(plain(state.region), operation);
    const isImport = Object.keys(state).length === 0 && Object.keys(inputs).length === 0;
    try {
      const found = isImport && this.type.import ? await this.type.import(id, context) : { id, state };
      if (!found) return undefined;
      const read = await this.#read(found.id, found.state, inputs, account, context);
      if (!read) return undefined;
      return { id: found.id, state: read, inputs: isImport ? this.#imported(read) : this.#refreshed(read, inputs) };
    } catch (error) {
      throw this.#explained("reading", error, id, state);
    }
  }

  /** @param known a former state, or inputs: where values come from that AWS does not hand back */
  async #read(id: string, known: Properties, inputs: Properties, account: Account, context: AwsOperation) {
    const found = await this.type.read(id, plain(known) as Properties, context);
    if (!found) return undefined;
    const state: Properties = { region: context.region, ...found };
    for (const [name, { kept, default: value }] of Object.entries(this.schema)) {
      if (kept && !(name in found)) state[name] = known[name] ?? value ?? null;
    }
    if ("tagsAll" in this.schema) {
      const named = { ...(plain(known.tags) as object), ...(plain(inputs.tags) as object) };
      state.tags = ownTags(found.tagsAll as Properties, account.plainDefaultTags, named);
    }
    for (const name of Object.keys(state)) {
      const value = state[name];
      if (value === undefined || value === null) delete state[name];
      else if (hasSecret(known[name]) || hasSecret(inputs[name])) state[name] = secret(plain(value));
    }
    return state;
  }

  #given(inputs: Properties): Properties {
    return Object.fromEntries(Object.entries(inputs).filter(([name]) => name in this.schema));
  }

  /** All inputs that AWS shows. */
  #imported(state: Properties): Properties {
    return withSchemaDefaults(this.schema, this.#given(state));
  }

  /** The inputs that were given, with what AWS has now. */
  #refreshed(state: Properties, inputs: Properties): Properties {
    const changed = new Set(this.diff(state, inputs).map(({ property }) => property));
    const names = Object.keys(inputs).filter((name) => !changed.has(name) || state[name] !== undefined);
    return Object.fromEntries(names.map((name) => [name, (changed.has(name) ? state[name] : inputs[name]) ?? null]));
  }

  /** What was made and then failed stays in the state, as AWS has it, so that it can be updated or deleted. */
  async #failure(
    doing: string,
    error: unknown,
    id: string | undefined,
    known: Properties,
    inputs: Properties,
    account: Account,
  ): Promise<Error> {
    const explained = this.#explained(doing, error, id, inputs);
    if (id === undefined) return explained;
    // The operation may have been cancelled or out of time, and still what there is must be known.
    const stop = AbortSignal.timeout(30_000);
    const context = account.context(plain(known.region), { stop, log: silentLog });
    const gone = Symbol("gone");
    const state = await this.#read(id, known, inputs, account, context).then(
      (read) => read ?? gone,
      () => withoutInternals(known),
    );
    return typeof state === "symbol" ? explained : initFailed(explained.message, id, state, inputs);
  }

  #explained(doing: string, error: unknown, id: string | undefined, properties: Properties): Error {
    const message = error instanceof Error ? error.message : String(error);
    const which = id === undefined ? "" : ` (${id})`;
    // AWS repeats wrong values in its messages.
    const hidden = hideSecrets(secretStrings(properties));
    return new Error(hidden(`${doing} ${this.type.title}${which}: ${message}`));
  }
}

function withoutInternals(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) => {
      if (name.startsWith("__")) return [];
      const object = plain(value);
      if (typeof object !== "object" || object === null || Array.isArray(object)) return [[name, value]];
      if (isSecret(value)) return [[name, secret(withoutInternals(object))]];
      return [[name, withoutInternals(value as Properties)]];
    }),
  );
}
