import type { Properties } from "../../plugin/properties";
import type { Account } from "../account";
import type { AwsOperation } from "../resource";
import type { Schema } from "../../plugin/schema";

export interface AwsFunction {
  args: Schema;
  /** @returns the results, to which the arguments are added */
  call(args: Properties, context: AwsOperation, account: Account): Promise<Properties>;
}
