// Starts a real n8n with packages installed as users install them, and ends it again.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeFolder, npm } from './lib/npm.mjs';
import { freePort } from './lib/ports.mjs';
import { endGroup } from './lib/processes.mjs';
import { temporaryFolder } from './lib/temporary.mjs';
import { ensureN8n, type N8nInstallation } from './n8n-cache.mts';
import { N8nClient, type Owner } from './n8n-client.mts';

export { packPackage, type PackedPackage } from './pack.mts';
export * from './n8n-client.mts';

export const DEFAULT_PORT = 5678;
const MOST_STARTS = 4;
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 10_000;
const endWithParent = new URL('lib/end-with-parent.mjs', import.meta.url).href;

export interface StartOptions {
	/** Packed packages to install. */
	tarballs: string[];
	/** n8n's data; by default a temporary folder that stop() removes. */
	userFolder?: string;
	/** Taken when it is free, else another is chosen: see `N8nInstance.port`. Default 5678. */
	port?: number;
	/** Added to n8n's environment. */
	env?: Record<string, string>;
	/** What n8n reads dates in (GENERIC_TIMEZONE). Default UTC. */
	timezone?: string;
	installation?: N8nInstallation;
}

export interface N8nInstance extends AsyncDisposable {
	/** Of the editor, such as http://127.0.0.1:5678. */
	url: string;
	port: number;
	/** Signed in as the owner. */
	client: N8nClient;
	owner: Owner;
	userFolder: string;
	/** n8n's own output. */
	logFile: string;
	/** Ends n8n and everything it started, and removes the temporary folder. */
	stop(): Promise<void>;
}

/** Variables that would steer n8n, npm or Node from outside; a run must not depend on whose shell it is started in. */
const STEERING =
	/^(N8N_|DB_|EXECUTIONS_|QUEUE_|WEBHOOK_|NODES_|CREDENTIALS_|GENERIC_TIMEZONE$|EXTERNAL_|NODE_ENV$|NODE_OPTIONS$|NODE_FUNCTION_|npm_)/i;

