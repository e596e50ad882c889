/**
 * Coverage of the built package, told in lines of its source.
 *
 * The built files are instrumented while Node loads them (istanbul, statements and branches) and the
 * counters lie where jest collects them; jest maps them back through the build's source maps. The
 * files under test stay the ones of `dist/`, at their own paths, loaded by n8n's own loader.
 */
const fs = require('node:fs');
const path = require('node:path');
const { registerHooks } = require('node:module');
const { fileURLToPath } = require('node:url');
const { createInstrumenter } = require('istanbul-lib-instrument');
const { packageRoots } = require('../../../../scripts/lib/packages.cjs');

/**
 * file -> instrumented code, for all files of all built packages
 * @type {Map<string, string>}
 */
const instrumented = new Map();

/**
 * Where the instrumented code counts, and where jest looks for it.
 * @returns {Record<string, import('istanbul-lib-coverage').FileCoverageData>}
 */
function counters() {
	const place = /** @type {{ __coverage__?: ReturnType<typeof counters> }} */ (globalThis);
	return (place.__coverage__ ??= {});
}

/** @param {string} file */
function instrument(file) {
	const code = fs.readFileSync(file, 'utf8');
	const map = JSON.parse(fs.readFileSync(`${file}.map`, 'utf8'));
	const instrumenter = createInstrumenter({ compact: false, esModules: false });
	instrumented.set(file, instrumenter.instrumentSync(code, file, map));
	// A file that no test loads has to count too, as not covered.
	counters()[file] = instrumenter.lastFileCoverage();
}

/**
 * Instruments what is built and has Node load that; the second call in a worker does nothing.
 * @param {string} root
 */
function start(root) {
	if (instrumented.size > 0) return;
	for (const directory of packageRoots(root).map((folder) => path.join(folder, 'dist'))) {
		const names = fs.readdirSync(directory, { encoding: 'utf8', recursive: true });
		for (const name of names.filter((file) => file.endsWith('.js'))) {
			instrument(path.join(directory, name));
		}
	}
	registerHooks({
		load(url, context, nextLoad) {
			const file = url.startsWith('file:') ? fileURLToPath(url) : url;
			return instrumented.has(file)
				? { format: 'commonjs', source: instrumented.get(file), shortCircuit: true }
				: nextLoad(url, context);
		},
	});
}

/** Sets the counters back: jest adds up what each file reports. */
function zero() {
	for (const { s, f, b } of Object.values(counters())) {
		for (const key of Object.keys(s)) s[key] = 0;
		for (const key of Object.keys(f)) f[key] = 0;
		for (const key of Object.keys(b)) b[key].fill(0);
	}
}

module.exports = { start, zero };
