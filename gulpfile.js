/**
 * The build: `gulp build` makes `dist/` of this package and of each one under `packages/`.
 *
 * It stands in for `n8n-node build`, which copies every image of the repository (those of the
 * documentation, too) and knows one package only.
 */
const { spawn } = require('node:child_process');
const { rm } = require('node:fs/promises');
const path = require('node:path');
const { dest, parallel, series, src } = require('gulp');
const { packageRoots } = require('./scripts/lib/packages.cjs');

/** The task that fills `<root>/dist` with what `package.json` of that root points to. */
function buildPackage(root) {
	const dist = path.join(root, 'dist');

	async function clean() {
		await rm(dist, { recursive: true, force: true });
	}

	/** Code, source maps and the codex files (`*.node.json`), as tsconfig.json includes them. */
	function compile() {
		const tsc = require.resolve('typescript/bin/tsc');
		return spawn(process.execPath, [tsc, '--project', root], { stdio: 'inherit' });
	}

	/** What tsc leaves out, at the same place in `dist`: icons, and the schemas of the output. */
	function copy() {
		const patterns = ['icons/**/*.{svg,png}', 'nodes/**/*.{svg,png}', 'nodes/**/__schema__/**/*.json'];
		return src(patterns, { cwd: root, base: root, encoding: false }).pipe(dest(dist));
	}

	const name = path.relative(__dirname, root) || '.';
	for (const step of [clean, compile, copy]) step.displayName = `${step.name} ${name}`;
	return series(clean, parallel(compile, copy));
}

exports.buildPackage = buildPackage;
exports.build = series(...packageRoots().map(buildPackage));
exports.default = exports.build;
