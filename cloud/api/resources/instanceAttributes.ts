import { Ec2Error, invalidCombination, invalidParameterValue, unknownAttribute } from "../core/errors";
import { only } from "../core/handled";
import { change, read, type Actions } from "../core/handlers";
import { find } from "../core/ids";
import { decodeBase64 } from "../core/input";
import type { Input, Output } from "../core/sdk";
import type { Instance, NetworkInterface, State } from "../core/state";
import { blockDevices, metadataOptions } from "./instanceDescription";
import { groupList } from "./interfaceDescription";
import { rootDevice } from "./images";
import { volumesOf } from "./instanceVolumes";
import { needMachineType } from "./machineTypes";
import { readMetadataOptions } from "./metadataOptions";
import { readGroups } from "./newInterface";
import { checkCpuCredits, checkUserData, readShutdownBehavior } from "./instanceSettings";

type Request = Input<"ModifyInstanceAttribute">;

function findLive(state: State, id: string | undefined): Instance {
  const instance = find("instance", state, id);
  if (instance.state === "terminated") {
    throw new Ec2Error("IncorrectInstanceState", `The instance '${instance.id}' is terminated.`);
  }
  return instance;
}

function interfaceOf(state: State, instance: Instance): NetworkInterface {
  return find("networkInterface", state, instance.networkInterfaceId);
}

function needStopped(instance: Instance, attribute: string): void {
  if (instance.state === "stopped") return;
  throw new Ec2Error(
    "IncorrectInstanceState",
    `The instance '${instance.id}' is not in the 'stopped' state, which a change of ${attribute} needs.`,
  );
}

/** The change that each attribute stands for; a request has exactly one. */
const modifications: {
  readonly [K in keyof Request]?: (draft: State, instance: Instance, value: NonNullable<Request[K]>) => void;
} = {
  SourceDestCheck(draft, instance, { Value: value }) {
    const networkInterface = interfaceOf(draft, instance);
    networkInterface.sourceDestCheck = value ?? networkInterface.sourceDestCheck;
  },
  Groups(draft, instance, ids) {
    const subnet = find("subnet", draft, instance.subnetId);
    interfaceOf(draft, instance).groupIds = readGroups(draft, subnet, ids);
  },
  UserData(_draft, instance, { Value: value }) {
    needStopped(instance, "userData");
    // Clients send base64 of base64 here or base64 alone; what reaches this is decoded once.
    const text = value === undefined ? "" : Buffer.from(value).toString("base64");
    const userData = checkUserData(text);
    if (userData === undefined) delete instance.userData;
    else instance.userData = userData;
  },
  InstanceType(_draft, instance, { Value: value = "" }) {
    needStopped(instance, "instanceType");
    const type = needMachineType(value);
    if (type.architecture !== instance.architecture) {
      throw invalidParameterValue(
        `The architecture '${type.architecture}' of ${type.name} does not match the instance's, '${instance.architecture}'.`,
      );
    }
    instance.type = type.name;
  },
  DisableApiTermination(_draft, instance, { Value: value }) {
    instance.disableApiTermination = value ?? instance.disableApiTermination;
  },
  DisableApiStop(_draft, instance, { Value: value }) {
    instance.disableApiStop = value ?? instance.disableApiStop;
  },
  InstanceInitiatedShutdownBehavior(_draft, instance, { Value: value = "" }) {
    instance.shutdownBehavior = readShutdownBehavior(value);
  },
  EbsOptimized(_draft, instance, { Value: value }) {
    needStopped(instance, "ebsOptimized");
    instance.ebsOptimized = value ?? instance.ebsOptimized;
  },
  BlockDeviceMappings(draft, instance, mappings) {
    const devices = volumesOf(draft, instance.id).map(({ device }) => device);
    for (const { DeviceName: device = "" } of mappings) {
      if (!devices.includes(device)) throw invalidParameterValue(`No device is currently mapped at ${device}`);
    }
  },
};

/** The older form: the attribute's name and its value as text. */
function modifyByName(draft: State, instance: Instance, name: string, text: string): void {
  const member = name.charAt(0).toUpperCase() + name.slice(1);
  const set = (value: unknown) =>
    modify(draft, instance, member as keyof Request, { [member]: { Value: value } } as unknown as Request);
  switch (name) {
    case "disableApiTermination":
    case "disableApiStop":
    case "sourceDestCheck":
    case "ebsOptimized":
      if (!/^(true|false)$/i.test(text)) throw invalidParameterValue(`Invalid value '${text}' for attribute ${name}.`);
      return set(/^true$/i.test(text));
    case "instanceType":
    case "instanceInitiatedShutdownBehavior":
      return set(text);
    case "userData":
      return set(decodeBase64(text, "user data"));
    default:
      throw unknownAttribute(name);
  }
}

/** What DescribeInstanceAttribute can be asked for. */
const attributes = new Map<
  string | undefined,
  (instance: Instance, state: State) => Output<"DescribeInstanceAttribute">
