import { EC2Client, type ServiceInputTypes, type ServiceOutputTypes } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient, type GetCallerIdentityCommandOutput } from "@aws-sdk/client-sts";
import { awsError } from "./errors";
import type { Settings } from "./config";
import { patientRetries } from "./retries";

type Sendable<I extends ServiceInputTypes, O extends ServiceOutputTypes> = Parameters<
  typeof EC2Client.prototype.send<I, O>
>[0];

/** Sends requests for one operation: ends with it, and every error names the action. */
export class Ec2 {
  readonly #client: EC2Client;
  readonly #stop: AbortSignal;

  constructor(client: EC2Client, stop: AbortSignal) {
    this.#client = client;
    this.#stop = stop;
  }

  async send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(command: Sendable<I, O>): Promise<O> {
    try {
      return await this.#client.send(command, { abortSignal: this.#stop });
    } catch (error) {
      this.#stop.throwIfAborted();
      throw awsError(command.constructor.name.replace(/Command$/, ""), error);
    }
  }
}

/** The SDK's clients of a configured provider. The credential chain is theirs. */
export class Clients {
  readonly #settings: Settings;
  readonly #ec2 = new Map<string, EC2Client>();

  constructor(
    settings: Settings,
    private readonly retryStrategy = patientRetries(),
  ) {
    this.#settings = settings;
  }

  /**
   * The provider's region.
   * @throws Error when none is configured
   */
  async region(): Promise<string> {
    const { region, profile } = this.#settings;
    const named = region || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
    if (named) return named;
    // The SDK knows where profiles are.
    const client = new EC2Client({ profile });
    return client.config.region().catch(() => {
      throw new Error(
        "Missing region: set it with 'pulumi config set aws:region us-east-1', AWS_REGION, AWS_DEFAULT_REGION or the profile's region",
      );
    });
  }

  ec2(region: string, stop: AbortSignal): Ec2 {
    const existing = this.#ec2.get(region);
    const client = existing ?? new EC2Client({ ...this.#options(region), ...endpointOf(this.#settings.endpoints.ec2) });
    this.#ec2.set(region, client);
    return new Ec2(client, stop);
  }

  async callerIdentity(region: string, stop: AbortSignal): Promise<GetCallerIdentityCommandOutput> {
    const client = new STSClient({ ...this.#options(region), ...endpointOf(this.#settings.endpoints.sts) });
    try {
      return await client.send(new GetCallerIdentityCommand({}), { abortSignal: stop });
    } catch (error) {
      stop.throwIfAborted();
      throw awsError("GetCallerIdentity", error);
    } finally {
      client.destroy();
    }
  }

  #options(region: string) {
    const { accessKey, secretKey, token, profile } = this.#settings;
    const credentials =
      accessKey !== undefined && secretKey !== undefined
        ? { accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken: token }
        : undefined;
    return { region, profile, retryStrategy: this.retryStrategy, ...(credentials && { credentials }) };
  }
}

/** With a profile or variable that asks for AWS's FIPS or dual-stack endpoints the SDK refuses any other one. */
function endpointOf(endpoint: string | undefined) {
  return endpoint === undefined ? {} : { endpoint, useFipsEndpoint: false, useDualstackEndpoint: false };
}
