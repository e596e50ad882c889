// Runs npm in a folder, with progress that is counted, and explains what went wrong in words a person can act on.
import { spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { endGroup } from './processes.mjs';

/** The npm that runs us is the one to use; without one, the first on the PATH. */
function npmCommand() {
	const path = process.env.npm_execpath;
	if (path && /^npm-cli\.c?js$/.test(basename(path))) return { command: process.execPath, first: [path] };
	return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', first: [] };
}

/**
 * The environment for an npm that is started by an npm script: options of the outer command
 * (`npm_config_…`), its package and NODE_ENV=production must not leak into it.
 * @param {NodeJS.ProcessEnv} extra
 */
function npmEnvironment(extra) {
	/** @type {NodeJS.ProcessEnv} */
	const env = {};
	const leaking =
		/^npm_(package|lifecycle|command|node_execpath|config_(omit|include|production|only|dev|global|location|prefix|local_prefix|workspaces?|package_lock|dry_run|save|ignore_scripts|argv|node_gyp)($|_))/i;
	for (const [name, value] of Object.entries(process.env)) {
		if (name === 'NODE_ENV' || name === 'INIT_CWD' || leaking.test(name)) continue;
		env[name] = value;
	}
	return { ...env, ...extra };
}

/** @type {Array<[RegExp, string]>} */
const REASONS = [
	[
		/EUSAGE|in sync/,
		'package.json and package-lock.json do not agree. Run npm install once, and commit the new package-lock.json.',
	],
	[/ENOSPC/, 'The disk is full. Free some space, then run the command again.'],
	[/EACCES|EPERM/, 'A file could not be written. Check who owns the folder and the npm cache (npm config get cache).'],
	[
		/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|network/i,
		'The npm registry was not reached. Check the network (and npm config get registry, or the proxy), then run the command again: what was downloaded is kept in the npm cache.',
	],
	[
		/SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
		"The registry's certificate is not trusted. Behind a company proxy set npm config set cafile <its certificate>.",
	],
	[/E401|E403/, 'The npm registry refused access. Check the registry and its token: npm config list.'],
	[
		/E404|ETARGET/,
		'The npm registry does not have one of the pinned packages. A mirror may be incomplete: npm config get registry.',
	],
	[
		/gyp ERR!/,
		'A native part could not be compiled. It needs Python 3, make and a C++ compiler (Debian: apt-get install python3 make g++; macOS: xcode-select --install).',
	],
];

export class NpmError extends Error {
	/**
	 * @param {string[]} args
	 * @param {number | string} code
	 * @param {string} output
	 */
	constructor(args, code, output) {
		const reason = REASONS.find(([pattern]) => pattern.test(output))?.[1];
		const tail = output
			// npm repeats its whole usage after some errors.
			.replace(/^npm error (Clean install a project|Usage:)[^]*/m, '')
			.split('\n')
			.filter((line) => line.trim() !== '' && !/^npm warn/i.test(line))
			.slice(-15)
			.map((line) => `    ${line}`)
			.join('\n');
		super([`npm ${args[0]} failed (${code}).`, tail, reason].filter(Boolean).join('\n'));
		this.name = 'NpmError';
	}
}

/**
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, firstOnPath?: string }} options
 * @returns {Promise<string>} what npm wrote to its standard output
 */
export async function npm(args, { cwd, env = {}, firstOnPath }) {
	const { command, first } = npmCommand();
	const environment = npmEnvironment(env);
	if (firstOnPath) environment.PATH = `${firstOnPath}${delimiter}${environment.PATH ?? ''}`;
	const child = spawn(command, [...first, ...args], {
		cwd,
		env: environment,
		stdio: ['ignore', 'pipe', 'pipe'],
		// A group of its own, so that whatever npm starts can be ended together with it.
		detached: process.platform !== 'win32',
		shell: command.endsWith('.cmd'),
	});
	// npm takes its time over a polite signal; what it leaves half done is recognised and done again.
	const end = () => endGroup(child, 'SIGKILL');
	process.once('exit', end);
	let stdout = '';
	let all = '';
	child.stdout.on('data', (data) => {
		stdout += data;
		all = (all + data).slice(-200_000);
	});
	child.stderr.on('data', (data) => {
		all = (all + data).slice(-200_000);
	});
	try {
		const code = await new Promise((resolve, reject) => {
			child.once('error', (error) => {
				const missing = /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
				reject(missing ? new Error('npm was not found. It comes with Node.js: https://nodejs.org') : error);
			});
			child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
		});
		if (code !== 0) throw new NpmError(args, code, all);
		return stdout;
	} finally {
		process.off('exit', end);
	}
}

/**
 * Counts how many of the packages that a package-lock.json names are in place.
 * @param {string} folder holds package-lock.json and node_modules
 * @param {(note: string) => void} note
 * @returns {Promise<() => void>} stops counting
 */
export async function countPackages(folder, note) {
	const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'));
	const missing = new Set(Object.keys(lock.packages).filter((path) => path !== ''));
	const total = missing.size;
	let busy = false;
	const timer = setInterval(async () => {
		if (busy) return;
		busy = true;
		for (const path of missing) {
			const found = await access(join(folder, path, 'package.json')).then(
				() => true,
				() => false,
			);
			if (found) missing.delete(path);
		}
		const here = total - missing.size;
		note(here === 0 ? 'downloading' : `${here} of ${total} packages`);
		busy = false;
	}, 2_000);
	timer.unref();
	return () => clearInterval(timer);
}

/** The folder of the Node that runs this process, to be put first on a PATH. */
export const nodeFolder = dirname(process.execPath);
