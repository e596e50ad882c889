/**
 * The jest transform for everything that is not a test: the module is left to Node.
 *
 * n8n, the sandboxes (`.mts`, types stripped by Node) and the built package so run as they do in
 * production, without jest's module registry around them. A path under `nodes/` or `credentials/`
 * stands for what the build made of it: a unit test imports `nodes/kernel/x.ts`, gets its types from
 * there and its code from `dist/`, which is what ships and what the engine tests load.
 */
const { createRequire } = require('node:module');
const path = require('node:path');

const OUTSIDE = Symbol.for('n8n-nodes-nextmatter.outside');
const SOURCE = /^(.*)[\\/]((?:nodes|credentials)[\\/].*)\.ts$/;
const BUILT = /[\\/]dist[\\/](?:nodes|credentials)[\\/]/;

const nodeRequire = createRequire(__filename);

/**
 * Where the code of `file` is: its own place, or `dist/` for a source file of a package.
 * @param {string} file
 */
function builtFile(file) {
	const source = SOURCE.exec(file);
	return source && !file.includes('node_modules') ? path.join(source[1], 'dist', `${source[2]}.js`) : file;
}

/** Drops the built packages (not n8n) from Node's module cache, so the next file loads them anew. */
function forgetPackages() {
	for (const file of Object.keys(nodeRequire.cache)) {
		if (BUILT.test(file) && !file.includes('node_modules')) delete nodeRequire.cache[file];
	}
}

/** @param {string} file */
const load = (file) => nodeRequire(builtFile(file));
Object.assign(globalThis, { [OUTSIDE]: load });

module.exports = {
	forgetPackages,
	process: () => ({
		code: `module.exports = globalThis[Symbol.for(${JSON.stringify(OUTSIDE.description)})](__filename);`,
	}),
	getCacheKey: () => 'outside-1',
};
