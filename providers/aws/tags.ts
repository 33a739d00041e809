import type { ResourceType as Ec2Type, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { isSecret, plain, secret, unknown, type Properties, type Value } from "../plugin/properties";
import type { AwsOperation } from "./resource";
import { whileUnknown } from "./waiting";

type Tags = Record<string, string>;

/** All tags of a resource: the provider's default ones and its own, which win. Secrets and unknowns stay what they are. */
export function allTags(defaults: Value | undefined, own: Value | undefined): Value {
  if (plain(defaults) === unknown || plain(own) === unknown) return unknown;
  const maps = [defaults, own].map((each) => (isSecret(each) ? plain(each) : each) as Properties | undefined);
  const merged: Properties = { ...maps[0], ...maps[1] };
  return isSecret(defaults) || isSecret(own) ? secret(merged) : merged;
}

/** A resource's own tags: those that are not the provider's, or that the program names itself all the same. */
export function ownTags(all: Properties, defaults: Properties, named: Properties): Properties {
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => defaults[key] !== value || key in named));
}

/** Tags as properties. AWS's own (`aws:...`) belong to nobody here. */
export function fromTags(tags: Tag[] | undefined): Tags {
  const pairs = (tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value] as const);
  return Object.fromEntries(pairs.filter(([key]) => !key.startsWith("aws:")).sort());
}

function toTags(tags: Value | undefined): Tag[] {
  return Object.entries((tags ?? {}) as Tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags that come with a resource when it is made; none when there are none, for AWS refuses an empty list. */
export function tagSpecifications(type: Ec2Type, tags: Value | undefined): TagSpecification[] | undefined {
  const list = toTags(tags);
  return list.length > 0 ? [{ ResourceType: type, Tags: list }] : undefined;
}

export async function updateTags(
  id: string,
  before: Value | undefined,
  after: Value | undefined,
  context: AwsOperation,
) {
  const [old, now] = [(before ?? {}) as Tags, (after ?? {}) as Tags];
  const gone = Object.keys(old).filter((key) => !(key in now));
  const changed = Object.fromEntries(Object.entries(now).filter(([key, value]) => old[key] !== value));
  const Resources = [id];
  if (gone.length > 0) {
    await context.ec2.deleteTags({ Resources, Tags: gone.map((Key) => ({ Key })) });
  }
  if (Object.keys(changed).length > 0) {
    await whileUnknown(context.stop, () => context.ec2.createTags({ Resources, Tags: toTags(changed) }));
  }
}
