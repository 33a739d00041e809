import { EC2 } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient, type GetCallerIdentityCommandOutput } from "@aws-sdk/client-sts";
import { awsError } from "./errors";
import type { Settings } from "./config";
import { patientRetries } from "./retries";

/** The client for one operation: its requests end with it, and every error names the action. */
function forOperation(client: EC2, stop: AbortSignal): EC2 {
  const send = async (command: Parameters<EC2["send"]>[0]) => {
    try {
      return await client.send(command, { abortSignal: stop });
    } catch (error) {
      stop.throwIfAborted();
      throw awsError(command.constructor.name.replace(/Command$/, ""), error);
    }
  };
  return Object.assign(Object.create(client) as EC2, { send });
}

/** The SDK's clients of a configured provider. The credential chain is theirs. */
export class Clients {
  readonly #settings: Settings;
  readonly #ec2 = new Map<string, EC2>();

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
    const client = new EC2({ profile });
    return client.config.region().catch(() => {
      throw new Error(
        "Missing region: set it with 'pulumi config set aws:region us-east-1', AWS_REGION, AWS_DEFAULT_REGION or the profile's region",
      );
    });
  }

  ec2(region: string, stop: AbortSignal): EC2 {
    const existing = this.#ec2.get(region);
    const client = existing ?? new EC2({ ...this.#options(region), ...endpointOf(this.#settings.endpoints.ec2) });
    this.#ec2.set(region, client);
    return forOperation(client, stop);
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
