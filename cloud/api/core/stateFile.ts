import { readFile } from "node:fs/promises";
import { z } from "zod";
import { stateSchema, stateVersion, type State } from "./state";

/**
 * The state as JSON, the one that JSON.stringify gives. States share what did not change between them, and so do their
 * texts: only records that are new are put into words, and only collections with such a record are put together again.
 */
export class StateText {
  private readonly collections = new WeakMap<object, Buffer>();
  private readonly records = new WeakMap<object, string>();

  of(state: State): Buffer {
    const pieces = Object.entries(state).flatMap(([name, value], index) => [
      Buffer.from(`${index === 0 ? "{" : ","}${JSON.stringify(name)}:`),
      typeof value === "object" ? this.collection(value) : Buffer.from(JSON.stringify(value)),
    ]);
    return Buffer.concat([...pieces, Buffer.from("}")]);
  }

  private collection(collection: object): Buffer {
    return remembered(this.collections, collection, () => {
      if (Array.isArray(collection)) return Buffer.from(JSON.stringify(collection));
      const records = Object.entries(collection).map(([id, record]: [string, unknown]) => {
        const text = isObject(record)
          ? remembered(this.records, record, () => JSON.stringify(record))
          : JSON.stringify(record);
        return `${JSON.stringify(id)}:${text}`;
      });
      return Buffer.from(`{${records.join(",")}}`);
    });
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function remembered<T>(known: WeakMap<object, T>, key: object, make: () => T): T {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

/** @throws Error that names the file when it is of another version or not a state at all. */
export async function readState(file: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`The embedded EC2's state in ${file} is not JSON: ${(error as Error).message}. Move it away.`, {
      cause: error,
    });
  }
  const { data: header } = z.object({ version: z.number() }).safeParse(json);
  if (header !== undefined && header.version !== stateVersion) {
    throw new Error(
      `The embedded EC2's state in ${file} is of version ${header.version}, and this program reads version ${stateVersion}. ` +
        `Use the program that wrote it to take the lab down, or move the file away.`,
    );
  }
  const result = stateSchema.safeParse(json);
  if (!result.success) {
    // Only what a later hardway keeps besides: the state is whole, and moving it away would lose every lab in it.
    const unknown = result.error.issues.map((issue) => (issue.code === "unrecognized_keys" ? issue.keys : undefined));
    if (unknown.every((keys) => keys !== undefined)) {
      throw new Error(
        `The embedded EC2's state in ${file} has what this hardway does not know: ${[...new Set(unknown.flat())].join(", ")}. ` +
          `A later one wrote it. Use that one, or take the labs down with it first.`,
      );
    }
    throw new Error(`The embedded EC2's state in ${file} is broken. Move it away.\n${z.prettifyError(result.error)}`);
  }
  return result.data;
}
