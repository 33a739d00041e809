import { sentTexts } from "../command";
import { textsOf, unknownValue } from "../resource";
import type { Rule } from "../rule";

/** What stands for Secrets in an EncryptionConfiguration, by itself or among others. */
const coverSecrets = ["secrets", "*.", "*.*"];

export const encryptionAtRest: Rule = {
  name: "encrypted-secrets",
  level: "mandatory",
  reason:
    "Secrets must be encrypted in etcd: else they are in the clear in its files, in every snapshot and in every backup.",
  remedy:
    'Leave encryptedResources of ControlPlane out, or have "secrets" among them; start an API server of your own with --encryption-provider-config.',
  check: (resource) => {
    if (resource.type === "hardway:index:ControlPlane") return problemsOf(resource.props.encryptedResources);
    return sentTexts(resource)
      .filter((text) => /\bkube-apiserver\b/.test(text) && text.includes("--etcd-servers"))
      .filter((text) => !text.includes("--encryption-provider-config"))
      .map(() => "The API server is started without --encryption-provider-config.");
  },
};

/** Nothing for what is left out, which has a default, or is not known yet. */
function problemsOf(encrypted: unknown): string[] {
  if (!Array.isArray(encrypted) || encrypted.includes(unknownValue)) return [];
  const kinds = textsOf(encrypted);
  if (kinds.some((kind) => coverSecrets.includes(kind))) return [];
  return [kinds.length === 0 ? "encryptedResources is empty." : `encryptedResources has ${kinds.join(", ")} alone.`];
}
