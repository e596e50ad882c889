/**
 * `npm test`: everything that can be checked without a whole n8n server, in one run, offline.
 *
 * Without arguments all steps run, and the first one that fails ends the run. With arguments
 * (`npm test -- formFields`, `npm test -- -t "paired item"`) only the build and jest run, jest gets
 * the arguments, and coverage is left out: it says nothing about a part of the tests.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { packageRoots, repository } from './lib/packages.cjs';
import { exitCodes, onEndSignal } from './lib/processes.mjs';

interface Step {
	title: string;
	/** Script for Node and its arguments. */
	command: string[];
	/** Default: the repository. */
	cwd?: string;
	/** Fails the step although the command ended well. */
	forbidden?: RegExp;
}

/** The part of jest's JSON report that the last line is made of. */
interface JestReport {
	numPassedTests: number;
	numFailedTests: number;
	numPendingTests: number;
	numTodoTests: number;
	numRuntimeErrorTestSuites: number;
}

const require = createRequire(import.meta.url);
const report = join(repository, '.cache', 'jest-report.json');
const jestArguments = process.argv.slice(2);
// The commands do not see a terminal, because their output passes through here.
const env = { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }) };

/** Path of a command that a package brings. */
function bin(packageName: string, command = packageName): string {
	const manifest = join(repository, 'node_modules', packageName, 'package.json');
	const { bin: bins } = require(manifest) as { bin: string | Record<string, string> };
	return join(manifest, '..', typeof bins === 'string' ? bins : bins[command]);
}

const build: Step = { title: 'Build', command: [bin('gulp'), 'build', '-L'] };

const jest: Step = {
	title: 'Unit and engine tests',
	command: [
		bin('jest'),
		'--json',
		`--outputFile=${report}`,
		...(jestArguments.length > 0 ? jestArguments : ['--coverage']),
	],
};

const allSteps: Step[] = [
	...packageRoots().map((root) => ({
		title: `n8n's lint: ${relative(repository, root) || 'n8n-nodes-nextmatter'}`,
		command: [bin('@n8n/node-cli', 'n8n-node'), 'lint'],
		cwd: root,
		forbidden: /✖ \d+ problem/, // it takes warnings for success
	})),
	{
		title: 'Lint of tests, sandboxes and scripts',
		command: [bin('eslint'), '--config', 'eslint.tools.config.mjs', '--max-warnings', '0', '.'],
	},
	{ title: 'Types of tests, sandboxes and scripts', command: [bin('typescript', 'tsc'), '-p', 'tsconfig.tools.json'] },
	build,
	{ title: "n8n's package scanner: source and packed files", command: ['scripts/scan.mts', '--no-build'] },
	jest,
];

/** Runs a command and passes on its output. @returns its exit code and what it wrote to stdout */
async function execute(command: string[], cwd: string): Promise<{ code: number; output: string }> {
	const child = spawn(process.execPath, command, { cwd, stdio: ['ignore', 'pipe', 'inherit'], env });
	const stopListening = onEndSignal((signal) => {
		child.kill(signal);
		process.exitCode = exitCodes[signal];
	});
	let output = '';
	child.stdout.on('data', (data) => {
		output += data;
		process.stdout.write(data);
	});
	const code = await new Promise<number>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (exitCode, signal) => resolve(exitCode ?? exitCodes[signal ?? ''] ?? 1));
	});
	stopListening();
	return { code, output };
}

async function run({ title, command, cwd = repository, forbidden }: Step): Promise<boolean> {
	process.stdout.write(`\n── ${title}\n`);
	const started = performance.now();
	const { code, output } = await execute(command, cwd);
	const passed = code === 0 && !forbidden?.test(output);
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	process.stdout.write(`── ${title}: ${passed ? 'ok' : 'FAILED'}, ${seconds} s\n`);
	return passed;
}

function jestReport(): JestReport | undefined {
	try {
		return JSON.parse(readFileSync(report, 'utf8')) as JestReport;
	} catch {
		return undefined; // a step before jest failed, or jest did not start
	}
}

mkdirSync(join(repository, '.cache'), { recursive: true });
rmSync(report, { force: true });
const steps = jestArguments.length > 0 ? [build, jest] : allSteps;
let failed: Step | undefined;
for (const step of steps) {
	if (failed || process.exitCode) break; // an end signal sets the exit code
	if (!(await run(step))) failed = step;
}

const results = jestReport();
const passedTests = results?.numPassedTests ?? 0;
const failedTests = (results?.numFailedTests ?? 0) + (results?.numRuntimeErrorTestSuites ?? 0);
const skippedTests = (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0);
// A step that failed counts as one; failed tests count one by one.
const failures = failed ? Math.max(1, failedTests) : failedTests;
process.stdout.write(failed ? `\nStopped at: ${failed.title}\n` : '\n');
process.stdout.write(
	`${passedTests} passed, ${failures} failed${skippedTests > 0 ? `, ${skippedTests} skipped` : ''}\n`,
);
process.exitCode ||= failures > 0 || passedTests === 0 ? 1 : 0;
