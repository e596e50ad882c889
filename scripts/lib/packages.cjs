/** The packages of this repository. CommonJS, because gulp and jest load it, too. */
const fs = require('node:fs');
const path = require('node:path');

const repository = path.join(__dirname, '..', '..');

/**
 * The folders of the n8n packages: the repository itself, then those under `packages/`.
 * @param {string} [root]
 * @returns {string[]}
 */
function packageRoots(root = repository) {
	const sisters = path.join(root, 'packages');
	const names = fs.existsSync(sisters) ? fs.readdirSync(sisters).sort() : [];
	return [root, ...names.map((name) => path.join(sisters, name))].filter((folder) =>
		fs.existsSync(path.join(folder, 'package.json')),
	);
}

/**
 * A source file of a package that was changed after the package was built, or not built at all.
 * @param {string} root
 * @returns {string | undefined} its path, from `root`
 */
function unbuiltFile(root) {
	for (const part of ['credentials', 'nodes']) {
		const names = fs.readdirSync(path.join(root, part), { encoding: 'utf8', recursive: true });
		for (const name of names.filter((file) => /\.(ts|json|svg)$/.test(file))) {
			const built = path.join(root, 'dist', part, name.replace(/\.ts$/, '.js'));
			const changed = fs.statSync(path.join(root, part, name)).mtimeMs;
			if (!fs.existsSync(built) || fs.statSync(built).mtimeMs < changed) return path.join(part, name);
		}
	}
	return undefined;
}

module.exports = { packageRoots, repository, unbuiltFile };
