import { ExitCode, UserError } from "../errors";
import { isLoopback } from "../settings/loopback";
import type { AwsPluginSettings } from "../settings/settings";
import { plainValue, type Deployment, type StackResource } from "./deployment";

/** Where the stack's EC2 is now. */
type AwsPlace = Pick<AwsPluginSettings, "endpoint">;

/** Settings that would take precedence over the access key in the engine's environment. */
const credentials = ["accessKey", "secretKey", "token", "profile"];

/**
 * The state with the embedded EC2 where it is now. A refresh or destroy takes the settings of the aws plugin from the
 * state, and whoever has its old port now knows none of the stack's resources: all would count as gone. Keys, which a
 * state had while every key was valid, go away.
 *
 * @param deployment with its secrets in the clear, as `pulumi stack export --show-secrets` prints it
 * @returns the changes by URN, undefined for what goes away; empty where everything is in its place
 * @throws UserError (exit 78) when the stack was made on another EC2, this computer's or AWS's: here it would be looked
 *   for in vain
 */
export function movedProviders({ resources = [] }: Deployment, place: AwsPlace, lab: string): Map<string, Settings> {
  const moved = new Map<string, Settings>();
  for (const resource of resources.filter(({ type }) => type === "pulumi:providers:aws")) {
    const [here, there] = [isEmbedded(resource), place.endpoint !== undefined && isLoopback(place.endpoint)];
    if (here !== there) throw elsewhere(here, lab);
    const change = here ? changeOf(resource, place) : {};
    if (Object.keys(change).length > 0) moved.set(resource.urn, change);
  }
  return moved;
}

/** Settings of a plugin as a state has them. */
type Settings = Readonly<Record<string, unknown>>;

/** @param deployment with its secrets encrypted or not; the others stay as they are */
export function withProviders<T extends Deployment>(deployment: T, moved: ReadonlyMap<string, Settings>): T {
  const resources = deployment.resources?.map((resource) => {
    const change = moved.get(resource.urn);
    if (change === undefined) return resource;
    const { inputs = {}, outputs = {} } = resource;
    return { ...resource, inputs: changed(inputs, change), outputs: changed(outputs, change) };
  });
  return { ...deployment, resources };
}

function changed(settings: Settings, change: Settings): Settings {
  return Object.fromEntries(Object.entries({ ...settings, ...change }).filter(([, value]) => value !== undefined));
}

function changeOf({ inputs = {} }: StackResource, { endpoint = "" }: AwsPlace): Settings {
  const endpoints = endpointsOf(inputs).map((entry) =>
    Object.fromEntries(Object.entries(entry).map(([service, url]) => [service, isLoopback(url) ? endpoint : url])),
  );
  const wanted = JSON.stringify(endpoints);
  return {
    ...(plainValue(inputs["endpoints"]) !== wanted && { endpoints: wanted }),
    ...Object.fromEntries(credentials.filter((name) => name in inputs).map((name) => [name, undefined])),
  };
}

function isEmbedded({ inputs = {} }: StackResource): boolean {
  return endpointsOf(inputs).some(({ ec2 }) => ec2 !== undefined && isLoopback(ec2));
}

function endpointsOf({ endpoints }: Settings): Record<string, string>[] {
  const value = plainValue(endpoints) ?? [];
  return (typeof value === "string" ? JSON.parse(value) : value) as Record<string, string>[];
}

function elsewhere(embedded: boolean, lab: string): UserError {
  const [was, is] = embedded ? ["on the embedded EC2", "not"] : ["on AWS", "on the embedded EC2"];
  return new UserError(
    `Lab "${lab}" was made ${was}, and by its stack file it is ${is}. Put the earlier aws:endpoints back and remove it first ` +
      `("./hardway down"), or choose another lab with --lab.`,
    ExitCode.config,
  );
}
