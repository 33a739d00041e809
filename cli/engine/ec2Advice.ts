/** Errors of EC2 (Amazon EC2 API Reference, "Error codes") whose messages do not say which setting to change. */
const advice: readonly [code: RegExp, advice: string][] = [
  [
    /\bInsufficientInstanceCapacity\b/,
    "Run it again later, or set another hardway:instanceType or aws:region; what was made so far is kept.",
  ],
  [/\b(VcpuLimitExceeded|InstanceLimitExceeded)\b/, "Lower hardway:workers, or have AWS raise the account's quota."],
  [
    /\bRouteLimitExceeded\b/,
    'Lower hardway:workers, or have AWS raise the quota "Routes per route table"; with hardway:routesPerTable set to the ' +
      "account's quota, a preview says so before anything is made.",
  ],
  [/\b(Vpc|InternetGateway)LimitExceeded\b/, "Set hardway:vpcId to a VPC that is there, or have AWS raise the quota."],
];

/** What to do about an error; undefined where its message is enough. */
export function adviceFor(message: string): string | undefined {
  return advice.find(([code]) => code.test(message))?.[1];
}