>([
  ["instanceType", ({ type }) => ({ InstanceType: { Value: type } })],
  ["userData", ({ userData }) => ({ UserData: { Value: userData } })],
  ["disableApiTermination", (instance) => ({ DisableApiTermination: { Value: instance.disableApiTermination } })],
  ["disableApiStop", ({ disableApiStop }) => ({ DisableApiStop: { Value: disableApiStop } })],
  [
    "instanceInitiatedShutdownBehavior",
    (instance) => ({
      InstanceInitiatedShutdownBehavior: { Value: instance.shutdownBehavior },
    }),
  ],
  ["rootDeviceName", () => ({ RootDeviceName: { Value: rootDevice } })],
  ["blockDeviceMapping", ({ id }, state) => ({ BlockDeviceMappings: blockDevices(volumesOf(state, id)) })],
  [
    "sourceDestCheck",
    (instance, state) => ({ SourceDestCheck: { Value: interfaceOf(state, instance).sourceDestCheck } }),
  ],
  ["groupSet", (instance, state) => ({ Groups: groupList(state, interfaceOf(state, instance)) })],
  ["ebsOptimized", ({ ebsOptimized }) => ({ EbsOptimized: { Value: ebsOptimized } })],
  ["enaSupport", () => ({ EnaSupport: { Value: true } })],
  ["enclaveOptions", () => ({ EnclaveOptions: { Enabled: false } })],
  ["productCodes", () => ({ ProductCodes: [] })],
  ["kernel", () => ({ KernelId: {} })],
  ["ramdisk", () => ({ RamdiskId: {} })],
  ["sriovNetSupport", () => ({ SriovNetSupport: { Value: "simple" } })],
]);

export const instanceAttributes: Actions = {
  DescribeInstanceAttribute: read({ InstanceId: true, Attribute: true }, (state, input) => {
    const instance = findLive(state, input.InstanceId);
    const found = attributes.get(input.Attribute)?.(instance, state);
    if (found === undefined) throw unknownAttribute(input.Attribute);
    return { InstanceId: instance.id, ...found };
  }),

  ModifyInstanceAttribute: change(
    {
      InstanceId: true,
      Attribute: true,
      Value: true,
      SourceDestCheck: true,
      Groups: true,
      UserData: true,
      InstanceType: true,
      DisableApiTermination: true,
      DisableApiStop: true,
      InstanceInitiatedShutdownBehavior: true,
      EbsOptimized: true,
      BlockDeviceMappings: { DeviceName: true, Ebs: { DeleteOnTermination: only(true) } },
    },
    (draft, input) => {
      const instance = findLive(draft, input.InstanceId);
      const names = (Object.keys(modifications) as (keyof Request)[]).filter((name) => input[name] !== undefined);
      const [name] = names;
      if (input.Attribute !== undefined && input.Value !== undefined && name === undefined) {
        modifyByName(draft, instance, input.Attribute, input.Value);
        return {};
      }
      if (name === undefined || names.length > 1 || input.Value !== undefined) {
        throw invalidCombination(
          name === undefined
            ? "No attributes specified."
            : "Fields for multiple attribute types specified: " + names.join(", "),
        );
      }
      modify(draft, instance, name, input);
      return {};
    },
  ),

  ModifyInstanceMetadataOptions: change(
    {
      InstanceId: true,
      HttpEndpoint: true,
      HttpTokens: true,
      HttpPutResponseHopLimit: true,
      HttpProtocolIpv6: true,
      InstanceMetadataTags: true,
    },
    (draft, input) => {
      const instance = findLive(draft, input.InstanceId);
      instance.metadata = readMetadataOptions(input, instance.metadata);
      return { InstanceId: instance.id, InstanceMetadataOptions: metadataOptions(instance) };
    },
  ),

  ModifyInstanceCreditSpecification: change(
    // The same again changes nothing, whatever its token.
    { InstanceCreditSpecifications: true, ClientToken: true },
    (draft, input) => {
      const wishes = (input.InstanceCreditSpecifications ?? []).map(({ InstanceId: id, CpuCredits: credits = "" }) => {
        checkCpuCredits(credits);
        const instance = findLive(draft, id);
        const burstable = needMachineType(instance.type).burstable;
        if (burstable) instance.cpuCredits = credits;
        return { InstanceId: instance.id, burstable };
      });
      const Error = {
        Code: "InstanceCreditSpecification.NotSupported" as const,
        Message: "CPU credits are for burstable performance instances only.",
      };
      return {
        SuccessfulInstanceCreditSpecifications: wishes.filter(({ burstable }) => burstable),
        UnsuccessfulInstanceCreditSpecifications: wishes
          .filter(({ burstable }) => !burstable)
          .map((wish) => ({ ...wish, Error })),
      };
    },
  ),

  MonitorInstances: change({ InstanceIds: true }, (draft, input) => setMonitoring(draft, input.InstanceIds, true)),
  UnmonitorInstances: change({ InstanceIds: true }, (draft, input) => setMonitoring(draft, input.InstanceIds, false)),
};

function modify<K extends keyof Request>(draft: State, instance: Instance, name: K, input: Request): void {
  const value = input[name];
  if (value !== undefined) modifications[name]?.(draft, instance, value);
}

function setMonitoring(draft: State, ids: readonly string[] | undefined, monitoring: boolean) {
  const found = (ids ?? []).map((id) => findLive(draft, id));
  for (const instance of found) instance.monitoring = monitoring;
  return {
    InstanceMonitorings: found.map(({ id }) => ({
      InstanceId: id,
      Monitoring: { State: monitoring ? ("enabled" as const) : ("disabled" as const) },
    })),
  };
}
