// Builds the package and packs it the way it is published, so that what is tested is what users install.
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lib/lock.mjs';
import { nodeFolder, npm } from './lib/npm.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface PackedPackage {
	name: string;
	version: string;
	tarball: string;
	/** Paths inside the package. */
	files: string[];
}

interface Manifest {
	name: string;
	version: string;
	n8n: { nodes?: string[]; credentials?: string[] };
}

/** What has no place in a published package; type declarations and source maps are harmless. */
const FOREIGN = [
	/(^|\/)(test|tests|sandbox|scripts|bench|coverage|node_modules)\//,
	/(?<!\.d)\.[mc]?ts$/,
	/\.tgz$/,
	/(^|\/)\.env/,
];

/** Complains about a tarball that n8n could not load, or that holds what should stay here. */
export function checkFiles(manifest: Manifest, files: string[]): void {
	const problems: string[] = [];
	const declared = [...(manifest.n8n.nodes ?? []), ...(manifest.n8n.credentials ?? [])];
	for (const path of ['package.json', 'README.md', ...declared]) {
		if (!files.includes(path)) problems.push(`missing: ${path}`);
	}
	if (!files.some((path) => path.endsWith('.svg'))) problems.push('missing: the icons (*.svg)');
	for (const node of manifest.n8n.nodes ?? []) {
		const codex = node.replace(/\.js$/, '.json');
		if (!files.includes(codex)) problems.push(`missing: ${codex} (the codex file: gulp build copies it)`);
	}
	for (const path of files) {
		if (FOREIGN.some((pattern) => pattern.test(path))) problems.push(`does not belong in the package: ${path}`);
	}
	if (problems.length > 0) throw new Error(`The packed ${manifest.name} is not right:\n  ${problems.join('\n  ')}`);
}

/**
 * @param destination folder for the tarball
 * @param folder of the package; by default the one at the repository's root
 */
export async function packPackage(destination: string, folder = root): Promise<PackedPackage> {
	await mkdir(destination, { recursive: true });
	// Two commands run side by side would write into the same dist folder.
	return await withLock(join(root, '.cache', 'build.lock'), async () => {
		await npm(['run', 'build'], { cwd: folder, firstOnPath: nodeFolder });
		const answer = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', destination], {
			cwd: folder,
			firstOnPath: nodeFolder,
		});
		const [packed] = Object.values(JSON.parse(answer)) as Array<{ filename: string; files: Array<{ path: string }> }>;
		if (!packed) throw new Error('npm pack made no tarball.');
		const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
		const files = packed.files.map(({ path }) => path);
		checkFiles(manifest, files);
		return { name: manifest.name, version: manifest.version, tarball: join(destination, packed.filename), files };
	});
}
