import type { InstanceLaunch } from "../core/driver";
import type { Instance, State } from "../core/state";
import { numberToAddress } from "../core/cidr";
import { hostName } from "../resources/interfaceDescription";
import { needMachineType } from "../resources/machineTypes";
import { publicAddressOf } from "../resources/publicAddress";
import { volumesOf } from "../resources/instanceVolumes";
import { subnetNetwork } from "../resources/subnets";

/** What the driver needs to boot the instance as it is now. */
export function launchOf(state: State, instance: Instance): InstanceLaunch {
  const networkInterface = state.networkInterfaces[instance.networkInterfaceId];
  const subnet = state.subnets[instance.subnetId];
  const vpc = state.vpcs[instance.vpcId];
  const [root, ...data] = volumesOf(state, instance.id);
  if (networkInterface === undefined || subnet === undefined || vpc === undefined || root === undefined) {
    throw new Error(`The state of ${instance.id} is not whole: its interface, subnet, VPC or volume is missing`);
  }
  const { cores, memoryMiB } = needMachineType(instance.type);
  const { first, prefix } = subnetNetwork(subnet);
  const publicAddress = publicAddressOf(state, networkInterface);
  return {
    instanceId: instance.id,
    ...(instance.hasRun ? { hasRun: true } : {}),
    imageId: instance.imageId,
    cores,
    memoryMiB,
    diskGiB: root.sizeGiB,
    dataDisks: data.map(({ id, sizeGiB }) => ({ volumeId: id, sizeGiB })),
    mac: networkInterface.mac,
    privateAddress: instance.privateAddress,
    prefixLength: prefix,
    router: numberToAddress(first + 1),
    vpcCidrs: [vpc.cidr],
    hostname: hostName(instance.privateAddress),
    ...(publicAddress === undefined ? {} : { publicAddress }),
    ...(instance.authorizedKey === undefined ? {} : { authorizedKey: instance.authorizedKey }),
    ...(instance.userData === undefined ? {} : { userData: Buffer.from(instance.userData, "base64").toString("utf8") }),
  };
}
