import { invalidParameterValue } from "../core/errors";
import type { Instance } from "../core/state";

interface Wish {
  HttpEndpoint?: string | undefined;
  HttpTokens?: string | undefined;
  HttpPutResponseHopLimit?: number | undefined;
  HttpProtocolIpv6?: string | undefined;
  InstanceMetadataTags?: string | undefined;
}

const onOff = ["enabled", "disabled"];

/** The options asked for, over those that there are, over AWS's defaults for an image without its own. */
export function readMetadataOptions(
  wish: Wish | undefined,
  before: Instance["metadata"] | undefined,
): Instance["metadata"] {
  const hopLimit = wish?.HttpPutResponseHopLimit ?? before?.httpPutResponseHopLimit ?? 1;
  if (!Number.isInteger(hopLimit) || hopLimit < 1 || hopLimit > 64) {
    throw invalidParameterValue(`Value (${hopLimit}) for parameter HttpPutResponseHopLimit is invalid: 1 to 64.`);
  }
  const choose = (name: keyof Wish, allowed: readonly string[], fallback: string): string => {
    const value = wish?.[name] ?? fallback;
    if (typeof value === "string" && allowed.includes(value)) return value;
    throw invalidParameterValue(`Value (${value}) for parameter ${name} is invalid.`);
  };
  return {
    httpEndpoint: choose("HttpEndpoint", onOff, before?.httpEndpoint ?? "enabled"),
    httpTokens: choose("HttpTokens", ["optional", "required"], before?.httpTokens ?? "optional"),
    httpPutResponseHopLimit: hopLimit,
    httpProtocolIpv6: choose("HttpProtocolIpv6", onOff, before?.httpProtocolIpv6 ?? "disabled"),
    instanceMetadataTags: choose("InstanceMetadataTags", onOff, before?.instanceMetadataTags ?? "disabled"),
  };
}
