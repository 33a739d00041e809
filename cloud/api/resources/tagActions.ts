import { list } from "../core/describe";
import { Ec2Error, invalidParameterValue, missingParameter } from "../core/errors";
import { filtered } from "../core/handled";
import { change, type Actions } from "../core/handlers";
import { all, findIn, isId, kinds, type Kind } from "../core/ids";
import { readTags, setTags, tagsOf } from "../core/tags";
import { findImage } from "./images";

const kindsByPrefix = new Map(Object.entries(kinds).map(([kind, { prefix }]) => [prefix, kind as Kind]));

/** The kind of what has this id, where that has tags. */
function taggedKind(id: string): Kind | undefined {
  const kind = kindsByPrefix.get(id.slice(0, Math.max(0, id.lastIndexOf("-"))));
  return kind !== undefined && kinds[kind].type !== "" ? kind : undefined;
}

/** As AWS calls it in an answer about tags. */
function typeOf(id: string) {
  const kind = taggedKind(id);
  return kind === undefined ? undefined : (kinds[kind].type as "vpc");
}

/** As AWS says of CreateTags and DeleteTags. */
const maxResources = 1000;

function taggedResources(ids: readonly string[] | undefined): { id: string; kind: Kind }[] {
  const unique = [...new Set(ids)];
  if (unique.length > maxResources) {
    throw invalidParameterValue(`A request may name up to ${maxResources} resources, not ${unique.length}`);
  }
  return unique.map((id) => {
    const kind = taggedKind(id);
    if (kind === undefined || !isId(kind, id)) throw new Ec2Error("InvalidID", `The ID '${id}' is not valid`);
    return { id, kind };
  });
}

export const tagActions: Actions = {
  DescribeTags: list({
    ...{ inputs: filtered, output: "Tags" },
    select: (state) => Object.entries(state.tags).flatMap(([id, tags]) => tags.map((tag) => ({ id, ...tag }))),
    idOf: ({ id, key }) => `${id} ${Buffer.from(key).toString("hex")}`,
    filters: {
      key: ({ key }) => key,
      value: ({ value }) => value,
      "resource-id": ({ id }) => id,
      "resource-type": ({ id }) => typeOf(id),
    },
    tags: (tag) => [tag],
    render: (_state, { id, key, value }) => ({ ResourceId: id, ResourceType: typeOf(id), Key: key, Value: value }),
  }),

  CreateTags: change({ Resources: true, Tags: true }, (draft, input, environment) => {
    const tags = readTags(input.Tags);
    if (tags.length === 0) throw missingParameter("tagSet");
    const known = new Map<Kind, Record<string, unknown>>();
    for (const { id, kind } of taggedResources(input.Resources)) {
      const resources = known.get(kind) ?? all(kind, draft);
      known.set(kind, resources);
      if (kind === "image") findImage(environment, id);
      else findIn(kind, resources, id);
      setTags(draft, id, tags);
    }
    return {};
  }),

  /** Tags that there are not, on resources that there are not, are fine; a given value must be the tag's. */
  DeleteTags: change({ Resources: true, Tags: true }, (draft, input) => {
    const unwanted = new Map<string | undefined, Set<string | undefined>>();
    for (const { Key: key, Value: value } of input.Tags ?? []) {
      unwanted.set(key, (unwanted.get(key) ?? new Set<string | undefined>()).add(value));
    }
    for (const { id } of taggedResources(input.Resources)) {
      const left = tagsOf(draft, id).filter(({ key, value }) => {
        const values = unwanted.get(key);
        return input.Tags !== undefined && values?.has(undefined) !== true && values?.has(value) !== true;
      });
      if (left.length === 0) delete draft.tags[id];
      else draft.tags[id] = left;
    }
    return {};
  }),
};
