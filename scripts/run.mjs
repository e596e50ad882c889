#!/usr/bin/env node
// The door to every command of this project. Runs on a plain Node 20 with nothing installed:
// it installs what is missing, then runs the command's script with Node 24.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies, environmentFor } from './lib/dependencies.mjs';
import { exitCodes, onEndSignal } from './lib/processes.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {Record<string, { script: string, what: string }>} */
const commands = {
	start: { script: 'scripts/start.mts', what: 'run the onboarding example on a real n8n, and leave the editor open' },
	test: { script: 'scripts/test.mts', what: 'build, lint and run the tests' },
	'test:n8n': { script: 'test/n8n/run.mts', what: 'test the packed package in a real n8n' },
	'test:browser': { script: 'test/browser/run.mts', what: "test the node in n8n's editor, in a real browser" },
	bench: { script: 'bench/run.mts', what: 'measure the speed' },
	sandbox: { script: 'sandbox/next-matter/main.mts', what: 'run the Next Matter sandbox alone' },
	'install:n8n': {
		script: 'scripts/n8n-cache.mts',
		what: 'install the pinned n8n into the cache, for start and the tests',
	},
	scan: { script: 'scripts/scan.mts', what: "run n8n's package scanner" },
};

function usage() {
	const width = Math.max(...Object.keys(commands).map((name) => name.length));
	const lines = Object.entries(commands).map(([name, { what }]) => `  ${name.padEnd(width)}  ${what}`);
	return `Usage: node scripts/run.mjs <command> [options]\n\n${lines.join('\n')}\n`;
}

/**
 * npm, when it is ended by a signal of its own, does not pass it on: then its death is the signal.
 * @param {() => void} end
 */
function followParent(end) {
	if (!process.env.npm_lifecycle_event || process.platform === 'win32') return;
	const parent = process.ppid;
	const timer = setInterval(() => {
		if (process.ppid === parent) return;
		clearInterval(timer);
		end();
	}, 1_000);
	timer.unref();
}

async function main() {
	const [name, ...args] = process.argv.slice(2);
	const command = name === undefined ? undefined : commands[name];
	if (!command) {
		process.stderr.write(name === undefined ? usage() : `Unknown command: ${name}\n\n${usage()}`);
		return 2;
	}
	if (Number(process.versions.node.split('.')[0]) < 20) {
		process.stderr.write(`Node 20 or newer is needed; this is ${process.version}. Get it from https://nodejs.org\n`);
		return 1;
	}
	const script = join(root, command.script);
	if (!existsSync(script)) {
		process.stderr.write(`${command.script} is not part of this checkout.\n`);
		return 1;
	}
	// While npm works, Ctrl-C ends the installation; the next run starts it again.
	const stopListening = onEndSignal((signal) => {
		process.stderr.write('\nInterrupted. The next run recovers.\n');
		process.exit(exitCodes[signal]);
	});
	const node = await ensureDependencies(root);
	stopListening();

	const child = spawn(node, [script, ...args], { stdio: 'inherit', env: environmentFor(root, node) });
	// The child decides what an end signal means, so that it can clean up; we only pass it on.
	onEndSignal((signal) => child.kill(signal));
	followParent(() => child.kill('SIGTERM'));
	return await new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', (code, signal) => resolve(code ?? exitCodes[signal ?? ''] ?? 1));
	});
}

try {
	process.exitCode = await main();
} catch (error) {
	process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
	process.exitCode = 1;
}
