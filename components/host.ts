/** What a host is for: a controller runs the control plane and has no pods, a worker runs pods. */
export const HostRole = { Controller: "controller", Worker: "worker" } as const;
export type HostRole = (typeof HostRole)[keyof typeof HostRole];
