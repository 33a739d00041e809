/** `hardway/aws`: machines on EC2, their network, and the VPC's routes to the pods. */
export { callerCidr } from "../network/callerCidr";
export type { ExistingNetwork } from "../network/existingNetwork";
export { LabInstance, type InstanceHost, type LabInstanceArgs, type LoginKey } from "../network/LabInstance";
export { LabNetwork, type LabNetworkArgs, type LabSubnet } from "../network/LabNetwork";
export { latestImage, type MachineImage } from "../network/machineImage";
export { Architecture, OperatingSystem } from "../network/osImages";
export type { PodSource } from "../network/securityGroup";
export type { SshAccess, SshProxy } from "../network/sshConfig";
export type { Tags } from "../network/tags";
export { VpcPodRoutes, type VpcPodRoute, type VpcPodRoutesArgs } from "../network/VpcPodRoutes";
