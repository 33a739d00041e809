/** `hardway/aws`: machines on EC2, their network, and the VPC's routes to the pods. */
export { LabInstance, type LabInstanceArgs, type LoginKey } from "../network/LabInstance";
export { LabNetwork, type ExistingNetwork, type LabNetworkArgs, type LabSubnet } from "../network/LabNetwork";
export { latestImage, type MachineImage } from "../network/machineImage";
export type { Architecture, OperatingSystem } from "../network/osImages";
export type { SshAccess } from "../network/sshConfig";
export { VpcPodRoutes, type VpcPodRoutesArgs } from "../network/VpcPodRoutes";
