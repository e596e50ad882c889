// A real n8n, pinned by n8n-runtime/package-lock.json and installed once into a cache outside the work tree:
// it is 2.8 GB, and a community package may not have it among its own dependencies.
// Run alone (node scripts/n8n-cache.mts) it installs, and prints the folder.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, readFile, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withLock } from './lib/lock.mjs';
import { countPackages, nodeFolder, npm } from './lib/npm.mjs';
import { exitCodes, onEndSignal } from './lib/processes.mjs';
import { withProgress } from './lib/progress.mjs';

export interface N8nInstallation {
	/** Holds n8n's node_modules. */
	folder: string;
	/** n8n's command, to be run with the Node that runs this process. */
	bin: string;
	version: string;
}

const runtimeFolder = join(dirname(fileURLToPath(import.meta.url)), 'n8n-runtime');
const COMPLETE = 'complete.json';
const UNPACKED = 'unpacked.json';
const DISK_NEEDED = 4e9;

const exists = (path: string) =>
	access(path).then(
		() => true,
		() => false,
	);

/** Where the installations lie; `NEXTMATTER_CACHE_DIR` says otherwise. */
export function cacheFolder(): string {
	const chosen = process.env.NEXTMATTER_CACHE_DIR;
	if (chosen) return resolve(chosen);
	const base =
		process.env.XDG_CACHE_HOME ||
		(process.platform === 'win32' && process.env.LOCALAPPDATA) ||
		join(homedir(), '.cache');
	return join(base, 'n8n-nodes-nextmatter');
}

/** One installation for each list of versions, platform and Node ABI (n8n has native parts). */
async function installationKey(): Promise<string> {
	const hash = createHash('sha256');
	for (const file of ['package.json', 'package-lock.json']) hash.update(await readFile(join(runtimeFolder, file)));
	hash.update(`${process.platform} ${process.arch} ${process.versions.modules}`);
	return hash.digest('hex').slice(0, 12);
}

async function describe(folder: string): Promise<N8nInstallation> {
	const packageFolder = join(folder, 'node_modules', 'n8n');
	const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
	return { folder, bin: join(packageFolder, 'bin', 'n8n'), version };
}

/**
 * The folder with the headers of this very Node, so that node-gyp downloads none.
 * The npm package "node" keeps them beside its platform package.
 */
async function headersFolder(): Promise<string | undefined> {
	const platform = process.platform === 'win32' ? 'win' : process.platform;
	const candidates = [dirname(nodeFolder)];
	for (let folder = nodeFolder; dirname(folder) !== folder; folder = dirname(folder)) {
		for (const prefix of ['node', 'node-bin'])
			candidates.push(join(folder, 'node_modules', `${prefix}-${platform}-${process.arch}`));
	}
	const [major, minor] = process.versions.node.split('.');
	for (const candidate of candidates) {
		const header = await readFile(join(candidate, 'include', 'node', 'node_version.h'), 'utf8').catch(() => '');
		const matches = new RegExp(`NODE_MAJOR_VERSION ${major}\\b[^]*NODE_MINOR_VERSION ${minor}\\b`).test(header);
		if (matches) return candidate;
	}
	return undefined;
}

/** Fails early, with numbers, rather than after minutes. */
async function checkDisk(folder: string): Promise<void> {
	const { bavail, bsize } = await statfs(folder);
	const free = bavail * bsize;
	if (free < DISK_NEEDED) {
		throw new Error(
			`n8n needs about ${DISK_NEEDED / 1e9} GB of disk while it is installed; ${(free / 1e9).toFixed(1)} GB are free at ${folder}.\n` +
				'Free some space, or name another place: NEXTMATTER_CACHE_DIR=/path npm start',
		);
	}
}

async function install(folder: string): Promise<void> {
	const work = `${folder}.installing`;
	const { dependencies } = JSON.parse(await readFile(join(runtimeFolder, 'package.json'), 'utf8'));
	// What an interrupted run left: complete but for the native part, or of no use.
	if (!(await exists(join(work, UNPACKED)))) {
		if (await exists(work)) {
			await withProgress('Removing what an interrupted installation left', () =>
				rm(work, { recursive: true, force: true }),
			);
		}
		await mkdir(work, { recursive: true });
		await checkDisk(work);
		for (const file of ['package.json', 'package-lock.json'])
			await copyFile(join(runtimeFolder, file), join(work, file));
		process.stderr.write(`n8n ${dependencies.n8n} is installed once (about 2.8 GB, some minutes) into ${folder}\n`);
		await withProgress(`Installing n8n ${dependencies.n8n}`, async (note) => {
			const stop = await countPackages(work, note);
			try {
				await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
					cwd: work,
					firstOnPath: nodeFolder,
				});
			} finally {
				stop();
			}
		});
		await writeFile(join(work, UNPACKED), '{}\n');
	}
	await withProgress("Building n8n's database driver (sqlite3)", async () => {
		const headers = await headersFolder();
		await npm(['rebuild', 'sqlite3', '--ignore-scripts=false', '--no-audit', '--no-fund'], {
			cwd: work,
			firstOnPath: nodeFolder,
			// Only this package's install script runs. It looks for a prebuilt binary first, and compiles where it finds none.
			env: { JOBS: 'max', ...(headers ? { npm_config_nodedir: headers } : {}) },
		});
		await promisify(execFile)(process.execPath, ['-e', "require('sqlite3')"], { cwd: work });
	});
	await writeFile(
		join(work, COMPLETE),
		`${JSON.stringify({ n8n: dependencies.n8n, installed: new Date().toISOString() })}\n`,
	);
	// The folder gets its name last: one with this name is always complete.
	await rm(folder, { recursive: true, force: true });
	await rename(work, folder);
}

async function tellAboutOthers(folder: string): Promise<void> {
	const parent = dirname(folder);
	const others = (await readdir(parent)).filter(
		(name) => /^n8n-[0-9a-f]{12}$/.test(name) && join(parent, name) !== folder,
	);
	for (const name of others) process.stderr.write(`An older n8n can be removed: ${join(parent, name)}\n`);
}

/**
 * The pinned n8n; installs it when it is not there. `NEXTMATTER_N8N_DIR` names an installation to use instead
 * (a folder whose node_modules holds n8n).
 */
export async function ensureN8n(): Promise<N8nInstallation> {
	const chosen = process.env.NEXTMATTER_N8N_DIR;
	if (chosen) {
		return await describe(resolve(chosen)).catch(() => {
			throw new Error(`NEXTMATTER_N8N_DIR=${chosen} holds no n8n (node_modules/n8n is missing).`);
		});
	}
	const folder = join(cacheFolder(), `n8n-${await installationKey()}`);
	const isComplete = () => exists(join(folder, COMPLETE));
	if (!(await isComplete())) {
		await mkdir(dirname(folder), { recursive: true });
		await withLock(
			`${folder}.lock`,
			async () => {
				if (await isComplete()) return;
				await install(folder);
				await tellAboutOthers(folder);
			},
			(owner) => process.stderr.write(`Waiting for process ${owner?.pid ?? '?'}, which is installing n8n …\n`),
		);
	}
	return await describe(folder);
}

if (import.meta.main) {
	onEndSignal((signal) => {
		process.stderr.write('\nInterrupted. The next run goes on from here.\n');
		process.exit(exitCodes[signal]);
	});
	try {
		const { folder, version } = await ensureN8n();
		process.stdout.write(`n8n ${version}: ${folder}\n`);
	} catch (error) {
		process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
		process.exitCode = 1;
	}
}
