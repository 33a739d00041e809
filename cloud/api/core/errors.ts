/** An error as EC2 answers it: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html. */
export class Ec2Error extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** HTTP status. */
    readonly status = 400,
  ) {
    super(message);
    this.name = "Ec2Error";
  }
}

export const invalidParameterValue = (message: string): Ec2Error => new Ec2Error("InvalidParameterValue", message);

export const invalidCombination = (message: string): Ec2Error => new Ec2Error("InvalidParameterCombination", message);

export const missingParameter = (name: string): Ec2Error =>
  new Ec2Error("MissingParameter", `The request must contain the parameter ${name}`);

/** @param what e.g. `vpc 'vpc-1'`: EC2 names the kind and the id of what cannot be deleted. */
export const hasDependencies = (what: string): Ec2Error =>
  new Ec2Error("DependencyViolation", `The ${what} has dependencies and cannot be deleted.`);

export const alreadyAssociated = (message: string): Ec2Error => new Ec2Error("Resource.AlreadyAssociated", message);

export const unknownAttribute = (name: string | undefined): Ec2Error =>
  invalidParameterValue(`Value (${name ?? ""}) for parameter attribute is invalid. Unknown attribute.`);

/** What this EC2 cannot do, though the real one can. */
export const unsupported = (message: string): Ec2Error => new Ec2Error("UnsupportedOperation", message);

export const unknownAction = (action: string): Ec2Error =>
  action === ""
    ? new Ec2Error("MissingAction", "The request must contain the parameter Action")
    : new Ec2Error("InvalidAction", `The action ${action} is not valid for this web service.`);

/** One of the words that a parameter may be. @throws Ec2Error InvalidParameterValue for any other. */
export function oneOf<T extends string>(parameter: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw invalidParameterValue(
    `Value (${value}) for parameter ${parameter} is invalid. Expected one of: ${words.join(", ")}.`,
  );
}
