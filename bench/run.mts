// npm run bench [-- --quick] [-- --only create,limit]: our node beside n8n's HTTP Request node, both in the same
// real n8n against the same sandbox. Prints tables; a full run writes them to results.md. Nothing here is a test.
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes, onEndSignal } from '../scripts/lib/processes.mjs';
import { elapsed } from '../scripts/lib/progress.mjs';
import { ensureN8n } from '../scripts/n8n-cache.mts';
import { environment, startEnvironment, stopEnvironment } from '../test/n8n/environment.mts';
import { chain, http } from './contenders.mts';
import { measure } from './measure.mts';
import { scenarios, type Scale, type Table } from './scenarios.mts';

const RESULTS = join(import.meta.dirname, 'results.md');

function readOptions() {
	const { values } = parseArgs({
		options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
	});
	const known = Object.keys(scenarios);
	const chosen = values.only?.split(',') ?? known;
	const unknown = chosen.filter((name) => !known.includes(name));
	if (unknown.length > 0) throw new Error(`There is no ${unknown.join(', ')}. Choose from: ${known.join(', ')}`);
	const { quick } = values;
	const scale: Scale = {
		quick,
		rounds: quick ? 1 : 3,
		of: (full) => (quick ? Math.ceil(full / 5) : full),
		limit: quick ? { limit: 20, windowMs: 2000 } : { limit: 100, windowMs: 6000 },
	};
	return { chosen, scale, complete: !quick && values.only === undefined };
}

function toMarkdown({ title, setting, head, rows }: Table, number: number): string {
	const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
	const rule = head.map((_, index) => (index === 0 ? '---' : '--:'));
	return [`## ${number}. ${title}`, '', setting, '', ...[head, rule, ...rows].map(line), ''].join('\n');
}

/** The first runs of a fresh n8n load modules and make connections. */
async function warmUp(): Promise<void> {
	const { sandbox } = environment();
	sandbox.reset();
	await measure(chain([{}], [http({ method: 'GET', url: `${sandbox.apiUrl}/processes/4210/instances/` })]));
	await scenarios.create!({ quick: true, rounds: 1, of: () => 20, limit: { limit: 100, windowMs: 6000 } });
}

async function main(): Promise<void> {
	const { chosen, scale, complete } = readOptions();
	const { version } = await ensureN8n();
	const begin = performance.now();
	await startEnvironment();
	process.stderr.write('Warming up\n');
	await warmUp();
	const tables: Table[] = [];
	for (const name of chosen) {
		process.stderr.write(`${name}\n`);
		tables.push(await scenarios[name]!(scale));
	}
	const text = [
		'# Results',
		'',
		`Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: n8n ${version}, Node ${process.version}, ${availableParallelism()} cores, n8n and the sandbox on the same machine. Median of ${scale.rounds} ${scale.rounds === 1 ? 'run' : 'runs'}. What it means stands in [README.md](README.md).`,
		'',
		...tables.map((table, index) => toMarkdown(table, index + 1)),
	].join('\n');
	process.stdout.write(`\n${text}\n`);
	if (complete) await writeFile(RESULTS, text);
	process.stderr.write(
		complete
			? `Written to bench/results.md (${elapsed(performance.now() - begin)})\n`
			: `Not written: only a full run is (${elapsed(performance.now() - begin)})\n`,
	);
}

onEndSignal((signal) => process.exit(exitCodes[signal]));
let exitCode = 0;
try {
	await main();
} catch (error) {
	process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
	exitCode = 1;
} finally {
	await stopEnvironment();
}
// The engine keeps isolates ready, which would keep this process alive.
process.exit(exitCode);
