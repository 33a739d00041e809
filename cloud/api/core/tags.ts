import type { Tag as SdkTag, TagSpecification } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidParameterValue } from "./errors";
import { all, kinds, type Kind, type Resource } from "./ids";
import type { State, Tag } from "./state";

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const maxTags = 50;
/** In Unicode characters. */
const maxKey = 128;
const maxValue = 256;

/** @throws Ec2Error for tags that EC2 does not take. */
export function readTags(tags: readonly SdkTag[] | undefined): Tag[] {
  if ((tags?.length ?? 0) > maxTags) throw tooManyTags();
  const result = new Map<string, Tag>();
  for (const { Key: key, Value: value = "" } of tags ?? []) {
    if (key === undefined || key === "") throw invalidParameterValue("Tag key cannot be empty");
    if (/^aws:/i.test(key)) throw invalidParameterValue("Tag keys starting with 'aws:' are reserved for internal use");
    if (lengthOf(key) > maxKey)
      throw invalidParameterValue(`Tag key exceeds the maximum length of ${maxKey} characters`);
    if (lengthOf(value) > maxValue) {
      throw invalidParameterValue(`Tag value exceeds the maximum length of ${maxValue} characters`);
    }
    if (result.has(key)) throw invalidParameterValue(`Duplicate tag key '${key}' specified.`);
    result.set(key, { key, value });
  }
  return [...result.values()];
}

/** In Unicode characters, as AWS measures tags; JavaScript's length counts some of them twice. */
function lengthOf(text: string): number {
  return [...text].length;
}

/** The tags that a request gives to what it creates, by resource type. */
export function specifiedTags(
  specifications: readonly TagSpecification[] | undefined,
  resourceTypes: readonly string[],
): (resourceType: string) => Tag[] {
  const byType = new Map<string, Tag[]>();
  for (const { ResourceType: type, Tags: tags } of specifications ?? []) {
    if (type === undefined || !resourceTypes.includes(type)) {
      throw invalidParameterValue(`'${type ?? ""}' is not a valid taggable resource type for this operation.`);
    }
    if (byType.has(type)) throw invalidParameterValue(`The same resource type may not be specified more than once.`);
    byType.set(type, readTags(tags));
  }
  return (type) => byType.get(type) ?? [];
}

export function setTags(state: State, resourceId: string, tags: readonly Tag[]): void {
  if (tags.length === 0) return;
  const kept = tagsOf(state, resourceId).filter((tag) => !tags.some(({ key }) => key === tag.key));
  if (kept.length + tags.length > maxTags) throw tooManyTags();
  state.tags[resourceId] = [...kept, ...tags];
}

export function tagsOf(state: State, resourceId: string): readonly Tag[] {
  return state.tags[resourceId] ?? [];
}

/** Puts a new resource into the state, with the tags that a request gives it. */
export function add<K extends Kind>(
  draft: State,
  kind: K,
  resource: Resource<K> & { readonly id: string },
  specifications: readonly TagSpecification[] | undefined,
): Resource<K> {
  const { type } = kinds[kind];
  const tags = specifiedTags(specifications, [type])(type);
  all(kind, draft)[resource.id] = resource;
  setTags(draft, resource.id, tags);
  return resource;
}

/** The tags in the SDK's form. */
export function tagList(state: State, resourceId: string): SdkTag[] {
  return tagsOf(state, resourceId).map(({ key, value }) => ({ Key: key, Value: value }));
}

/** Of resources whose answers leave the list out when there is no tag. */
export function tagListOrNone(state: State, resourceId: string): SdkTag[] | undefined {
  const tags = tagList(state, resourceId);
  return tags.length === 0 ? undefined : tags;
}

function tooManyTags(): Ec2Error {
  return new Ec2Error("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
}
