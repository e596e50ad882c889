/**
 * n8n's package scanner, run here instead of on a published version.
 *
 * `npx @n8n/scan-community-package <name>` lints two things that it downloads: the source that the
 * npm provenance names, and the tarball. This lints the same files with the same rules, taken from
 * that package, and is stricter: warnings count, and a third leg applies `eslint-plugin-n8n-nodes-base`
 * whole, with the rules that n8n leaves out for community nodes as far as they make sense for us.
 *
 * `--no-build` packs the `dist` that is there.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ESLint, type Linter } from 'eslint';
import { npm } from './lib/npm.mjs';
import { packageRoots, repository } from './lib/packages.cjs';

interface Leg {
	name: string;
	/** Folder that the patterns and the rules' paths start from. */
	cwd: string;
	patterns: string[];
	config: Linter.Config[];
}

/** Rules of `eslint-plugin-n8n-nodes-base` that contradict n8n's rules for community nodes. */
const CONTRADICTED = {
	// Wants the name of a page in n8n's own documentation; `credential-documentation-url` wants a URL.
	'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
	// Want the text 'main'; `node-connection-type-literal` wants NodeConnectionTypes.Main.
	'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
	'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
} as const;

const require = createRequire(import.meta.url);
const temporary = mkdtempSync(join(tmpdir(), 'n8n-scan-'));
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
// The scanner makes a folder of its own as soon as it is loaded, and leaves it there.
process.env.TMPDIR = temporary;
const scannerModule = '@n8n/scan-community-package/scanner/scanner.mjs';
const { buildScanConfig, SOURCE_FILE_PATTERNS } = (await import(scannerModule)) as {
	buildScanConfig: () => Promise<Linter.Config[]>;
	SOURCE_FILE_PATTERNS: string[];
};

/** All of `eslint-plugin-n8n-nodes-base` but what n8n's newer rules contradict. */
async function wholePlugin(): Promise<Linter.Config[]> {
	const scan = await buildScanConfig();
	const plugin = require('eslint-plugin-n8n-nodes-base');
	const rules = (...names: string[]) => ({
		...Object.assign({}, ...names.map((name) => plugin.configs[name].rules)),
		...CONTRADICTED,
	});
	return [
		{ plugins: { 'n8n-nodes-base': plugin } },
		...scan.filter(({ languageOptions }) => languageOptions?.parser),
		{ files: ['package.json'], rules: rules('community') },
		{ files: ['credentials/**/*.ts'], rules: rules('credentials') },
		{ files: ['nodes/**/*.ts'], rules: rules('nodes') },
	];
}

/** Packs a package as npm publishes it. @returns the unpacked folder */
async function pack(root: string): Promise<string> {
	const folder = join(temporary, basename(root));
	mkdirSync(folder);
	const options = ['--json', '--ignore-scripts', '--pack-destination', folder];
	const [{ filename }] = JSON.parse(await npm(['pack', ...options], { cwd: root }));
	const tar = spawnSync('tar', ['-xzf', filename], { cwd: folder, encoding: 'utf8' });
	if (tar.status !== 0) throw new Error(`The tarball was not unpacked: ${tar.stderr || tar.error}`);
	return join(folder, 'package');
}

async function lint({ name, cwd, patterns, config }: Leg): Promise<boolean> {
	const eslint = new ESLint({ cwd, allowInlineConfig: false, overrideConfigFile: true, overrideConfig: config });
	const results = await eslint.lintFiles(patterns);
	const errors = results.reduce((sum, { errorCount }) => sum + errorCount, 0);
	const warnings = results.reduce((sum, { warningCount }) => sum + warningCount, 0);
	const report = await (await eslint.loadFormatter('stylish')).format(results);
	if (report.trim()) process.stdout.write(`${report}\n`);
	process.stdout.write(`  ${name} (${results.length} files): ${errors} errors, ${warnings} warnings\n`);
	return errors === 0 && warnings === 0;
}

if (!process.argv.includes('--no-build')) await npm(['run', 'build'], { cwd: repository });
const scanConfig = await buildScanConfig();
const pluginConfig = await wholePlugin();
let clean = true;
for (const root of packageRoots()) {
	const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	process.stdout.write(`${name}\n`);
	const legs: Leg[] = [
		{ name: 'source', cwd: root, patterns: SOURCE_FILE_PATTERNS, config: scanConfig },
		{ name: 'packed', cwd: await pack(root), patterns: ['**/*.js', 'package.json'], config: scanConfig },
		{ name: 'eslint-plugin-n8n-nodes-base', cwd: root, patterns: SOURCE_FILE_PATTERNS, config: pluginConfig },
	];
	for (const leg of legs) clean = (await lint(leg)) && clean;
}
process.exitCode = clean ? 0 : 1;
