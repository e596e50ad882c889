#!/usr/bin/env node
// Adds to package-lock.json what npm left out because the registry at hand does not have it: optional packages
// for other platforms. Without their entries "npm ci" says that package.json and the lock do not agree.
// Usage, after an npm install behind such a registry: node scripts/complete-lock.mjs [folder ...]
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Where Node would find a package, seen from another.
 * @param {Record<string, any>} packages
 * @param {string} from path of the package that asks
 * @param {string} name
 */
function isLocked(packages, from, name) {
	for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1))) {
		if (packages[`${base === '' ? '' : `${base}/`}node_modules/${name}`]) return true;
		if (base === '') return false;
	}
}

/** @param {string} name such as @scope/tool-linux-x64-musl */
function platformOf(name) {
	const match =
		/[-/](android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|x64|ppc64|riscv64|s390x|loong64|universal)(?:-?(gnu|glibc|musl|gnueabihf|musleabihf|eabi|msvc))?/.exec(
			name,
		);
	if (!match) throw new Error(`No platform can be read from the name of ${name}.`);
	const [, os, cpu, variant = ''] = match;
	return {
		...(cpu !== 'universal' && { cpu: [cpu] }),
		...(os === 'linux' && variant && { libc: [variant.startsWith('musl') ? 'musl' : 'glibc'] }),
		os: [os],
	};
}

/** @param {string} folder */
async function complete(folder) {
	const path = join(folder, 'package-lock.json');
	const lock = JSON.parse(await readFile(path, 'utf8'));
	/** @type {Record<string, object>} */
	const added = {};
	for (const [from, entry] of Object.entries(lock.packages)) {
		for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
			if (isLocked(lock.packages, from, name)) continue;
			if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name} is asked for as "${version}", not as one version.`);
			const { dev } = entry;
			added[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platformOf(name) };
		}
	}
	const names = Object.keys(added);
	if (names.length > 0) {
		const all = { ...lock.packages, ...added };
		const sorted = Object.keys(all).sort((a, b) => a.localeCompare(b, 'en'));
		lock.packages = Object.fromEntries(sorted.map((name) => [name, all[name]]));
		await writeFile(path, `${JSON.stringify(lock, undefined, 2)}\n`);
	}
	process.stdout.write(`${path}: ${names.length === 0 ? 'complete' : `added ${names.join(', ')}`}\n`);
}

const folders = process.argv.slice(2);
for (const folder of folders.length > 0 ? folders : [root, join(root, 'scripts', 'n8n-runtime')])
	await complete(folder);
