import type { Operation } from "../plugin/operations";
import { plain, unknown, type Value } from "../plugin/properties";
import { Clients } from "./clients";
import type { Settings } from "./config";
import type { AwsOperation } from "./resource";

/** A configured provider: whose account, where, and with which default tags. */
export class Account {
  private constructor(
    readonly clients: Clients,
    readonly region: string,
    /** Empty when it was not asked for or could not be had. */
    readonly accountId: string,
    /** May be unknown, or hold secrets. */
    readonly defaultTags: Value,
  ) {}

  /** @throws Error when there is no region, or credentials are to be validated and AWS does not take them */
  static async open(settings: Settings, { stop, log }: Operation): Promise<Account> {
    if (settings.skipMetadataApiCheck) process.env.AWS_EC2_METADATA_DISABLED = "true";
    const clients = new Clients(settings);
    const region = await clients.region();
    const { skipCredentialsValidation, skipRequestingAccountId, defaultTags } = settings;
    if (skipCredentialsValidation && skipRequestingAccountId) return new Account(clients, region, "", defaultTags);
    try {
      const { Account: accountId = "" } = await clients.callerIdentity(region, stop);
      return new Account(clients, region, skipRequestingAccountId ? "" : accountId, defaultTags);
    } catch (error) {
      if (!skipCredentialsValidation) {
        const hint = "check the credentials and aws:endpoints, or set aws:skipCredentialsValidation";
        throw new Error(`validating the AWS credentials: ${(error as Error).message} (${hint})`, { cause: error });
      }
      log.warning(`The AWS account is not known, so ARNs lack it: ${(error as Error).message}`);
      return new Account(clients, region, "", defaultTags);
    }
  }

  /** @param region the resource's own region; the provider's where it has none */
  context(region: Value | undefined, { stop, log }: Operation): AwsOperation {
    const where = typeof region === "string" && region !== "" ? region : this.region;
    const partition = where.startsWith("cn-") ? "aws-cn" : where.startsWith("us-gov-") ? "aws-us-gov" : "aws";
    return {
      ec2: this.clients.ec2(where, stop),
      region: where,
      arn: (resource, owner = this.accountId) => `arn:${partition}:ec2:${where}:${owner}:${resource}`,
      stop,
      log,
    };
  }

  /** The default tags without secret markers; none while they are not known. */
  get plainDefaultTags(): { [key: string]: Value } {
    const tags = plain(this.defaultTags);
    return tags === unknown ? {} : (tags as { [key: string]: Value });
  }
}
