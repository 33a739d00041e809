import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { isProvider, nameOf } from "./deployment";

export type PlannedOperation = "create" | "update" | "replace" | "delete" | "same";

/** A resource's inputs as the engine logs them: secrets are `[secret]`. */
export type Inputs = Readonly<Record<string, unknown>>;

/** What a preview says of one resource. */
export interface PlannedChange {
  readonly urn: string;
  /** Logical name, which for a step ends in the host's: `lab-kernel-node-0`. */
  readonly name: string;
  /** E.g. `command:remote:Command`. */
  readonly type: string;
  readonly operation: PlannedOperation;
  /** Undefined for one that is created. */
  readonly old?: Inputs;
  /** Undefined for one that is deleted. */
  readonly new?: Inputs;
  /** Paths of the properties that change, e.g. `tags.Name`. */
  readonly changed: readonly string[];
  /** Those among them that a replacement is made for. */
  readonly replacing: readonly string[];
}

/** What stands for a secret in the engine's events. */
export const secretText = "[secret]";
/** What stands for a value that is known only once something is made; sdk/go/common/resource/plugin/rpc.go of pulumi/pulumi. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value is known only once something is made. */
export function isUnknown(value: unknown): boolean {
  return value === unknownText;
}

/** A replacement is logged as up to three operations. */
const operations: Readonly<Record<string, PlannedOperation>> = {
  create: "create",
  update: "update",
  delete: "delete",
  same: "same",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
};

/** Collects from the engine's events what becomes of each resource, and what the program's outputs will be. */
export class PlannedChanges {
  readonly #changes = new Map<string, PlannedChange>();
  readonly #components = new Map<string, PlannedChange>();
  outputs: Readonly<Record<string, unknown>> = {};

  readonly handle = ({ resourcePreEvent, resOutputsEvent }: EngineEvent): void => {
    if (resourcePreEvent) this.#add(resourcePreEvent.metadata);
    const made = resOutputsEvent?.metadata;
    if (made?.type === "pulumi:pulumi:Stack") this.outputs = made.new?.outputs ?? {};
  };

  /** Each resource once, in the order in which the engine came to it; components and plugins are left out. */
  get changes(): readonly PlannedChange[] {
    return [...this.#changes.values()];
  }

  /** Components in the same way, whose inputs are what a program gave them. */
  get components(): readonly PlannedChange[] {
    return [...this.#components.values()];
  }

  #add({ urn, type, op, old, new: next, keys, diffs, detailedDiff }: StepEventMetadata): void {
    const operation = operations[op];
    if (operation === undefined || isProvider(type)) return;
    const of = (next ?? old)?.custom ? this.#changes : this.#components;
    const detailed = Object.entries(detailedDiff ?? {});
    const earlier = of.get(urn);
    const changed = detailed.length > 0 ? detailed.map(([path]) => path) : (diffs ?? []);
    const replacing = detailed.filter(([, { diffKind }]) => diffKind.endsWith("replace")).map(([path]) => path);
    const inputs = { old: old?.inputs ?? earlier?.old, new: next?.inputs ?? earlier?.new };
    of.set(urn, {
      ...{ urn, type, operation, name: nameOf(urn) },
      ...(inputs.old !== undefined && operation !== "create" && { old: inputs.old }),
      ...(inputs.new !== undefined && operation !== "delete" && { new: inputs.new }),
      changed: union(earlier?.changed, changed),
      replacing: union(earlier?.replacing, replacing, keys),
    });
  }
}

function union(...lists: (readonly string[] | undefined)[]): string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))];
}
