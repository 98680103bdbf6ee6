/** A bug, not a condition of the world: the program's own promise to itself is broken. On in production. */
class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Throws an {@link InvariantViolation} unless `condition` holds. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** For the `default` of an exhaustive switch: does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unreachable: ${JSON.stringify(value)}`);
}
