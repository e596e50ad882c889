/**
 * Writes the tables of README.md from the built nodes: `node scripts/readme.mts`. With `--check` it
 * only says whether they are up to date (exit code 1 when not).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const README = join(ROOT, 'README.md');
const load = createRequire(import.meta.url);

interface Named {
	name: string;
	value: string;
	description: string;
}

/** The first sentence: what follows is for the editor and for AI agents. */
const short = (description: string) => description.split(/\. |\.$|: /)[0];

const table = (head: string[], rows: string[][]) =>
	[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** README marker -> the table between its start and end. */
export function tables(): Record<string, string> {
	const { nextMatter } = load(join(ROOT, 'dist/nodes/NextMatter/operations/index.js')) as {
		nextMatter: { resources: Array<{ name: string; operations: Named[] }> };
	};
	const { events } = load(join(ROOT, 'dist/nodes/NextMatter/trigger/events.js')) as { events: Named[] };
	const { fieldTypes } = load(join(ROOT, 'dist/nodes/NextMatter/formFields/types.js')) as {
		fieldTypes: Array<Named & { properties: Array<{ displayName: string }> }>;
	};
	return {
		operations: table(
			['Resource', 'Operation', 'What it does'],
			nextMatter.resources.flatMap(({ name, operations }) =>
				operations.map((operation) => [name, `**${operation.name}**`, short(operation.description)]),
			),
		),
		events: table(
			['Event', 'When'],
			events.map(({ name, description }) => [`**${name}**`, short(description)]),
		),
		fields: table(
			['Type', 'You fill in'],
			fieldTypes.map(({ name, properties }) => [
				`**${name}**`,
				properties.map(({ displayName }) => displayName).join(', ') || 'nothing',
			]),
		),
	};
}

/** The README with its tables brought up to date. */
export function withTables(readme: string): string {
	return Object.entries(tables()).reduce((text, [name, content]) => {
		const between = new RegExp(`(<!-- ${name}:start -->\n)[\\s\\S]*?(<!-- ${name}:end -->)`);
		if (!between.test(text)) throw new Error(`README.md has no place for the table '${name}'`);
		return text.replace(between, (_all, start: string, end: string) => `${start}\n${content}\n\n${end}`);
	}, readme);
}

if (process.argv[1] === import.meta.filename) {
	const readme = readFileSync(README, 'utf8');
	const updated = withTables(readme);
	if (process.argv.includes('--check')) {
		const current = readme === updated;
		console.log(current ? 'README.md is up to date' : 'README.md is not up to date: run node scripts/readme.mts');
		process.exitCode = current ? 0 : 1;
	} else {
		writeFileSync(README, updated);
		console.log('README.md written');
	}
}
