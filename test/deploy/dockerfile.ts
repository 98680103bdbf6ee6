/** What is read of deploy/Dockerfile: a line for each instruction, in the forms that are used there. */
import * as z from 'zod';

export interface Image {
  readonly from: string;
  /** Files of the checkout, and where they lie in the image. */
  readonly copied: readonly { readonly source: string; readonly target: string }[];
  /** Paths under which the program can be started: what is copied there and what links to it. */
  readonly programs: readonly string[];
  readonly workdir: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** The names of its instructions, each once. */
  readonly instructions: readonly string[];
}

const words = z.array(z.string());

export function imageOf(dockerfile: string): Image {
  const instructions = dockerfile
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => /^(?<name>[A-Z]+) (?<rest>.*)$/.exec(line)?.groups ?? { name: line, rest: '' });
  const all = (name: string): readonly string[] =>
    instructions.filter((each) => each['name'] === name).map(({ rest = '' }) => rest);
  const copied = all('COPY').map((rest) => {
    const [source = '', target = '', ...more] = rest.split(/\s+/).filter((word) => !word.startsWith('--'));
    if (more.length > 0) throw new Error(`one file at a time: COPY ${rest}`);
    return { source, target };
  });
  const links = all('RUN').flatMap((rest) =>
    [...rest.matchAll(/\bln -s (\S+) (\S+)/g)].map(([, to = '', path = '']) => ({ to, path })),
  );
  const targets = copied.map(({ target }) => target);
  return {
    from: all('FROM')[0] ?? '',
    copied,
    programs: [...targets, ...links.filter(({ to }) => targets.includes(to)).map(({ path }) => path)],
    workdir: all('WORKDIR')[0] ?? '/',
    user: all('USER')[0] ?? '',
    entrypoint: words.parse(JSON.parse(all('ENTRYPOINT')[0] ?? '[]')),
    command: words.parse(JSON.parse(all('CMD')[0] ?? '[]')),
    instructions: [...new Set(instructions.map(({ name = '' }) => name))],
  };
}
