/** `hardway/testing`: mocks for tests of programs that have these components. */
export type { ClusterFacts } from "../cluster/ClusterServices";
export type { ProgramFacts } from "../cluster/runServices";
export type { CniFacts } from "../node/CniConfig";
export type { RuntimeFacts } from "../node/ContainerRuntime";
export type { KernelFacts } from "../node/KernelPrep";
export type { PodRouteFacts } from "../node/PodRoutes";
export type { HostFacts } from "../node/ReachableHost";
export type { StoreFacts } from "../node/SnapshotterStore";
export { hardwayMocks, type HardwayMocksArgs, type SomeFacts } from "../testing/hardwayMocks";
