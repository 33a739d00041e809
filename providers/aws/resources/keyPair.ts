import type { Value } from "../../plugin/properties";
import { common, given, tags, text, type AwsOperation, type AwsResourceType } from "../resource";
import { fromTags, tagSpecifications } from "../tags";
import { firstOf, unlessGone } from "../waiting";

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/keypair; its id is its name. */
export const keyPair: AwsResourceType = {
  title: "EC2 Key Pair",
  inputs: {
    ...common,
    ...tags,
    keyName: { type: "string", computed: true, replaces: true, format: keyName },
    // AWS does not show it, so that an imported key pair is replaced, as with the official provider.
    publicKey: { type: "string", required: true, replaces: true, kept: true, same: sameKey },
  },
  outputs: ["arn", "fingerprint", "keyPairId", "keyType"],
  autoname: { property: "keyName" },

  async create(inputs, context, made) {
    const { KeyName = "" } = await context.ec2.importKeyPair({
      KeyName: given(inputs, "keyName"),
      PublicKeyMaterial: Buffer.from(given(inputs, "publicKey").trim()),
      TagSpecifications: tagSpecifications("key-pair", inputs.tagsAll),
    });
    made(KeyName);
  },

  async read(id, _state, context) {
    const found = await describe(id, context);
    if (!found) return undefined;
    return {
      arn: context.arn(`key-pair/${id}`),
      fingerprint: found.KeyFingerprint ?? null,
      keyName: found.KeyName ?? null,
      keyPairId: found.KeyPairId ?? null,
      keyType: found.KeyType ?? null,
      tagsAll: fromTags(found.Tags),
    };
  },

  async delete(id, _state, context) {
    await unlessGone(() => context.ec2.deleteKeyPair({ KeyName: id }));
  },

  taggedId: (state) => text(state.keyPairId) ?? "",
};

function keyName(value: string): string | undefined {
  return value.length > 0 && value.length <= 255 ? undefined : "a name of 1 to 255 characters";
}

/** A line end is no part of a key. */
function sameKey(before: Value, after: Value): boolean {
  return typeof before === "string" && typeof after === "string" && before.trim() === after.trim();
}

const describe = (name: string, { ec2 }: AwsOperation) =>
  firstOf(async () => (await ec2.describeKeyPairs({ KeyNames: [name] })).KeyPairs);
