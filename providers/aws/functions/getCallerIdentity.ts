import type { AwsFunction } from "./function";

/** https://www.pulumi.com/registry/packages/aws/api-docs/getcalleridentity */
export const getCallerIdentity: AwsFunction = {
  args: { id: { type: "string" } },

  async call(_args, { region, stop }, { clients }) {
    const { Account: account = "", Arn: arn = "", UserId: userId = "" } = await clients.callerIdentity(region, stop);
    return { accountId: account, arn, id: account, userId };
  },
};