function environment(options: {
	userFolder: string;
	port: number;
	brokerPort: number;
	timezone: string;
	extra: Record<string, string>;
}) {
	const inherited = Object.entries(process.env).filter(([name]) => !STEERING.test(name));
	return {
		...Object.fromEntries(inherited),
		N8N_USER_FOLDER: options.userFolder,
		N8N_PORT: String(options.port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_RUNNERS_BROKER_PORT: String(options.brokerPort),
		N8N_SECURE_COOKIE: 'false',
		GENERIC_TIMEZONE: options.timezone,
		N8N_LOG_LEVEL: 'info',
		N8N_PYTHON_ENABLED: 'false',
		// Nothing here may call home, nor ask the person in front of it questions.
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		...options.extra,
	};
}

/** n8n loads every n8n-nodes-* package it finds in .n8n/nodes/node_modules; its own installer puts them there too. */
async function installPackages(userFolder: string, tarballs: string[]): Promise<void> {
	const folder = join(userFolder, '.n8n', 'nodes');
	await mkdir(folder, { recursive: true });
	await writeFile(
		join(folder, 'package.json'),
		`${JSON.stringify({ name: 'installed-nodes', private: true, dependencies: {} })}\n`,
	);
	await npm(
		[
			'install',
			'--ignore-scripts',
			'--legacy-peer-deps',
			'--omit=dev',
			'--no-package-lock',
			'--no-audit',
			'--no-fund',
			...tarballs,
		],
		{ cwd: folder, firstOnPath: nodeFolder },
	);
}

/** The same owner each time the same folder is used. */
async function ownerOf(userFolder: string): Promise<Owner> {
	const file = join(userFolder, 'owner.json');
	const stored = await readFile(file, 'utf8').catch(() => undefined);
	if (stored) return JSON.parse(stored) as Owner;
	// n8n wants a capital letter and a digit in it.
	const owner = { email: 'demo@example.com', password: `Demo-${randomBytes(6).toString('hex')}-1` };
	await writeFile(file, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
	return owner;
}

const ended = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function endChild(child: ChildProcess): Promise<void> {
	if (!ended(child)) {
		const exit = new Promise((resolve) => child.once('exit', resolve));
		// n8n ends its own children and closes its database.
		child.kill('SIGTERM');
		await Promise.race([exit, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
	}
	endGroup(child, 'SIGKILL');
}

function lastLines(text: string, count = 25): string {
	return text
		.trimEnd()
		.split('\n')
		.slice(-count)
		.map((line) => `    ${line}`)
		.join('\n');
}

class PortTakenError extends Error {}

/** Ready when the database is migrated and the REST endpoints answer. */
async function waitUntilReady(url: string, child: ChildProcess, logFile: string): Promise<void> {
	const end = performance.now() + READY_TIMEOUT_MS;
	const answers = async (path: string) => {
		const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
		if (!response?.ok) return false;
		return (await response.json().catch(() => undefined)) !== undefined;
	};
	for (;;) {
		const hasEnded = ended(child);
		// Its last words are still on their way into the file.
		if (hasEnded) await sleep(200);
		const log = await readFile(logFile, 'utf8').catch(() => '');
		if (hasEnded) {
			if (/port \d+ is already in use/.test(log)) throw new PortTakenError();
			const how = child.signalCode ?? `exit code ${child.exitCode}`;
			throw new Error(`n8n ended while it was starting (${how}). Its last words:\n${lastLines(log)}`);
		}
		// Its own word first: on a port that was taken meanwhile, another n8n would answer in its place.
		const listening = log.includes('Editor is now accessible');
		if (listening && (await answers('/healthz/readiness')) && (await answers('/rest/settings'))) return;
		if (performance.now() > end) {
			throw new Error(`n8n was not ready after ${READY_TIMEOUT_MS / 1000} s. Its last words:\n${lastLines(log)}`);
		}
		await sleep(200);
	}
}

interface Running {
	child: ChildProcess;
	port: number;
	url: string;
	/** Ends n8n and everything it started. */
	end(): Promise<void>;
}

async function launch(
	bin: string,
	userFolder: string,
	logFile: string,
	wantedPort: number,
	options: StartOptions,
): Promise<Running> {
	const port = await freePort(wantedPort);
	const url = `http://127.0.0.1:${port}`;
	const log = createWriteStream(logFile);
	const child = spawn(process.execPath, ['--import', endWithParent, bin, 'start'], {
		// n8n reads a .env file from where it is started.
		cwd: userFolder,
		env: environment({
			userFolder,
			port,
			brokerPort: await freePort(),
			timezone: options.timezone ?? 'UTC',
			extra: options.env ?? {},
		}),
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: process.platform !== 'win32',
	});
	child.stdout.pipe(log, { end: false });
	child.stderr.pipe(log, { end: false });
	// However this process ends, n8n does not stay behind. First of all, before its folder is removed.
	const endWithUs = () => endGroup(child, 'SIGKILL');
	process.prependOnceListener('exit', endWithUs);
	const end = async () => {
		await endChild(child);
		process.off('exit', endWithUs);
		log.end();
	};
	try {
		await waitUntilReady(url, child, logFile);
		return { child, port, url, end };
	} catch (error) {
		await end();
		throw error;
	}
}

/** Two n8n that start at the same moment both find the same port free: the one that comes second tries another. */
async function launchOnFreePort(...args: Parameters<typeof launch>): Promise<Running> {
	for (let start = 1; ; start += 1) {
		try {
			return await launch(...args);
		} catch (error) {
			if (!(error instanceof PortTakenError)) throw error;
			if (start === MOST_STARTS) throw new Error(`n8n found its port taken ${MOST_STARTS} times in a row.`);
		}
	}
}

/** Starts n8n, makes its owner account (or signs in), and gives the means to use and to end it. */
export async function startN8n(options: StartOptions): Promise<N8nInstance> {
	const { bin } = options.installation ?? (await ensureN8n());
	const temporary = options.userFolder ? undefined : await temporaryFolder('n8n-');
	const userFolder = options.userFolder ?? temporary!.path;
	const logFile = join(userFolder, 'n8n.log');
	let running: Running | undefined;
	let stopped: Promise<void> | undefined;
	const stop = () =>
		(stopped ??= (async () => {
			await running?.end();
			await temporary?.remove();
		})());
	try {
		await installPackages(userFolder, options.tarballs);
		running = await launchOnFreePort(bin, userFolder, logFile, options.port ?? DEFAULT_PORT, options);
		const owner = await ownerOf(userFolder);
		// "flatted" is how n8n writes executions; its own copy reads what it wrote.
		const { parse } = createRequire(bin)('flatted') as { parse: (text: string) => unknown };
		const { port, url } = running;
		const client = new N8nClient(url, parse);
		await client.signIn(owner);
		return { url, port, client, owner, userFolder, logFile, stop, [Symbol.asyncDispose]: stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
