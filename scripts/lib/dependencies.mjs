// Makes sure that node_modules holds what package-lock.json asks for, and that a Node 24 is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { countPackages, npm } from './npm.mjs';
import { withProgress } from './progress.mjs';

/** n8n needs it, and it runs our TypeScript as it stands. */
export const NODE_MAJOR = 24;

/** @param {string} root */
function paths(root) {
	return {
		lock: join(root, 'package-lock.json'),
		// npm writes its own list last, when an installation is complete.
		installed: join(root, 'node_modules', '.package-lock.json'),
		stamp: join(root, 'node_modules', '.installed-from'),
		node: join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
	};
}

/** @param {string} text */
const hash = (text) => createHash('sha256').update(text).digest('hex');

/** @param {string} path */
const readText = (path) => readFile(path, 'utf8').catch(() => undefined);

/**
 * Whether an installation that somebody made by hand (npm install, npm ci) is what the lock asks for.
 * @param {string} lockText
 * @param {string | undefined} installedText
 */
function isComplete(lockText, installedText) {
	if (installedText === undefined) return false;
	try {
		const wanted = JSON.parse(lockText).packages;
		const found = JSON.parse(installedText).packages;
		return Object.entries(wanted).every(([path, entry]) => {
			if (path === '') return true;
			if (found[path]) return found[path].version === entry.version;
			// Left out on purpose: what is for another platform, or comes with an optional part.
			return entry.optional === true || entry.devOptional === true;
		});
	} catch {
		return false;
	}
}

/** @param {string} command */
function majorOf(command) {
	const { stdout, status } = spawnSync(command, ['--version'], { encoding: 'utf8' });
	return status === 0 ? Number(/^v(\d+)\./.exec(stdout)?.[1] ?? 0) : 0;
}

/**
 * The Node to run the scripts with.
 * @param {string} root
 * @returns {string | undefined}
 */
function findNode(root) {
	const own = paths(root).node;
	if (majorOf(own) >= NODE_MAJOR) return own;
	return Number(process.versions.node.split('.')[0]) >= NODE_MAJOR ? process.execPath : undefined;
}

/** @param {string} root */
async function isInstalled(root) {
	const path = paths(root);
	const lockText = await readText(path.lock);
	if (lockText === undefined) {
		throw new Error('package-lock.json is missing. Restore it: git checkout package-lock.json');
	}
	const key = hash(lockText);
	const stamped = (await readText(path.stamp))?.trim() === key;
	if (stamped && (await readText(path.installed)) !== undefined) return true;
	if (!isComplete(lockText, await readText(path.installed))) return false;
	await writeFile(path.stamp, `${key}\n`);
	return true;
}

/**
 * Installs what is missing and says which Node to use. What an interrupted installation left is
 * recognised (npm's list is missing) and installed anew.
 *
 * @param {string} root
 * @returns {Promise<string>} path of a Node of at least NODE_MAJOR
 */
export async function ensureDependencies(root) {
	const ready = async () => ((await isInstalled(root)) ? findNode(root) : undefined);
	const first = await ready();
	if (first) return first;
	await mkdir(join(root, '.cache'), { recursive: true });
	return await withLock(
		join(root, '.cache', 'install.lock'),
		async () => {
			// Another process may have done it while we waited.
			const second = await ready();
			if (second) return second;
			if (!(await isInstalled(root))) {
				await withProgress('Installing the dependencies (npm ci)', async (note) => {
					const stop = await countPackages(root, note);
					try {
						// Install scripts stay off: npm 10 knows no allow list, and one package's script asks for another
						// package manager. `--include=dev` because NODE_ENV=production would leave out the tools.
						await npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root });
					} finally {
						stop();
					}
				});
				if (!(await isInstalled(root))) {
					await writeFile(paths(root).stamp, `${hash(await readFile(paths(root).lock, 'utf8'))}\n`);
				}
			}
			if (majorOf(paths(root).node) < NODE_MAJOR) {
				await withProgress(`Fetching Node ${NODE_MAJOR} (the npm package "node")`, () =>
					// This one package's script is wanted: it puts the binary for this machine in its place.
					npm(['rebuild', 'node', '--ignore-scripts=false', '--no-audit', '--no-fund'], { cwd: root }),
				).catch((error) => {
					// A system that has a Node 24 does not need the package.
					if (!findNode(root)) throw error;
				});
			}
			const node = findNode(root);
			if (!node) {
				throw new Error(
					`Node ${NODE_MAJOR} is needed and the npm package "node" brought none for this machine ` +
						`(${process.platform} ${process.arch}). Install Node ${NODE_MAJOR} or newer: https://nodejs.org`,
				);
			}
			return node;
		},
		(owner) => process.stderr.write(`Waiting for another installation (process ${owner?.pid ?? 'unknown'}) …\n`),
	);
}

/**
 * The environment for a script run with that Node: it, and the tools of node_modules, come first on the PATH.
 * @param {string} root
 * @param {string} node
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentFor(root, node) {
	const separator = process.platform === 'win32' ? ';' : ':';
	return {
		...process.env,
		PATH: [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(separator),
	};
}
