import { Ec2Error, invalidCombination, invalidParameterValue } from "../core/errors";
import { only } from "../core/handled";
import type { Family } from "../core/handlers";
import { find } from "../core/ids";
import { decodeBase64 } from "../core/input";
import type { Input } from "../core/sdk";
import type { Instance, NetworkInterface, State } from "../core/state";
import { blockDevices, groupList, metadataOptions } from "./instanceDescription";
import { rootDevice } from "./images";
import { volumesOf } from "./instanceVolumes";
import { needMachineType } from "./machineTypes";
import { readMetadataOptions } from "./metadataOptions";
import { readGroups } from "./newInterface";
import { checkCpuCredits, checkUserData, readShutdownBehavior } from "./instanceSettings";

type Request = Input<"ModifyInstanceAttribute">;

function findLive(state: State, id: string | undefined): Instance {
  const instance = find("instance", state.instances, id ?? "");
  if (instance.state === "terminated") {
    throw new Ec2Error("IncorrectInstanceState", `The instance '${instance.id}' is terminated.`);
  }
  return instance;
}

function interfaceOf(state: State, instance: Instance): NetworkInterface {
  return find("networkInterface", state.networkInterfaces, instance.networkInterfaceId);
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
    const subnet = find("subnet", draft.subnets, instance.subnetId);
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
  const flag = (): { Value: boolean } => {
    if (!/^(true|false)$/i.test(text)) throw invalidParameterValue(`Invalid value '${text}' for attribute ${name}.`);
    return { Value: /^true$/i.test(text) };
  };
  switch (name) {
    case "disableApiTermination":
      return modifications.DisableApiTermination?.(draft, instance, flag());
    case "disableApiStop":
      return modifications.DisableApiStop?.(draft, instance, flag());
    case "sourceDestCheck":
      return modifications.SourceDestCheck?.(draft, instance, flag());
    case "ebsOptimized":
      return modifications.EbsOptimized?.(draft, instance, flag());
    case "instanceType":
      return modifications.InstanceType?.(draft, instance, { Value: text });
    case "instanceInitiatedShutdownBehavior":
      instance.shutdownBehavior = readShutdownBehavior(text);
      return;
    case "userData":
      return modifications.UserData?.(draft, instance, { Value: decodeBase64(text, "user data") });
    default:
      throw unknownAttribute(name);
  }
}

function unknownAttribute(name: string): Ec2Error {
  return invalidParameterValue(`Value (${name}) for parameter attribute is invalid. Unknown attribute.`);
}

export const instanceAttributes: Family = {
  inputs: {
    DescribeInstanceAttribute: { InstanceId: true, Attribute: true },
    ModifyInstanceAttribute: {
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
    ModifyInstanceMetadataOptions: {
      InstanceId: true,
      HttpEndpoint: true,
      HttpTokens: true,
      HttpPutResponseHopLimit: true,
      HttpProtocolIpv6: true,
      InstanceMetadataTags: true,
    },
    // The same again changes nothing, whatever its token.
    ModifyInstanceCreditSpecification: { InstanceCreditSpecifications: true, ClientToken: true },
    MonitorInstances: { InstanceIds: true },
    UnmonitorInstances: { InstanceIds: true },
  },

  reads: {
    DescribeInstanceAttribute(state, input) {
      const instance = findLive(state, input.InstanceId);
      const networkInterface = interfaceOf(state, instance);
      const base = { InstanceId: instance.id };
      const attribute = input.Attribute as string;
      switch (attribute) {
        case "instanceType":
          return { ...base, InstanceType: { Value: instance.type } };
        case "userData":
          return { ...base, UserData: { Value: instance.userData } };
        case "disableApiTermination":
          return { ...base, DisableApiTermination: { Value: instance.disableApiTermination } };
        case "disableApiStop":
          return { ...base, DisableApiStop: { Value: instance.disableApiStop } };
        case "instanceInitiatedShutdownBehavior":
          return { ...base, InstanceInitiatedShutdownBehavior: { Value: instance.shutdownBehavior } };
        case "rootDeviceName":
          return { ...base, RootDeviceName: { Value: rootDevice } };
        case "blockDeviceMapping":
          return { ...base, BlockDeviceMappings: blockDevices(volumesOf(state, instance.id)) };
        case "sourceDestCheck":
          return { ...base, SourceDestCheck: { Value: networkInterface.sourceDestCheck } };
        case "groupSet":
          return { ...base, Groups: groupList(state, networkInterface) };
        case "ebsOptimized":
          return { ...base, EbsOptimized: { Value: instance.ebsOptimized } };
        case "enaSupport":
          return { ...base, EnaSupport: { Value: true } };
        case "enclaveOptions":
          return { ...base, EnclaveOptions: { Enabled: false } };
        case "productCodes":
          return { ...base, ProductCodes: [] };
        case "kernel":
          return { ...base, KernelId: {} };
        case "ramdisk":
          return { ...base, RamdiskId: {} };
        case "sriovNetSupport":
          return { ...base, SriovNetSupport: { Value: "simple" } };
        default:
          throw unknownAttribute(attribute);
      }
    },
  },

  changes: {
    ModifyInstanceAttribute(draft, input) {
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

    ModifyInstanceMetadataOptions(draft, input) {
      const instance = findLive(draft, input.InstanceId);
      instance.metadata = readMetadataOptions(input, instance.metadata);
      return { InstanceId: instance.id, InstanceMetadataOptions: metadataOptions(instance) };
    },

    ModifyInstanceCreditSpecification(draft, input) {
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
        SuccessfulInstanceCreditSpecifications: wishes.flatMap(({ InstanceId, burstable }) =>
          burstable ? [{ InstanceId }] : [],
        ),
        UnsuccessfulInstanceCreditSpecifications: wishes.flatMap(({ InstanceId, burstable }) =>
          burstable ? [] : [{ InstanceId, Error }],
        ),
      };
    },

    MonitorInstances: (draft, input) => setMonitoring(draft, input.InstanceIds, true),
    UnmonitorInstances: (draft, input) => setMonitoring(draft, input.InstanceIds, false),
  },
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
